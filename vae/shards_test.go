package vae

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// sharded is a model after some steps on the images x, the last of them on a few.
func sharded(t testing.TB, c Config, engine *kernels.Engine, x []float32, o Options) *Model {
	t.Helper()
	m, err := New(c, engine, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, images := range []int{len(x) / 784, len(x) / 784, 3} {
		if _, _, err := m.Step(x[:images*784], o); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

// TestShardsAnyThreads: the weights depend on the number of shards, and not on the set, or
// on how many threads there are for them.
func TestShardsAnyThreads(t *testing.T) {
	x := Floats(testDigits(t).Train.Limit(37))
	base := Options{LR: 1e-3, Beta: 1, Seed: 3}
	capacity := base
	capacity.Capacity, capacity.CapacitySteps = 4, 2
	masked := base
	masked.Corrupt.Mask = 0.4
	for _, c := range []struct {
		name   string
		config Config
		o      Options
	}{
		{"plain", DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), base},
		{"capacity", DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), capacity},
		{"mask", DenseConfig(AE, Shape{28, 28, 1}, []int{12}, 5), masked},
		{"every option", convConfig(VAE, Gaussian{Variance: 1, Learned: true}), everyOption(base)},
	} {
		t.Run(c.name, func(t *testing.T) {
			hashes := map[string]int{}
			for _, shards := range []int{1, 2, 3, 8, 40} { // 40 leave some without an image
				if brief() && shards != 3 {
					continue
				}
				o := c.o
				o.Shards = shards
				want := ""
				for _, set := range testSets(t) {
					for _, threads := range []int{1, 2, 4} {
						got := sharded(t, c.config, kernels.New(set, threads), x, o).WeightsSHA256()
						if want == "" {
							want = got
						}
						if got != want {
							t.Fatalf("%d shards, set %s, %d threads: other weights", shards, set.Name(), threads)
						}
					}
				}
				if other, ok := hashes[want]; ok {
					t.Errorf("%d shards have the weights of %d: they are not used", shards, other)
				}
				hashes[want] = shards
			}
		})
	}
}

// TestShardsSum compares the gradient of four shards of eight images with those of four
// models, bit for bit: a scale of 1/32 is one of 1/8, quartered exactly.
func TestShardsSum(t *testing.T) {
	x := Floats(testDigits(t).Train.Limit(32))
	config := DenseConfig(AE, Shape{28, 28, 1}, []int{12}, 5)
	gradient := func(x []float32, shards int) []float32 {
		m, err := New(config, kernels.New(kernels.Default(), 2), 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Step(x, Options{LR: 1e-3, Shards: shards}); err != nil {
			t.Fatal(err)
		}
		return m.grad
	}
	var parts [4][]float32
	for i := range parts {
		parts[i] = gradient(x[i*8*784:][:8*784], 1)
	}
	got := gradient(x, len(parts))
	for i := range got {
		want := (parts[0][i]/4 + parts[1][i]/4) + (parts[2][i]/4 + parts[3][i]/4)
		if got[i] != want {
			t.Fatalf("weight %d has the gradient %v, want %v", i, got[i], want)
		}
	}
}

// TestShardsAreOneBatch: what belongs to an image, its noise and code, has the bits that
// it has in a whole batch; losses and the gradient are those of the batch, but for
// rounding.
func TestShardsAreOneBatch(t *testing.T) {
	x := Floats(testDigits(t).Train.Limit(37))
	for _, c := range []struct {
		name   string
		config Config
		change func(o *Options)
	}{
		{"capacity", DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), func(o *Options) { o.Capacity = 100 }},
		{"free bits", DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), func(o *Options) { o.FreeBits = 0.004 }},
		{"noise", DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), func(o *Options) { o.Corrupt.Gaussian = 0.3 }},
		{"mask", DenseConfig(AE, Shape{28, 28, 1}, []int{12}, 5), func(o *Options) { o.Corrupt.Mask = 0.4 }},
		{"learned variance", convConfig(VAE, Gaussian{Variance: 1, Learned: true}), func(*Options) {}},
	} {
		t.Run(c.name, func(t *testing.T) {
			run := func(shards int) (m *Model, losses [2]float64) {
				m, err := New(c.config, kernels.New(kernels.Default(), 2), 1)
				if err != nil {
					t.Fatal(err)
				}
				o := Options{LR: 1e-3, Beta: 1, Seed: 3, Shards: shards}
				c.change(&o)
				losses[0], losses[1], err = m.Step(x, o)
				if err != nil {
					t.Fatal(err)
				}
				return m, losses
			}
			whole, want := run(1)
			for _, shards := range []int{2, 5, 37, 50} {
				if brief() && shards != 5 {
					continue
				}
				m, got := run(shards)
				var z, input []float32
				for _, s := range m.shards.models {
					z = append(z, s.pass.z[:s.pass.n*c.config.Latent]...)
					input = append(input, s.pass.input[:s.pass.n*784]...)
				}
				if c.config.Kind == VAE && !slices.Equal(z, whole.pass.z) {
					t.Errorf("%d shards: other codes", shards)
				}
				if !slices.Equal(input, whole.pass.input) {
					t.Errorf("%d shards: other noise in the images", shards)
				}
				for i := range want {
					if !near(got[i], want[i], 1e-6*math.Abs(want[i])) {
						t.Errorf("%d shards: losses %v, want %v", shards, got, want)
					}
				}
				difference := slices.Clone(m.grad)
				for i, g := range whole.grad {
					difference[i] -= g
				}
				if d := norm(difference) / norm(whole.grad); !(d <= 1e-5) {
					t.Errorf("%d shards: the gradient is off by %v", shards, d)
				}
			}
		})
	}
}

func BenchmarkShards(b *testing.B) {
	x := Floats(testDigits(b).Train.Limit(512))
	for _, images := range []int{128, 512} {
		for _, c := range []struct{ threads, shards int }{{1, 1}, {2, 1}, {2, 2}, {2, 8}, {1, 8}} {
			b.Run(fmt.Sprintf("images=%d/threads=%d/shards=%d", images, c.threads, c.shards), func(b *testing.B) {
				m, err := New(DefaultConfig(VAE, Shape{28, 28, 1}), kernels.New(kernels.Default(), c.threads), 1)
				if err != nil {
					b.Fatal(err)
				}
				o := DefaultOptions()
				o.Shards = c.shards
				for b.Loop() {
					m.Step(x[:images*784], o)
				}
				b.ReportMetric(float64(images)*float64(b.N)/b.Elapsed().Seconds(), "images/s")
			})
		}
	}
}
