package vae

import "math"

// Step trains on one batch of images and returns the sums, not means, of their
// reconstruction loss and KL. The gradient is that of the mean. Of the options it uses
// all but Epochs, Batch and the functions; it is an error if one of them, or of the
// pixels for the likelihood, is out of its range, and nothing has been learned then.
// With an Exchange all ranks give the whole batch.
func (m *Model) Step(x []float32, o Options) (reconstruction, kl float64, err error) {
	if err := o.validateStep(); err != nil {
		return 0, 0, err
	}
	if err := m.likelihood.CheckData(x); err != nil {
		return 0, 0, err
	}
	return m.step(x, &o)
}

// step is Step with arguments that are known to be good.
func (m *Model) step(x []float32, o *Options) (reconstruction, kl float64, err error) {
	size := m.cfg.Input.Size()
	n := m.rows(x, size)
	begin, end := m.prepare(o).own(n)
	x = x[begin*size : end*size]
	return m.learn(x, x, false, n, goesOn, o)
}

func (p *pass) losses() [3]float64 { return [3]float64{p.reconstruction, p.kl} }

// fail tells the other ranks, which are at a step, that this one has an error.
func (m *Model) fail(err error, o *Options) error {
	m.prepare(o).totals(&m.ranks, fails, (*pass).losses)
	return err
}

// learn is a step on a batch of n images, of which x are those of this rank: NaN may stand for
// missing numbers there. input is what the encoder may see of x.
func (m *Model) learn(x, input []float32, missing bool, n int, how standing, o *Options) (reconstruction, kl float64, err error) {
	s := m.prepare(o)
	s.x, s.input, s.missing, s.n, s.o, s.step = x, input, missing, n, *o, m.steps+1
	if m.learned != nil || o.FreeBits > 0 || o.Capacity > 0 {
		s.each((*shards).forward)
		if err := s.meet(&m.ranks); err != nil {
			return 0, 0, err
		}
		s.each((*shards).backward)
	} else {
		s.each((*shards).both)
	}
	sums, err := s.totals(&m.ranks, how, (*pass).losses)
	if err != nil {
		return 0, 0, err
	}
	if err := s.sumGradients(m); err != nil {
		return 0, 0, err
	}
	m.steps++
	m.clip(o.Clip)
	m.engine.Adam(m.weights, m.m, m.v, m.grad, o.adam(m.steps), m.steps)
	return sums[0], sums[1], nil
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
