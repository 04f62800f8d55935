package vae

import (
	"context"
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/internal/elementary"
)

// maxSamples are as many as there are streams of noise for.
const maxSamples = 1<<32 - 1

// ImportanceBound is the importance-weighted lower bound of log p(x), in nats,
//
//	log 1/k Σ p(x|z_i)·p(z_i)/q(z_i|x),  z_i drawn from q(z|x),
//
// of each image and in the mean (Burda, Grosse & Salakhutdinov, "Importance Weighted
// Autoencoders", 2016). In expectation it is the ELBO for k = 1, does not fall with k,
// and tends to log p(x). An image is encoded once and decoded k times.
//
// The noise of a sample depends on the seed, the image's place and the sample's alone,
// and the first sample is the one of [Model.Evaluate]. Where ctx ends it returns ctx's
// error; for an autoencoder [ErrNoPrior]; and [ErrNotFinite] where an output is not finite.
func (m *Model) ImportanceBound(ctx context.Context, rows dataset.Source, k int, seed uint64) (mean float64, each []float64, err error) {
	if m.cfg.Kind != VAE {
		return 0, nil, ErrNoPrior
	}
	if k < 1 || uint64(k) > maxSamples {
		return 0, nil, fmt.Errorf("vae: %d samples of a code: want 1 to %d", k, uint64(maxSamples))
	}
	if err := m.check(rows); err != nil {
		return 0, nil, err
	}
	each = make([]float64, rows.Len())
	sums := make([]logSum, evalBatch)
	work := make([]float32, evalBatch)
	err = m.eachBatch(ctx, rows, func(first int, b *batch) error {
		p := m.size(b.n)
		m.encode(p, b.input)
		if err := checkFinite(p.mu, p.logvar); err != nil {
			return err
		}
		sums := sums[:p.n]
		clear(sums)
		logs := each[first:][:p.n] // of the weights of one sample, until all are summed
		for i := range k {
			if err := ctx.Err(); err != nil {
				return err
			}
			noise := kernels.Noise{Seed: seed, Stream: streamEval + uint64(i), First: uint64(first) * uint64(m.cfg.Latent)}
			if err := m.logWeights(logs, p, b.x, noise); err != nil {
				return err
			}
			addLogs(m.engine, sums, logs, work[:p.n])
		}
		for i, s := range sums {
			logs[i] = s.log(k)
		}
		return nil
	})
	if err != nil {
		return 0, nil, err
	}
	for _, v := range each {
		mean += v
	}
	return mean / float64(len(each)), each, nil
}

// logWeights draws a code for each row of x, which is encoded in p, and sets dst to
// log p(x|z) + log p(z) - log q(z|x).
func (m *Model) logWeights(dst []float64, p *pass, x []float32, noise kernels.Noise) error {
	m.engine.Reparameterize(p.n, p.z, nil, p.mu, p.logvar, m.eps(p, noise))
	m.decode(p, p.z)
	if err := checkFinite(p.output); err != nil {
		return err
	}
	size, d := m.cfg.Input.Size(), m.cfg.Latent
	for i := range dst {
		row, output := m.scorer.known(x[i*size:][:size], p.output[i*size:][:size])
		dst[i] = logWeight(m.engine, m.likelihood, output, row, output, p.z[i*d:][:d], p.eps[i*d:][:d], p.logvar[i*d:][:d])
		if v := dst[i]; v-v != 0 {
			return ErrNotFinite
		}
	}
	return nil
}

// logWeight is log p(x|z) + log p(z) - log q(z|x) of a row x and the code
// z = mu + exp(logvar/2)·eps, of which output is decoded. work has the length of x, and
// may be output.
func logWeight(e *kernels.Engine, l Likelihood, work, x, output, z, eps, logvar []float32) float64 {
	loss := l.Loss(e, work, output, x, 1)
	// Of each component ln N(z; 0, 1) - ln N(z; mu, σ²) = (eps² + logvar - z²)/2.
	var sum float64
	for j := range z {
		square := float64(eps[j])*float64(eps[j]) - float64(float64(z[j])*float64(z[j])) // products are exact: fused or not
		sum += square + float64(logvar[j])
	}
	return float64(sum/2) - loss
}

// A logSum is n numbers' Σ exp(x), as exp(max)·sum. The zero value has none.
type logSum struct {
	max, sum float64
}

// addLogs adds exp(x[i]) to each sum. work has as many elements.
func addLogs(e *kernels.Engine, sums []logSum, x []float64, work []float32) {
	for i, v := range x {
		work[i] = float32(-math.Abs(v - sums[i].max))
	}
	e.Exp(work, work) // package math's differs between machines
	for i, v := range x {
		s, ratio := &sums[i], float64(work[i])
		switch {
		case s.sum == 0:
			*s = logSum{v, 1}
		case v > s.max:
			*s = logSum{v, float64(s.sum*ratio) + 1}
		default:
			s.sum += ratio
		}
	}
}

// log is the logarithm of the sum's n-th part.
func (s logSum) log(n int) float64 { return s.max + elementary.Ln(s.sum/float64(n)) }
