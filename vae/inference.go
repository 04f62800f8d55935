package vae

import (
	"context"
	"runtime"
	"slices"

	"github.com/lanewise/lanewise/kernels"
)

// An Inference is a trained model that does not change. Any number of goroutines may use
// it at once: it has some workers, of one thread each, for which calls wait in their order.
//
// Its methods write to slices of the caller's and allocate nothing once the workers have
// been used. Each row has the bits that the methods of [Model] give it, whatever rows are
// beside it, in any order and any number, and whatever else runs. Many rows are done some
// at a time; where ctx ends between these, between the codes of a bound, or while the call
// waits, the error is ctx's. Where an output is not finite it is [ErrNotFinite]. After an
// error what was written is of no use. They panic where lengths are not those of whole
// rows, as many of each.
type Inference struct {
	beside
	cfg     Config
	set     kernels.Set
	net     *network // whose weights are this one's own
	workers chan *Model
	batch   int // rows at a time
}

// Inference is the model as it is now: a copy, that further training does not change, with
// so many workers, or GOMAXPROCS for 0.
func (m *Model) Inference(workers int) *Inference {
	if workers < 0 {
		panic("vae: a negative number of workers")
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	f := &Inference{beside: m.beside, cfg: m.Config(), set: m.engine.Set(), workers: make(chan *Model, workers)}
	var err error
	if f.net, err = f.cfg.network(); err != nil {
		panic(err) // there is m
	}
	for i, u := range f.net.units {
		u.keep(m.engine, m.net.units[i].weights)
	}
	if m.cfg.Kind == VAE {
		f.net.code = head("", 2*m.cfg.Latent, m.net.mu.in)
		mu, logvar := m.net.mu.weights, m.net.logvar.weights
		f.net.code.keep(m.engine, [][]float32{slices.Concat(mu[0], logvar[0]), slices.Concat(mu[1], logvar[1])})
	}
	widest := max(f.net.encoder.widest(), f.net.decoder.widest())
	f.batch = min(max(inferenceNumbers/widest, 1), inferenceBatch)
	for range cap(f.workers) {
		f.workers <- nil
	}
	return f
}

// keep gives a unit a copy of weights, those of a dense layer packed.
func (u *unit) keep(e *kernels.Engine, weights [][]float32) {
	if _, ok := u.layer.(Dense); ok {
		shape := u.params[0].Shape
		p := e.Pack(nil, kernels.NewMatrix(weights[0], shape[0], shape[1]).T())
		u.packed = &p
		weights = [][]float32{nil, weights[1]}
	}
	for _, w := range weights {
		u.weights = append(u.weights, slices.Clone(w))
	}
}

// Of a long batch so many rows are done at a time, or fewer, so that a layer makes at most so
// many numbers of them: nobody waits long for a worker, and a worker's memory is small.
const (
	inferenceBatch   = 64
	inferenceNumbers = 1 << 20
)

// Config is the model's description, a copy.
func (f *Inference) Config() Config { return f.cfg.clone() }

// Encode sets mu and logvar to the mean and the log variance of the codes of rows x. logvar
// may be nil, and is for an autoencoder.
func (f *Inference) Encode(ctx context.Context, mu, logvar, x []float32) error {
	n := f.rows(x, f.cfg.Input.Size())
	d := f.cfg.Latent
	if len(mu) != n*d || logvar != nil && (len(logvar) != n*d || f.cfg.Kind == AE) {
		panic("vae: not a code for each row")
	}
	return f.each(ctx, n, f.batch, func(m *Model, first, end int) error {
		p := m.size(end - first)
		m.encodeHidden(p, f.some(x, f.cfg.Input.Size(), first, end))
		mu := f.some(mu, d, first, end)
		if logvar == nil {
			m.head(&m.net.mu, p, mu)
			return checkFinite(mu)
		}
		logvar := f.some(logvar, d, first, end)
		m.heads(p, mu, logvar)
		return checkFinite(mu, logvar)
	})
}

// Decode sets x to the row that each code of z stands for: the mean of p(x|z).
func (f *Inference) Decode(ctx context.Context, x, z []float32) error {
	n := f.rows(z, f.cfg.Latent)
	if len(x) != n*f.cfg.Input.Size() {
		panic("vae: not a row for each code")
	}
	return f.each(ctx, n, f.batch, func(m *Model, first, end int) error {
		return m.decodeTo(f.some(x, f.cfg.Input.Size(), first, end), f.some(z, f.cfg.Latent, first, end))
	})
}

// Reconstruct encodes rows x and decodes the means of their codes to dst, which may be x
// itself.
func (f *Inference) Reconstruct(ctx context.Context, dst, x []float32) error {
	size := f.cfg.Input.Size()
	n := f.rows(x, size)
	if len(dst) != len(x) {
		panic("vae: not a reconstruction for each row")
	}
	return f.each(ctx, n, f.batch, func(m *Model, first, end int) error {
		p := m.size(end - first)
		m.encodeHidden(p, f.some(x, size, first, end))
		m.head(&m.net.mu, p, p.mu)
		if err := checkFinite(p.mu); err != nil {
			return err
		}
		return m.decodeTo(f.some(dst, size, first, end), p.mu)
	})
}

// Score sets dst to the scores of rows x, and terms, unless it is nil, to what each number
// adds: see [Model.Score].
func (f *Inference) Score(ctx context.Context, dst []float64, terms, x []float32, o ScoreOptions) error {
	if err := o.Validate(f.cfg.Kind); err != nil {
		return err
	}
	size := f.cfg.Input.Size()
	if n := f.rows(x, size); len(dst) != n || terms != nil && len(terms) != len(x) {
		panic("vae: not a score and as many terms for each row")
	}
	batch := f.batch
	if o.Score == BoundScore {
		batch = 1 // of which each is decoded many times
	}
	return f.each(ctx, len(dst), batch, func(m *Model, first, end int) error {
		var some []float32
		if terms != nil {
			some = f.some(terms, size, first, end)
		}
		return m.scoreWithin(ctx, dst[first:end], some, f.some(x, size, first, end), o)
	})
}

func (m *Model) decodeTo(x, z []float32) error {
	p := m.size(len(z) / m.cfg.Latent)
	m.decode(p, z)
	if err := checkFinite(p.output); err != nil { // before a sigmoid hides it
		return err
	}
	m.likelihood.Mean(m.engine, x, p.output)
	return nil
}

// rows is how many rows x has, which may be none.
func (f *Inference) rows(x []float32, width int) int {
	if len(x)%width != 0 {
		panic("vae: not a whole number of rows")
	}
	return len(x) / width
}

// some is rows first to end-1.
func (f *Inference) some(x []float32, width, first, end int) []float32 {
	return x[first*width : end*width]
}

// each does n rows, batch at a time, on a worker that may be another one each time: a short
// call waits for a part of a long one at most.
func (f *Inference) each(ctx context.Context, n, batch int, do func(m *Model, first, end int) error) error {
	for first := 0; first < n; first += batch {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := f.one(ctx, first, min(first+batch, n), do); err != nil {
			return err
		}
	}
	return nil
}

func (f *Inference) one(ctx context.Context, first, end int, do func(m *Model, first, end int) error) error {
	var worker *Model
	select {
	case worker = <-f.workers:
	default:
		select {
		case worker = <-f.workers:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	var back *Model // a worker that has panicked is not used again
	defer func() { f.workers <- back }()
	if worker == nil {
		worker = &Model{cfg: f.cfg, engine: kernels.New(f.set, 1), net: f.net, likelihood: f.cfg.Likelihood}
	}
	err := do(worker, first, end)
	back = worker
	return err
}
