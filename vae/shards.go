package vae

import "github.com/lanewise/lanewise/kernels"

// shards compute the gradient of a batch in parts, each by itself. One of them alone is
// the model; several are copies of it that share its weights, on one thread each.
type shards struct {
	models    []*Model        // those of this rank
	first, of int             // the place of the first one, and how many all ranks have
	engine    *kernels.Engine // whose threads they share

	phase func(s *shards, shard int) // under way
	run   func(shard int)            // the phase, made once

	rows  [][]float32 // arrays that the shards add up
	terms []float64   // of sums over the shards, a few of each
	one   [1]float32

	// Of the step under way:
	x, input    []float32 // rows of this rank, and what an encoder may see of them
	missing     bool      // whether NaN in x is a number that is missing
	known       int       // numbers that are not, where the variance is learned
	n           int       // images of all ranks
	o           Options
	step        int
	kl, squares float64 // of the whole batch, where the gradient needs them: the mean, the sum
}

// prepare makes the shards of a step, and the memory of what is learned.
func (m *Model) prepare(o *Options) *shards {
	if m.grad == nil {
		m.setGradient(m.newArray())
		m.prepareMoments()
	}
	m.ranks.e = o.Exchange
	s := &m.shards
	all := o.shards()
	n := all / m.ranks.n()
	s.first = n * m.ranks.rank()
	if len(s.models) == n && s.of == all {
		return s
	}
	s.of = all
	s.engine = m.engine
	s.run = func(shard int) { s.phase(s, shard) }
	s.terms = make([]float64, 3*all)
	s.one[0] = 1
	s.models = []*Model{m}
	if n > 1 {
		s.models[0] = m.replica(m.grad)
		for range n - 1 {
			s.models = append(s.models, m.replica(m.newArray()))
		}
	}
	return s
}

// own are the first image of this rank in a batch of n, and the one after its last.
func (s *shards) own(n int) (begin, end int) {
	return part(s.first, s.of, n), part(s.first+len(s.models), s.of, n)
}

// replica is a model with the weights of m and an engine, a workspace and a gradient of
// its own.
func (m *Model) replica(grad []float32) *Model {
	net, err := m.cfg.network()
	if err != nil {
		panic(err) // there is m
	}
	r := &Model{cfg: m.cfg, engine: kernels.New(m.engine.Set(), 1), net: net, likelihood: m.likelihood, learned: m.learned}
	r.setWeights(m.weights)
	r.setGradient(grad)
	return r
}

// each runs a phase of the step for all shards, on all threads.
func (s *shards) each(phase func(s *shards, shard int)) {
	if len(s.models) == 1 {
		phase(s, 0) // which has all threads itself
		return
	}
	s.phase = phase
	s.engine.Each(len(s.models), s.run)
}

// part is where part i of n begins, of several that are as long as each other or one
// longer.
func part(i, of, n int) int { return int(int64(i) * int64(n) / int64(of)) }

// forward encodes and decodes the images of a shard.
func (s *shards) forward(i int) {
	m, first := s.models[i], part(s.first+i, s.of, s.n)
	size := m.cfg.Input.Size()
	p := m.size(part(s.first+i+1, s.of, s.n) - first)
	own := (first - part(s.first, s.of, s.n)) * size
	p.x = s.x[own:][:p.n*size]
	p.reconstruction, p.kl, p.squares, p.known = 0, 0, 0, 0
	if p.n == 0 {
		fit(&p.free.sums, m.cfg.Latent)
		clear(p.free.sums)
		return
	}
	m.sizeGradients(p)
	field := func(stream uint64, width int) kernels.Noise {
		return kernels.Noise{Seed: s.o.Seed, Stream: stream + uint64(s.step), First: uint64(first) * uint64(width)}
	}
	p.input = m.corrupted(p, s.input[own:][:p.n*size], s.o.Corrupt, field(streamCorrupt, size))
	z, kl := m.code(p, p.input, field(streamNoise, m.cfg.Latent))
	m.decode(p, z)
	p.kl = kl
	if m.learned != nil {
		x, output := p.x, p.output
		if s.missing {
			x, output = pick(&p.seen, x, output, 0)
		}
		p.squares = m.engine.SquaredError(p.doutput[:len(x)], output, x, 1)
		p.known = len(x)
	}
	if s.o.FreeBits > 0 && m.cfg.Kind == VAE {
		m.componentKL(p)
	}
}

// meet gives all shards what is known of the whole batch alone.
func (s *shards) meet(x *ranks) error {
	first := s.models[0]
	sums, err := s.totals(x, goesOn, func(p *pass) [3]float64 { return [3]float64{p.kl, p.squares, float64(p.known)} })
	if err != nil {
		return err
	}
	s.kl = sums[0] * (1 / float64(s.n))
	if first.learned != nil {
		s.squares, s.known = sums[1], int(sums[2])
		first.learned.fit(s.squares, s.known)
	}
	if s.o.FreeBits == 0 || first.cfg.Kind == AE {
		return nil
	}
	free := &first.pass.free
	if err := s.sum(x, func(m *Model) []float32 { return m.pass.free.sums }, addEach); err != nil {
		return err
	}
	free.few = free.few[:0]
	for _, sum := range free.sums {
		free.few = append(free.few, float64(sum) < s.o.FreeBits*float64(s.n))
	}
	for _, m := range s.models {
		m.pass.free.few = free.few
	}
	return nil
}

func addEach(to, from []float32) {
	for i, v := range from {
		to[i] += v
	}
}

// backward computes the gradient of a shard, which is that of the batch's mean.
func (s *shards) backward(i int) {
	m := s.models[i]
	p := &m.pass
	if p.n == 0 {
		clear(m.grad)
		return
	}
	scale := 1 / float64(s.n)
	p.reconstruction = m.reconstruction(p, s.missing, scale)
	m.backward(p, float32(s.o.klWeight(s.step, s.kl)*scale), &s.o)
}

func (s *shards) both(i int) {
	s.forward(i)
	s.backward(i)
}

// addGradients adds a part of the gradients of the shards of this rank to that of the
// first.
func (s *shards) addGradients(i int) {
	weights := len(s.models[0].grad)
	begin, end := part(i, len(s.models), weights), part(i+1, len(s.models), weights)
	if begin == end {
		return
	}
	fold(len(s.models), func(to, from int) {
		s.add(s.models[i].engine, s.models[to].grad[begin:end], s.models[from].grad[begin:end])
	})
}

// add is to += from.
func (s *shards) add(e *kernels.Engine, to, from []float32) {
	row := func(v []float32) kernels.Matrix { return kernels.NewMatrix(v, 1, len(v)) }
	e.Gemm(row(to), 1, kernels.NewMatrix(s.one[:], 1, 1), row(from), 1, nil) // to += 1·from
}

// sum leaves the sum over all shards of what each has in that of the first one of every
// rank. Where the shards of a rank are a node of the tree of fold they are added up by it.
func (s *shards) sum(x *ranks, of func(m *Model) []float32, add func(to, from []float32)) error {
	s.rows = s.rows[:0]
	for _, m := range s.models {
		s.rows = append(s.rows, of(m))
	}
	if !s.node(x) {
		return x.sumTree(s.rows, add)
	}
	fold(len(s.rows), func(to, from int) { add(s.rows[to], s.rows[from]) })
	return x.sum(s.rows[0], 1, add)
}

// node tells whether the shards of every rank are a node of the tree of fold, and the ranks
// as many as its levels above want.
func (s *shards) node(x *ranks) bool {
	return x.e == nil || powerOfTwo(len(s.models)) && powerOfTwo(x.n())
}

func powerOfTwo(n int) bool { return n&(n-1) == 0 }

// sumGradients leaves the gradient of the batch in the first shard of every rank.
func (s *shards) sumGradients(m *Model) error {
	grad := func(m *Model) []float32 { return m.grad }
	add := func(to, from []float32) { s.add(m.engine, to, from) }
	if !s.node(&m.ranks) {
		return s.sum(&m.ranks, grad, add)
	}
	if len(s.models) > 1 {
		s.each((*shards).addGradients)
	}
	return m.ranks.sum(m.grad, 1, add)
}

// totals are sums over all shards of three numbers of each.
func (s *shards) totals(x *ranks, how standing, terms func(p *pass) [3]float64) (sums [3]float64, err error) {
	for i, m := range s.models {
		t := terms(&m.pass)
		copy(s.terms[3*(s.first+i):], t[:])
	}
	if err := x.share(how, s.of, s.terms); err != nil {
		return sums, err
	}
	fold(s.of, func(to, from int) {
		for i := range sums {
			s.terms[3*to+i] += s.terms[3*from+i]
		}
	})
	copy(sums[:], s.terms)
	return sums, nil
}

// fold adds what has n places to the first: neighbours in pairs, then pairs of pairs, as
// a binary tree.
func fold(n int, add func(to, from int)) {
	for step := 1; step < n; step *= 2 {
		for i := 0; i+step < n; i += 2 * step {
			add(i, i+step)
		}
	}
}
