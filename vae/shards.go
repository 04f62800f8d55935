package vae

import (
	"sync"

	"github.com/lanewise/lanewise/kernels"
)

// shards compute the gradient of a batch in parts, each by itself. One of them alone is
// the model; several are copies of it that share its weights, on one thread each.
type shards struct {
	models  []*Model
	workers int // goroutines
	wait    sync.WaitGroup

	terms []float64 // of a sum over the shards
	one   [1]float32

	// Of the step under way:
	x, input    []float32 // rows, and what an encoder may see of them
	missing     bool      // whether NaN in x is a number that is missing
	known       int       // numbers that are not, where the variance is learned
	n           int       // images
	o           Options
	step        int
	kl, squares float64 // of the whole batch, where the gradient needs them: the mean, the sum
}

// prepare makes the shards of a step, and the memory of what is learned.
func (m *Model) prepare(n int) *shards {
	if m.grad == nil {
		m.setGradient(m.newArray())
		m.prepareMoments()
	}
	s := &m.shards
	if len(s.models) == n {
		return s
	}
	s.workers = min(n, m.engine.Threads())
	s.terms = make([]float64, n)
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

// each runs a phase of the step for all shards, and waits for them.
func (s *shards) each(phase func(s *shards, shard int)) {
	if len(s.models) == 1 {
		phase(s, 0)
		return
	}
	some := func(first int) {
		for i := first; i < len(s.models); i += s.workers {
			phase(s, i)
		}
	}
	for w := 1; w < s.workers; w++ {
		s.wait.Go(func() { some(w) })
	}
	some(0)
	s.wait.Wait()
}

// part is where part i of n begins, of several that are as long as each other or one
// longer.
func part(i, of, n int) int { return int(int64(i) * int64(n) / int64(of)) }

// forward encodes and decodes the images of a shard.
func (s *shards) forward(i int) {
	m, first := s.models[i], part(i, len(s.models), s.n)
	size := m.cfg.Input.Size()
	p := m.size(part(i+1, len(s.models), s.n) - first)
	p.x = s.x[first*size:][:p.n*size]
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
	p.input = m.corrupted(p, s.input[first*size:][:p.n*size], s.o.Corrupt, field(streamCorrupt, size))
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
func (s *shards) meet() {
	first := s.models[0]
	s.kl = s.total(func(p *pass) float64 { return p.kl }) * (1 / float64(s.n))
	if first.learned != nil {
		s.squares = s.total(func(p *pass) float64 { return p.squares })
		s.known = int(s.total(func(p *pass) float64 { return float64(p.known) }))
		first.learned.fit(s.squares, s.known)
	}
	if s.o.FreeBits == 0 || first.cfg.Kind == AE {
		return
	}
	free := &first.pass.free
	fold(len(s.models), func(to, from int) {
		for j, sum := range s.models[from].pass.free.sums {
			s.models[to].pass.free.sums[j] += sum
		}
	})
	free.few = free.few[:0]
	for _, sum := range free.sums {
		free.few = append(free.few, float64(sum) < s.o.FreeBits*float64(s.n))
	}
	for _, m := range s.models {
		m.pass.free.few = free.few
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

// addGradients adds a part of the gradients of all shards to that of the first.
func (s *shards) addGradients(i int) {
	e, weights := s.models[i].engine, len(s.models[0].grad)
	begin, end := part(i, len(s.models), weights), part(i+1, len(s.models), weights)
	if begin == end {
		return
	}
	row := func(shard int) kernels.Matrix {
		return kernels.NewMatrix(s.models[shard].grad[begin:end], 1, end-begin)
	}
	fold(len(s.models), func(to, from int) {
		e.Gemm(row(to), 1, kernels.NewMatrix(s.one[:], 1, 1), row(from), 1, nil) // to += 1·from
	})
}

// total is a sum over the shards.
func (s *shards) total(term func(p *pass) float64) float64 {
	for i, m := range s.models {
		s.terms[i] = term(&m.pass)
	}
	fold(len(s.terms), func(to, from int) { s.terms[to] += s.terms[from] })
	return s.terms[0]
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
