package vae

import (
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// Step trains on one batch of images and returns the sums, not means, of their
// reconstruction loss and KL. The gradient is that of the mean. Of the options it uses
// all but Epochs, Batch and the functions; it is an error if one of them, or of the
// pixels for the likelihood, is out of its range, and nothing has been learned then.
func (m *Model) Step(x []float32, o Options) (reconstruction, kl float64, err error) {
	if err := o.validateStep(); err != nil {
		return 0, 0, err
	}
	if err := m.likelihood.CheckData(x); err != nil {
		return 0, 0, err
	}
	reconstruction, kl = m.step(x, &o)
	return reconstruction, kl, nil
}

// step is Step with arguments that are known to be good.
func (m *Model) step(x []float32, o *Options) (reconstruction, kl float64) {
	n := m.rows(x, m.cfg.Input.Size())
	if m.grad == nil {
		m.grad = m.newArray()
		m.m = make([]float32, len(m.weights))
		m.v = make([]float32, len(m.weights))
		m.carve(m.grad, func(u *unit, i int, part []float32) { u.grads[i] = part })
	}
	m.steps++
	stream := uint64(m.steps)
	p := m.size(n)
	m.sizeGradients(p)
	input := m.corrupted(p, x, o.Corrupt, kernels.Noise{Seed: o.Seed, Stream: streamCorrupt + stream})
	z, kl := m.code(p, input, kernels.Noise{Seed: o.Seed, Stream: streamNoise + stream})
	m.decode(p, z)
	scale := 1 / float64(n)
	m.fitVariance(p, x)
	reconstruction = m.likelihood.Loss(m.engine, p.doutput, p.output, x, scale)
	m.backward(p, input, float32(o.klWeight(m.steps, kl*scale)*scale), o.FreeBits)
	m.clip(o.Clip)
	m.engine.Adam(m.weights, m.m, m.v, m.grad, o.adam(m.steps), m.steps)
	return reconstruction, kl
}

// fitVariance gives a likelihood with a learned variance the one of this batch.
func (m *Model) fitVariance(p *pass, x []float32) {
	if m.learned != nil {
		p.squares = m.engine.SquaredError(p.doutput, p.output, x, 1)
		m.learned.fit(p.squares, len(x))
	}
}

// clip scales the gradient down where its norm is larger than most. A norm that is not
// finite is left to show in the loss.
func (m *Model) clip(most float64) {
	if most == 0 {
		return
	}
	if m.zeros == nil {
		m.zeros = make([]float32, len(m.weights))
	}
	// Σ (g-0)², with a gradient of 2·(g-0)/2, which is g itself.
	norm := math.Sqrt(m.engine.SquaredError(m.grad, m.grad, m.zeros, 0.5))
	if norm > most && !math.IsInf(norm, 0) {
		m.engine.SquaredError(m.grad, m.grad, m.zeros, float32(most/norm/2))
	}
}
