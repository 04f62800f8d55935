package vae

import (
	"context"
	"fmt"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// A Score is a measure of how little a row is like those that a model was trained on: the
// larger, the less. x̂ is its reconstruction, which is decoded from mu.
type Score string

const (
	// ErrorScore is ‖x - x̂‖²/n, the mean squared error of n numbers.
	ErrorScore Score = "error"
	// ELBOScore is -log p(x|mu) + KL, the negative ELBO with the mean of the code in the
	// place of a draw, in nats. For an autoencoder it is what it minimises, ‖x - x̂‖², say.
	ELBOScore Score = "elbo"
	// BoundScore is -log 1/k Σ p(x|z_i)·p(z_i)/q(z_i|x), the importance-weighted bound of
	// -log p(x), in nats: see [Model.ImportanceBound]. All rows have the same k draws of
	// noise, those of the first row of ImportanceBound.
	BoundScore Score = "bound"
)

// ScoreOptions say what a score is. It is a function of them, the model and the row alone:
// it has the same bits in every batch, in any order, in every set and on any number of
// threads.
type ScoreOptions struct {
	Score   Score
	Samples int    // of a code, for BoundScore
	Seed    uint64 // of their noise
	// Missing is whether NaN stands for a number that is not known: the encoder sees 0 in
	// its place, and it is left out of the score. Otherwise it is an error.
	Missing bool
}

// Validate reports what is wrong with the options, for a kind of model.
func (o ScoreOptions) Validate(kind Kind) error {
	switch o.Score {
	case ErrorScore, ELBOScore:
		if o.Samples != 0 {
			return fmt.Errorf("vae: %d samples for the score %s, which draws none: want %s", o.Samples, o.Score, BoundScore)
		}
		return nil
	case BoundScore:
		if kind != VAE {
			return ErrNoPrior
		}
		if o.Samples < 1 || uint64(o.Samples) > maxSamples {
			return fmt.Errorf("vae: %d samples of a code: the score %s wants 1 to %d", o.Samples, o.Score, uint64(maxSamples))
		}
		return nil
	}
	return fmt.Errorf("vae: score %.64q: want %s, %s or %s", o.Score, ErrorScore, ELBOScore, BoundScore)
}

// Score sets dst to the scores of rows x. Where terms is not nil, which has the length of
// x, it sets that to what each number adds to the reconstruction's part of a score: its
// squared error, or its -log p(x|mu). The error, where an output is not finite, is
// [ErrNotFinite].
func (m *Model) Score(dst []float64, terms, x []float32, o ScoreOptions) error {
	return m.scoreWithin(context.Background(), dst, terms, x, o)
}

// scoreWithin is Score until ctx ends.
func (m *Model) scoreWithin(ctx context.Context, dst []float64, terms, x []float32, o ScoreOptions) error {
	if err := o.Validate(m.cfg.Kind); err != nil {
		return err
	}
	size := m.cfg.Input.Size()
	if m.rows(x, size) != len(dst) || terms != nil && len(terms) != len(x) {
		panic("vae: not a score and as many terms for each row")
	}
	for first := 0; first < len(dst); first += evalBatch {
		n := min(evalBatch, len(dst)-first)
		var some []float32
		if terms != nil {
			some = terms[first*size:][:n*size]
		}
		if err := m.scoreBatch(ctx, dst[first:][:n], some, x[first*size:][:n*size], o); err != nil {
			return err
		}
	}
	return nil
}

func (m *Model) scoreBatch(ctx context.Context, dst []float64, terms, x []float32, o ScoreOptions) error {
	size, d := m.cfg.Input.Size(), m.cfg.Latent
	p := m.size(len(dst))
	input := x
	if o.Missing {
		input = filled(&p.filled, x)
	}
	m.encode(p, input)
	mus, logvars := p.mu, p.logvar // decoding further codes leaves them
	if m.cfg.Kind == AE {
		logvars = nil
	}
	if err := checkFinite(mus, logvars); err != nil {
		return err
	}
	code := func(i int) (mu, logvar []float32) {
		if logvars != nil {
			logvar = logvars[i*d:][:d]
		}
		return mus[i*d:][:d], logvar
	}
	if o.Score != BoundScore || terms != nil {
		m.decode(p, mus)
		if err := checkFinite(p.output); err != nil {
			return err
		}
		for i := range dst {
			row, output := x[i*size:][:size], p.output[i*size:][:size]
			mu, logvar := code(i)
			if o.Score != BoundScore {
				dst[i] = m.score(o.Score, row, output, mu, logvar)
			}
			if terms != nil {
				m.terms(terms[i*size:][:size], o.Score, row, output)
			}
		}
	}
	if o.Score == BoundScore {
		for i := range dst {
			mu, logvar := code(i)
			var err error
			if dst[i], err = m.bound(ctx, o, x[i*size:][:size], mu, logvar); err != nil {
				return err
			}
		}
	}
	for _, v := range dst {
		if v-v != 0 {
			return ErrNotFinite
		}
	}
	return nil
}

// Scores is the score of each row of a source. NaN stands for a missing number where the
// source says so: see [dataset.Incomplete]. Where ctx ends it returns ctx's error.
func (m *Model) Scores(ctx context.Context, rows dataset.Source, o ScoreOptions) ([]float64, error) {
	if err := o.Validate(m.cfg.Kind); err != nil {
		return nil, err
	}
	if err := m.check(rows); err != nil {
		return nil, err
	}
	each := make([]float64, rows.Len())
	err := m.eachBatch(ctx, rows, func(first int, b *batch) error {
		o.Missing = b.missing
		return m.scoreWithin(ctx, each[first:][:b.n], nil, b.x, o)
	})
	if err != nil {
		return nil, err
	}
	return each, nil
}

// A scorer is the memory of scores.
type scorer struct {
	work, kl []float32
	seen     [2][]float32
	z, eps   []float32
	logs     [1]float64
	exp      [1]float32
}

// score is ErrorScore or ELBOScore of a row x whose code is mu and logvar (none for an
// autoencoder), of which output is decoded. NaN in x is left out.
func (m *Model) score(score Score, x, output, mu, logvar []float32) float64 {
	s := &m.scorer
	x, output = s.known(x, output)
	fit(&s.work, len(x))
	if score == ErrorScore {
		if len(x) == 0 {
			return 0
		}
		m.likelihood.Mean(m.engine, s.work, output)
		return m.engine.SquaredError(s.work, s.work, x, 0) / float64(len(x))
	}
	sum := m.likelihood.Loss(m.engine, s.work, output, x, 1)
	if logvar != nil {
		fit(&s.kl, len(mu))
		m.engine.KL(s.kl, mu, logvar)
		var kl float64
		for _, v := range s.kl {
			kl += float64(v)
		}
		sum += kl
	}
	return sum
}

// known is the numbers of x that are no NaN, and those of output beside them.
func (s *scorer) known(x, output []float32) (_, _ []float32) {
	for i, v := range x {
		if v != v {
			return pick(&s.seen, x, output, i)
		}
	}
	return x, output
}

// pick copies the numbers of x that are no NaN, of which there are n before the first, and
// those of output beside them.
func pick(to *[2][]float32, x, output []float32, n int) (_, _ []float32) {
	a, b := append(to[0][:0], x[:n]...), append(to[1][:0], output[:n]...)
	for i, v := range x[n:] {
		if v == v {
			a, b = append(a, v), append(b, output[n+i])
		}
	}
	to[0], to[1] = a, b
	return a, b
}

// terms sets dst to what each number adds to a score; a missing one adds 0.
func (m *Model) terms(dst []float32, score Score, x, output []float32) {
	s := &m.scorer
	fit(&s.work, len(x))
	if score == ErrorScore {
		m.likelihood.Mean(m.engine, s.work, output)
		for i, v := range x {
			d := v - s.work[i]
			dst[i] = d * d
		}
	} else {
		for i := range x {
			if one := x[i : i+1]; one[0] == one[0] {
				dst[i] = float32(m.likelihood.Loss(m.engine, s.work[:1], output[i:i+1], one, 1))
			}
		}
	}
	for i, v := range x {
		if v != v {
			dst[i] = 0
		}
	}
}

// boundBatch is how many codes of a row are decoded at a time.
const boundBatch = 64

// bound is BoundScore of a row x, or ctx's error where it ends.
func (m *Model) bound(ctx context.Context, o ScoreOptions, x, mu, logvar []float32) (float64, error) {
	s := &m.scorer
	size, d := len(x), len(mu)
	var sum [1]logSum
	for first := 0; first < o.Samples; first += boundBatch {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n := min(boundBatch, o.Samples-first)
		fit(&s.z, n*d)
		fit(&s.eps, n*d)
		for i := range n {
			noise := kernels.Noise{Seed: o.Seed, Stream: streamEval + uint64(first+i)}
			m.engine.Reparameterize(1, s.z[i*d:][:d], nil, mu, logvar, kernels.Kept(s.eps[i*d:][:d], noise))
		}
		p := m.size(n)
		m.decode(p, s.z)
		if err := checkFinite(p.output); err != nil {
			return 0, err
		}
		for i := range n {
			row, output := s.known(x, p.output[i*size:][:size])
			fit(&s.work, len(row))
			s.logs[0] = logWeight(m.engine, m.likelihood, s.work, row, output, s.z[i*d:][:d], s.eps[i*d:][:d], logvar)
			if v := s.logs[0]; v-v != 0 {
				return 0, ErrNotFinite
			}
			addLogs(m.engine, sum[:], s.logs[:], s.exp[:])
		}
	}
	return -sum[0].log(o.Samples), nil
}

// filled is x with 0 in the place of NaN, in memory of to where there is one.
func filled(to *[]float32, x []float32) []float32 {
	for i, v := range x {
		if v != v {
			fit(to, len(x))
			copy(*to, x)
			for j, v := range x[i:] {
				if v != v {
					(*to)[i+j] = 0
				}
			}
			return *to
		}
	}
	return x
}
