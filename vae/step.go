package vae

import "math"

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
	return m.learn(x, x, false, o)
}

// learn is step where NaN in x may stand for missing numbers. input is what the encoder
// may see of x.
func (m *Model) learn(x, input []float32, missing bool, o *Options) (reconstruction, kl float64) {
	m.steps++
	s := m.prepare(max(o.Shards, 1))
	s.x, s.input, s.missing, s.n, s.o, s.step = x, input, missing, m.rows(x, m.cfg.Input.Size()), *o, m.steps
	if m.learned != nil || o.FreeBits > 0 || o.Capacity > 0 {
		s.each((*shards).forward)
		s.meet()
		s.each((*shards).backward)
	} else {
		s.each((*shards).both)
	}
	if len(s.models) > 1 {
		s.each((*shards).addGradients)
	}
	m.clip(o.Clip)
	m.engine.Adam(m.weights, m.m, m.v, m.grad, o.adam(m.steps), m.steps)
	return s.total(func(p *pass) float64 { return p.reconstruction }), s.total(func(p *pass) float64 { return p.kl })
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
