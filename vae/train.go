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
	Reconstruction float64 // -log p(x|z), or ‖x - x̂‖²
	KL             float64 // of the code's distribution from N(0, 1), without beta
	Total          float64 // Reconstruction + beta·KL
}

func (l *Loss) add(reconstruction, kl float64) {
	l.Reconstruction += reconstruction
	l.KL += kl
}

func (l Loss) mean(n int, beta float64) Loss {
	l.Reconstruction /= float64(n)
	l.KL /= float64(n)
	l.Total = l.Reconstruction + float64(beta*l.KL) // not fused, on any machine
	return l
}

// Options are the settings of a training run.
type Options struct {
	Epochs int
	Batch  int     // images per step
	LR     float64 // Adam's learning rate
	Beta   float64 // weight of the KL; 1 is the ELBO
	Seed   uint64  // of the order of images and of the noise

	// Progress, if not nil, is called after every step.
	Progress func(Progress)
	// EpochDone, if not nil, is called after every epoch, with its line of the
	// history.
	EpochDone func(Epoch)
}

// DefaultOptions are those of the PyTorch example: batches of 128, a learning
// rate of 0.001.
func DefaultOptions() Options {
	return Options{Epochs: 10, Batch: 128, LR: 1e-3, Beta: 1, Seed: 1}
}

// Validate reports what is wrong with the options.
func (o Options) Validate() error {
	switch {
	case o.Epochs < 1:
		return fmt.Errorf("vae: epochs %d: want at least 1", o.Epochs)
	case o.Batch < 1:
		return fmt.Errorf("vae: batch %d: want at least 1", o.Batch)
	}
	return o.validateStep()
}

func (o *Options) validateStep() error {
	switch {
	case !(o.LR > 0 && o.LR <= math.MaxFloat32):
		return fmt.Errorf("vae: learning rate %v: want a positive number", o.LR)
	case !(o.Beta >= 0 && o.Beta <= math.MaxFloat32):
		return fmt.Errorf("vae: beta %v: want 0 or a positive number", o.Beta)
	}
	return nil
}

// smaller says what to try where training diverges.
func (o Options) smaller() string {
	text := fmt.Sprintf("a smaller learning rate than %v", o.LR)
	if o.Beta > 1 {
		text += fmt.Sprintf(", or beta than %v", o.Beta)
	}
	return text
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

// Train runs o.Epochs epochs on images, each in an order of its own, and
// evaluates the model on test after each. Where ctx ends, it returns ctx's error
// and the epochs that are complete, evaluation included; the model keeps what
// it has learned.
// It stops with an error where the loss is no longer a finite number.
func (m *Model) Train(ctx context.Context, images, test dataset.Images, o Options) ([]Epoch, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	if err := m.check(images); err != nil {
		return nil, fmt.Errorf("training images: %w", err)
	}
	if err := m.check(test); err != nil {
		return nil, fmt.Errorf("test images: %w", err)
	}
	var history []Epoch
	order := make([]int, images.Len())
	batch := newBatch(min(o.Batch, len(order)), m.cfg.Pixels())
	for e := 1; e <= o.Epochs; e++ {
		shuffle(order, kernels.Noise{Seed: o.Seed, Stream: streamShuffle + uint64(e)})
		var sum Loss
		for i := 0; i < len(order); {
			if err := ctx.Err(); err != nil {
				return history, err
			}
			x := batch.gather(images, order[i:min(i+o.Batch, len(order))])
			sum.add(m.step(x, o))
			i += len(x) / m.cfg.Pixels()
			p := Progress{Epoch: e, Images: i, Loss: sum.mean(i, o.Beta)}
			if l := p.Loss.Total; math.IsNaN(l) || math.IsInf(l, 0) {
				return history, fmt.Errorf("vae: the loss is %v in epoch %d after %d images: try %s", l, e, i, o.smaller())
			}
			if o.Progress != nil {
				o.Progress(p)
			}
		}
		train := sum.mean(len(order), o.Beta)
		loss, err := m.Evaluate(ctx, test, o.Beta, o.Seed)
		if err != nil {
			return history, err
		}
		if l := loss.Total; math.IsNaN(l) || math.IsInf(l, 0) {
			return history, fmt.Errorf("vae: the test loss is %v after epoch %d: try %s", l, e, o.smaller())
		}
		history = append(history, Epoch{Epoch: e, Train: train, Test: loss})
		if o.EpochDone != nil {
			o.EpochDone(history[len(history)-1])
		}
	}
	return history, nil
}

// Step trains on one batch of images and returns the sums, not means, of their
// reconstruction loss and KL. The gradient is that of the mean. Of the options it uses
// LR, Beta and Seed; it is an error if one of them, or of the pixels for a Bernoulli
// likelihood, is out of its range, and nothing has been learned then.
func (m *Model) Step(x []float32, o Options) (reconstruction, kl float64, err error) {
	if err := o.validateStep(); err != nil {
		return 0, 0, err
	}
	if m.cfg.Kind == VAE && m.cfg.Variance == 0 {
		if err := checkPixels(x); err != nil {
			return 0, 0, err
		}
	}
	reconstruction, kl = m.step(x, o)
	return reconstruction, kl, nil
}

// step is Step with arguments that are known to be good.
func (m *Model) step(x []float32, o Options) (reconstruction, kl float64) {
	n := m.rows(x, m.cfg.Pixels())
	if m.grad == nil {
		m.grad = m.newArray()
		m.m = make([]float32, len(m.weights))
		m.v = make([]float32, len(m.weights))
		m.carve(m.grad, func(l *layer, w, b []float32) { l.gw, l.gb = w, b })
	}
	m.steps++
	noise := kernels.Noise{Seed: o.Seed, Stream: streamNoise + uint64(m.steps)}
	p := m.size(n)
	scale := 1 / float64(n)
	reconstruction, kl = m.loss(p, x, noise, scale)
	m.backward(p, x, scale, o.Beta)
	adam := kernels.DefaultAdam()
	adam.LR = o.LR
	m.engine.Adam(m.weights, m.m, m.v, m.grad, adam, m.steps)
	return reconstruction, kl
}

// Evaluate is the mean loss over images. The noise depends on seed and on an
// image's place alone. Where ctx ends it returns ctx's error.
func (m *Model) Evaluate(ctx context.Context, images dataset.Images, beta float64, seed uint64) (Loss, error) {
	if err := m.check(images); err != nil {
		return Loss{}, err
	}
	var sum Loss
	err := m.eachBatch(ctx, images, func(first int, x []float32) error {
		noise := kernels.Noise{Seed: seed, Stream: streamEval, First: uint64(first) * uint64(m.cfg.Latent)}
		sum.add(m.loss(m.size(len(x)/m.cfg.Pixels()), x, noise, 1))
		return nil
	})
	if err != nil {
		return Loss{}, err
	}
	return sum.mean(images.Len(), beta), nil
}

// check tells whether the model fits the images.
func (m *Model) check(images dataset.Images) error {
	if images.Len() == 0 {
		return fmt.Errorf("vae: there are none")
	}
	if images.Rows != m.cfg.Rows || images.Cols != m.cfg.Cols {
		return fmt.Errorf("vae: images of %d×%d pixels for a model of %d×%d", images.Rows, images.Cols, m.cfg.Rows, m.cfg.Cols)
	}
	return nil
}
