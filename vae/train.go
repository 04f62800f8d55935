package vae

import (
	"context"
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// Loss is a mean over images: nats for a variational autoencoder, squared
// error for an autoencoder.
type Loss struct {
	Reconstruction float64 `json:"reconstruction"` // -log p(x|z), or ‖x - x̂‖²
	KL             float64 `json:"kl"`             // of the code's distribution from N(0, 1), without beta
	Total          float64 `json:"total"`          // Reconstruction + beta·KL, or what [Options] say
}

func (l *Loss) add(reconstruction, kl float64) {
	l.Reconstruction += reconstruction
	l.KL += kl
}

func (l Loss) mean(n int, o *Options) Loss {
	l.Reconstruction /= float64(n)
	l.KL /= float64(n)
	l.Total = l.Reconstruction + o.weigh(l.KL)
	return l
}

// Progress is where a training run stands.
type Progress struct {
	Epoch  int  // from 1
	Images int  // done in this epoch
	Loss   Loss // of these images so far
}

// An Epoch is a line of a run's history.
type Epoch struct {
	Epoch       int
	Train, Test Loss
}

// Train runs o.Epochs epochs on rows, such as images, each in an order of its own, and
// evaluates the model on test after each. Where ctx ends, it returns ctx's error
// and the epochs that are complete, evaluation included; the model keeps what
// it has learned, and another call with o.Resume goes on from there.
// It stops with an error where the loss is no longer a finite number, a source fails, or
// the likelihood does not explain a number of a row.
//
// With an Exchange all ranks call Train with equal models, rows and options. They compare
// them before the first step, and the weights after every epoch, stop together where the
// context of one ends (after the step that is under way), and all end with an error, most of
// them with a [RankError], where one does.
func (m *Model) Train(ctx context.Context, rows, test dataset.Source, o Options) ([]Epoch, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := m.check(rows); err != nil {
		return nil, fmt.Errorf("training images: %w", err)
	}
	if err := m.check(test); err != nil {
		return nil, fmt.Errorf("test images: %w", err)
	}
	if err := m.agreeOnTraining(ctx, rows, test, &o); err != nil {
		return nil, err
	}
	var history []Epoch
	order := make([]int, rows.Len())
	batch := m.newBatch(rows, min(o.Batch, len(order)))
	at := &m.at
	if !o.Resume {
		*at = position{}
	}
	if at.Rows > len(order) {
		return nil, fmt.Errorf("vae: the training stands after row %d of an epoch, but there are %d: give the rows that the model was trained on", at.Rows, len(order))
	}
	for e := at.Epochs + 1; e <= o.Epochs; e++ {
		if err := m.ranks.share(m.ranks.standing(ctx), m.ranks.n(), nil); err != nil {
			return history, err
		}
		if o.Binarize {
			batch.rows = &binarized{Source: rows, noise: kernels.Noise{Seed: o.Seed, Stream: streamBinarize + uint64(e)}}
		}
		shuffle(order, kernels.Noise{Seed: o.Seed, Stream: streamShuffle + uint64(e)})
		for at.Rows < len(order) {
			if err := m.ranks.ended(ctx); err != nil {
				return history, err
			}
			n := min(o.Batch, len(order)-at.Rows)
			begin, end := m.prepare(&o).own(n)
			if err := batch.gather(order[at.Rows+begin : at.Rows+end]); err != nil {
				return history, m.fail(err, &o)
			}
			reconstruction, kl, err := m.learn(batch.x, batch.input, batch.missing, n, m.ranks.standing(ctx), &o)
			if err != nil {
				return history, err
			}
			at.Sum.add(reconstruction, kl)
			at.Squares += m.shards.squares
			at.Known += m.shards.known
			at.Rows += n
			p := Progress{Epoch: e, Images: at.Rows, Loss: at.Sum.mean(at.Rows, &o)}
			if l := p.Loss.Total; math.IsNaN(l) || math.IsInf(l, 0) {
				return history, fmt.Errorf("vae: the loss is %v in epoch %d after %d images: try %s", l, e, at.Rows, o.smaller())
			}
			if o.Progress != nil {
				o.Progress(p)
			}
		}
		train := at.Sum.mean(len(order), &o)
		if m.learned != nil {
			m.learned.fit(at.Squares, at.Known)
		}
		if m.ranks.stopped {
			return history, m.ranks.ended(ctx)
		}
		loss, err := m.Evaluate(ctx, test, o)
		if err != nil {
			return history, err
		}
		if l := loss.Total; math.IsNaN(l) || math.IsInf(l, 0) {
			return history, fmt.Errorf("vae: the test loss is %v after epoch %d: try %s", l, e, o.smaller())
		}
		*at = position{Epochs: e}
		if err := m.agreeOnWeights(); err != nil {
			return history, err
		}
		history = append(history, Epoch{Epoch: e, Train: train, Test: loss})
		o.log(ctx, history[len(history)-1])
		if o.EpochDone != nil {
			o.EpochDone(history[len(history)-1])
		}
	}
	return history, nil
}

// Evaluate is the mean loss over rows. Of the options it uses Beta, Capacity, Seed,
// Corrupt and Exchange; noise depends on the seed and on a row's place alone. Where ctx
// ends it returns ctx's error. With an Exchange all ranks call it with the same rows, of
// which each reads a part.
func (m *Model) Evaluate(ctx context.Context, rows dataset.Source, o Options) (Loss, error) {
	if err := m.check(rows); err != nil {
		return Loss{}, err
	}
	x := &m.ranks
	x.e, x.stopped = o.Exchange, false
	batches := (rows.Len() + evalBatch - 1) / evalBatch
	sums := make([]float64, 2*batches)
	first, after := part(x.rank(), x.n(), batches), part(x.rank()+1, x.n(), batches)
	err := m.someBatches(ctx, rows, first, after, func(first int, b *batch) error {
		field := func(stream uint64, width int) kernels.Noise {
			return kernels.Noise{Seed: o.Seed, Stream: stream, First: uint64(first) * uint64(width)}
		}
		p := m.size(b.n)
		input := m.corrupted(p, b.input, o.Corrupt, field(streamCorruptEval, m.cfg.Input.Size()))
		i := 2 * (first / evalBatch)
		sums[i], sums[i+1] = m.loss(p, input, b.x, b.missing, field(streamEval, m.cfg.Latent))
		return nil
	})
	if e := x.share(standingOf(ctx, err), batches, sums); err == nil {
		err = e
	}
	if err == nil && x.stopped {
		err = x.ended(ctx)
	}
	if err != nil {
		return Loss{}, err
	}
	var sum Loss
	for i := 0; i < len(sums); i += 2 {
		sum.add(sums[i], sums[i+1])
	}
	return sum.mean(rows.Len(), &o), nil
}

// check tells whether the model fits the rows.
func (m *Model) check(rows dataset.Source) error {
	if rows.Len() == 0 {
		return fmt.Errorf("vae: there are none")
	}
	h, w, c := rows.Shape()
	if got, want := (Shape{h, w, c}), m.cfg.Input; got != want {
		return fmt.Errorf("vae: images of %v for a model of %v", got, want)
	}
	return nil
}
