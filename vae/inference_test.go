package vae

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// inferenceConfigs have dense layers, layers of every kind, a learned variance, no hidden
// layers, and layers of one's own.
func inferenceConfigs() map[string]Config {
	own := mlp{Kind: VAE, Rows: 3, Cols: 5, Hidden: []int{7}, Latent: 2}.config()
	own.Encoder = []Layer{Dense{7}, ReLU, factor{}}
	return map[string]Config{
		"dense":      mlp{Kind: VAE, Rows: 6, Cols: 7, Hidden: []int{33, 20}, Latent: 5}.config(),
		"every kind": convConfig(VAE, Gaussian{Variance: 0.3, Learned: true}),
		"ae":         mlp{Kind: AE, Rows: 3, Cols: 5, Hidden: []int{7}, Latent: 2}.config(),
		"linear":     mlp{Kind: VAE, Rows: 3, Cols: 5, Latent: 4, Variance: 0.2}.config(),
		"own":        own,
	}
}

// factor is a layer of one's own: y = w·x with one weight.
type factor struct{}

func (factor) Kind() string                   { return "factor" }
func (factor) Output(in Shape) (Shape, error) { return in, nil }
func (factor) Params(Shape) []Param {
	return []Param{{Name: "weight", Shape: []int{1}, FanIn: 1, FanOut: 1}}
}
func (factor) Backward(*Pass) { panic("not trained") }
func (factor) Forward(p *Pass) {
	if p.X[0] == panicking {
		panic("asked for")
	}
	for i, v := range p.X {
		p.Y[i] = p.Weights[0][0] * v
	}
}

// panicking makes factor panic where it is the first number of a batch.
const panicking = 123

// outputs are all that an Inference, or a Model, says of rows.
type outputs struct {
	mu, logvar, decoded, reconstructed []float32
	terms                              []float32   // of the first score
	scores                             [][]float64 // of each kind
}

// scoreOptions are the kinds of scores that a kind of model has.
func scoreOptions(kind Kind) []ScoreOptions {
	all := []ScoreOptions{{Score: ELBOScore}, {Score: ErrorScore}}
	if kind == VAE {
		all = append(all, ScoreOptions{Score: BoundScore, Samples: 3, Seed: 5})
	}
	return all
}

func (m *Model) outputsOf(t testing.TB, x []float32) outputs {
	t.Helper()
	mu, logvar, err := m.Encode(x)
	if err != nil {
		t.Fatal(err)
	}
	o := outputs{mu, logvar, good(m.Decode(mu)), good(m.Reconstruct(x)), make([]float32, len(x)), nil}
	for i, s := range scoreOptions(m.cfg.Kind) {
		o.scores = append(o.scores, make([]float64, len(mu)/m.cfg.Latent))
		if err := m.Score(o.scores[i], o.terms, x, s); err != nil {
			t.Fatal(err)
		}
	}
	return o
}

func (f *Inference) outputsOf(ctx context.Context, x []float32) (outputs, error) {
	n, d := len(x)/f.cfg.Input.Size(), f.cfg.Latent
	o := outputs{mu: make([]float32, n*d), decoded: make([]float32, len(x)), reconstructed: append([]float32{}, x...)}
	if f.cfg.Kind == VAE {
		o.logvar = make([]float32, n*d)
	}
	o.terms = make([]float32, len(x))
	err := errors.Join(f.Encode(ctx, o.mu, o.logvar, x), f.Decode(ctx, o.decoded, o.mu),
		f.Reconstruct(ctx, o.reconstructed, o.reconstructed)) // in place
	for i, s := range scoreOptions(f.cfg.Kind) {
		o.scores = append(o.scores, make([]float64, n))
		err = errors.Join(err, f.Score(ctx, o.scores[i], o.terms, x, s))
	}
	return o, err
}

// equal tells whether row i of o is row j of other.
func (o outputs) equal(i int, other outputs, j int, size, d int) bool {
	row := func(a, b []float32, width int) bool {
		if a == nil || b == nil {
			return a == nil && b == nil
		}
		for k := range width {
			if math.Float32bits(a[i*width+k]) != math.Float32bits(b[j*width+k]) {
				return false
			}
		}
		return true
	}
	for k := range o.scores {
		if math.Float64bits(o.scores[k][i]) != math.Float64bits(other.scores[k][j]) {
			return false
		}
	}
	return row(o.terms, other.terms, size) && row(o.mu, other.mu, d) && row(o.logvar, other.logvar, d) &&
		row(o.decoded, other.decoded, size) && row(o.reconstructed, other.reconstructed, size)
}

// TestInference compares every row, in batches of several lengths and in any order, on
// many goroutines at once, with what the model says of all rows.
func TestInference(t *testing.T) {
	for _, set := range testSets(t) {
		for name, c := range inferenceConfigs() {
			t.Run(set.Name()+"/"+name, func(t *testing.T) {
				m, err := New(c, kernels.New(set, 2), 3)
				if err != nil {
					t.Fatal(err)
				}
				size, d := c.Input.Size(), c.Latent
				rows, times := 2*inferenceBatch+5, 6
				if brief() && size > 100 {
					rows, times = 20, 2
				}
				if brief() && set.Name() == "go" {
					rows, times = 9, 1
				}
				x := uniform(rows*size, 7)
				want := m.outputsOf(t, x)
				f := m.Inference(0)
				if all, err := f.outputsOf(t.Context(), x); err != nil || !sameOutputs(all, want, rows, size, d) {
					t.Errorf("all rows differ, error %v", err)
				}
				var group sync.WaitGroup
				for g := range 8 {
					group.Go(func() {
						random := rand.New(rand.NewPCG(uint64(g), 1))
						for range times {
							index := random.Perm(rows)[:[]int{1, 2, 3, 8, rows}[random.IntN(5)]]
							var some []float32
							for _, i := range index {
								some = append(some, x[i*size:][:size]...)
							}
							got, err := f.outputsOf(t.Context(), some)
							if err != nil {
								t.Error(err)
								return
							}
							for i, j := range index {
								if !got.equal(i, want, j, size, d) {
									t.Errorf("row %d, as row %d of %d, differs", j, i, len(index))
									return
								}
							}
						}
					})
				}
				group.Wait()
			})
		}
	}
}

func sameOutputs(a, b outputs, rows, size, d int) bool {
	for i := range rows {
		if !a.equal(i, b, i, size, d) {
			return false
		}
	}
	return true
}

// TestInferenceStays: neither training of the model nor a change of what Config returns
// reaches it.
func TestInferenceStays(t *testing.T) {
	for _, name := range []string{"dense", "every kind"} {
		c := inferenceConfigs()[name]
		m := good(New(c, engine(), 3))
		x := uniform(3*c.Input.Size(), 7)
		f, want := m.Inference(1), m.outputsOf(t, x)
		f.Config().Encoder[0] = Dense{1}
		if _, _, err := m.Step(x, DefaultOptions()); err != nil {
			t.Fatal(err)
		}
		got, err := f.outputsOf(t.Context(), x)
		if err != nil || !sameOutputs(got, want, 3, c.Input.Size(), c.Latent) {
			t.Errorf("%s: other outputs after a step of the model, error %v", name, err)
		}
		if got.equal(0, m.outputsOf(t, x), 0, c.Input.Size(), c.Latent) {
			t.Errorf("%s: the step changes nothing", name)
		}
	}
}

func TestInferenceContext(t *testing.T) {
	m := newTestModel(t, mlp{Kind: VAE, Rows: 3, Cols: 5, Hidden: []int{7}, Latent: 2}, 1)
	f := m.Inference(0)
	const n = 5 * inferenceBatch
	x, mu := uniform(n*15, 1), make([]float32, 2*n)
	mu[2*inferenceBatch*2] = 77
	long := ScoreOptions{Score: BoundScore, Samples: 1 << 30} // of one row, which would take an hour
	if err := f.Score(&countdown{t.Context(), 5}, make([]float64, 1), nil, x[:15], long); !errors.Is(err, context.Canceled) {
		t.Errorf("a long bound: %v", err)
	}
	if err := f.Encode(&countdown{t.Context(), 2}, mu, nil, x); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v in the middle of a batch", err)
	}
	if mu[2*inferenceBatch*2-1] == 0 || mu[2*inferenceBatch*2] != 77 {
		t.Error("it has not ended after two parts")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	// All workers are in use: a call waits until its context ends.
	taken := make([]*Model, cap(f.workers))
	for i := range taken {
		taken[i] = <-f.workers
	}
	waiting, stop := context.WithCancel(t.Context())
	go func() { runtime.Gosched(); stop() }()
	for name, ctx := range map[string]context.Context{"ended": ctx, "waiting": waiting} {
		if err := f.Decode(ctx, x[:15], mu[:2]); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v", name, err)
		}
	}
	for _, w := range taken {
		f.workers <- w
	}
	if err := f.Decode(t.Context(), x[:15], mu[:2]); err != nil {
		t.Error(err)
	}
}

func TestInferenceNotFinite(t *testing.T) {
	m := newTestModel(t, mlp{Kind: VAE, Rows: 3, Cols: 5, Hidden: []int{7}, Latent: 2}, 1)
	f := m.Inference(0)
	x := uniform(15, 1)
	mu, logvar := make([]float32, 2), make([]float32, 2)
	x[3] = float32(math.NaN())
	if err := f.Encode(t.Context(), mu, logvar, x); !errors.Is(err, ErrNotFinite) {
		t.Errorf("encode: error %v", err)
	}
	if err := f.Reconstruct(t.Context(), x, x); !errors.Is(err, ErrNotFinite) {
		t.Errorf("reconstruct: error %v", err)
	}
	if err := f.Decode(t.Context(), x, []float32{1, float32(math.Inf(1))}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("decode: error %v", err)
	}
	m.net.logvar.weights[1][1] = float32(math.Inf(1))
	if err := m.Inference(0).Encode(t.Context(), mu, logvar, uniform(15, 1)); !errors.Is(err, ErrNotFinite) {
		t.Errorf("an infinite variance: error %v", err)
	}
	if err := m.Inference(0).Encode(t.Context(), mu, nil, uniform(15, 1)); err != nil {
		t.Errorf("an infinite variance that nobody asks for: error %v", err)
	}
}

// TestInferencePanics: wrong lengths panic, and a layer that panics takes no worker along.
func TestInferencePanics(t *testing.T) {
	vae := newTestModel(t, mlp{Kind: VAE, Rows: 3, Cols: 5, Latent: 2}, 1).Inference(0)
	ae := newTestModel(t, mlp{Kind: AE, Rows: 3, Cols: 5, Latent: 2}, 1).Inference(0)
	ctx, x := t.Context(), make([]float32, 45)
	for name, f := range map[string]func(){
		"a part of a row":     func() { vae.Encode(ctx, x[:2], nil, x[:14]) },
		"a long mu":           func() { vae.Encode(ctx, x[:3], nil, x[:15]) },
		"a short logvar":      func() { vae.Encode(ctx, x[:4], x[:2], x[:30]) },
		"the logvar of an ae": func() { ae.Encode(ctx, x[:2], x[:2], x[:15]) },
		"a part of a code":    func() { vae.Decode(ctx, x[:15], x[:3]) },
		"two rows of a code":  func() { vae.Decode(ctx, x[:30], x[:2]) },
		"a score for two":     func() { vae.Score(ctx, make([]float64, 1), nil, x[:30], ScoreOptions{Score: ErrorScore}) },
		"terms for one":       func() { vae.Score(ctx, make([]float64, 2), x[:15], x[:30], ScoreOptions{Score: ErrorScore}) },
		"a row for two":       func() { vae.Reconstruct(ctx, x[:15], x[:30]) },
	} {
		func() {
			defer func() {
				if _, ok := recover().(string); !ok {
					t.Errorf("%s: no panic with a constant", name)
				}
			}()
			f()
		}()
	}
	if err := ae.Score(ctx, nil, nil, nil, ScoreOptions{Score: BoundScore, Samples: 1}); !errors.Is(err, ErrNoPrior) {
		t.Errorf("the bound of an ae: %v", err)
	}
	if err := vae.Encode(ctx, nil, nil, nil); err != nil {
		t.Errorf("no rows: %v", err)
	}

	bad := good(New(Config{Kind: AE, Input: Flat(1), Encoder: []Layer{factor{}}, Latent: 1, Decoder: []Layer{Dense{1}}, Likelihood: SquaredError{}}, engine(), 1)).Inference(0)
	for range 3 * cap(bad.workers) {
		func() {
			defer func() {
				if recover() != "asked for" {
					t.Error("no panic")
				}
			}()
			bad.Encode(ctx, x[:1], nil, []float32{panicking})
		}()
	}
	if err := bad.Encode(ctx, x[:1], nil, []float32{1}); err != nil {
		t.Error(err)
	}
}

// TestInferenceAllocatesNothing, for one row and for many.
func TestInferenceAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, c := range inferenceConfigs() {
		f := good(New(c, engine(), 1)).Inference(0)
		size, d := c.Input.Size(), c.Latent
		for _, n := range []int{1, inferenceBatch + 1} {
			x, mu, out := uniform(n*size, 1), make([]float32, n*d), make([]float32, n*size)
			ctx := t.Context()
			var logvar []float32
			if c.Kind == VAE {
				logvar = make([]float32, n*d)
			}
			scores := make([]float64, n)
			kinds := scoreOptions(c.Kind)
			all := func() {
				for _, s := range kinds {
					if err := f.Score(ctx, scores, out, x, s); err != nil {
						t.Fatal(err)
					}
				}
				if err := errors.Join(f.Encode(ctx, mu, logvar, x), f.Decode(ctx, out, mu), f.Reconstruct(ctx, out, x)); err != nil {
					t.Fatal(err)
				}
			}
			for range 2 * cap(f.workers) {
				all()
			}
			if got := testing.AllocsPerRun(20, all); got != 0 {
				t.Errorf("%s, %d rows: %v allocations", name, n, got)
			}
		}
	}
}

func BenchmarkInference(b *testing.B) {
	m, err := New(DefaultConfig(VAE, Shape{28, 28, 1}), kernels.New(kernels.Default(), 1), 1)
	if err != nil {
		b.Fatal(err)
	}
	f := m.Inference(0)
	ctx := context.Background()
	for _, n := range []int{1, 8, 64} {
		x, mu, logvar := uniform(n*784, 1), make([]float32, n*20), make([]float32, n*20)
		b.Run(fmt.Sprintf("encode=%d", n), func(b *testing.B) {
			for b.Loop() {
				f.Encode(ctx, mu, logvar, x)
			}
		})
		b.Run(fmt.Sprintf("model=%d", n), func(b *testing.B) {
			for b.Loop() {
				m.Encode(x)
			}
		})
		b.Run(fmt.Sprintf("reconstruct=%d", n), func(b *testing.B) {
			for b.Loop() {
				f.Reconstruct(ctx, x, x)
			}
		})
	}
}
