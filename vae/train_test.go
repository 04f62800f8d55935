package vae

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// kinds of models for images of rows×cols.
func kinds(rows, cols int) map[string]Config {
	return map[string]Config{
		"bernoulli": {Kind: VAE, Rows: rows, Cols: cols, Hidden: []int{16}, Latent: 4},
		"gaussian":  {Kind: VAE, Rows: rows, Cols: cols, Hidden: []int{8, 8}, Latent: 3, Variance: 0.1},
		"ae":        {Kind: AE, Rows: rows, Cols: cols, Hidden: []int{16}, Latent: 4},
	}
}

// testImages is n images of 3×5 pixels, of which some are all black or white.
func testImages(n int) dataset.Images {
	pixels := make([]byte, n*15)
	for i := range pixels {
		switch i / 15 % 5 {
		case 3:
		case 4:
			pixels[i] = 255
		default:
			pixels[i] = byte(kernels.Noise{Seed: 8}.Bits(uint64(i)))
		}
	}
	return dataset.Images{Pixels: pixels, Rows: 3, Cols: 5}
}

func train(t *testing.T, m *Model, images dataset.Images, o Options) []Epoch {
	t.Helper()
	history, err := m.Train(context.Background(), images, images, o)
	if err != nil {
		t.Fatal(err)
	}
	return history
}

// TestTrainLearns: the loss on digits that it has not seen falls.
func TestTrainLearns(t *testing.T) {
	data := testDigits(t)
	const n, batch = 200, 10
	test := data.Test.Limit(50)
	for name, c := range kinds(28, 28) {
		t.Run(name, func(t *testing.T) {
			m := newTestModel(t, c, 1)
			before, err := m.Evaluate(test, 1, 1)
			if err != nil {
				t.Fatal(err)
			}
			o := DefaultOptions()
			o.Epochs, o.Batch, o.LR = 2, batch, 5e-3
			pixels := bytes.Clone(data.Train.Pixels)
			history, err := m.Train(context.Background(), data.Train.Limit(n), test, o)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(pixels, data.Train.Pixels) {
				t.Error("training changed the images")
			}
			if len(history) != 2 || history[0].Epoch != 1 || history[1].Epoch != 2 {
				t.Fatalf("history %+v", history)
			}
			a, b := history[0], history[1]
			if !(b.Train.Total < a.Train.Total && b.Test.Total < a.Test.Total && b.Test.Total < before.Total-0.3*math.Abs(before.Total)) {
				t.Errorf("the loss does not fall: %v before, then %+v", before, history)
			}
			for _, l := range []Loss{a.Train, b.Train, a.Test, b.Test} {
				if l.Total != l.Reconstruction+l.KL || !(l.KL >= 0) || (c.Kind == AE) != (l.KL == 0) {
					t.Errorf("a loss of %+v", l)
				}
			}
			t.Log(before, b.Test)
		})
	}
}

// TestBeta weighs the KL, in the gradient and in the total.
func TestBeta(t *testing.T) {
	images := testImages(60)
	kl := map[float64]float64{}
	for _, beta := range []float64{0, 1, 10} {
		m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
		h := train(t, m, images, Options{Epochs: 20, Batch: 20, LR: 0.01, Beta: beta, Seed: 1})
		l := h[len(h)-1].Train
		kl[beta] = l.KL
		if l.Total != l.Reconstruction+float64(beta*l.KL) {
			t.Errorf("beta %v: %+v", beta, l)
		}
	}
	if !(kl[10] < kl[1] && kl[1] < kl[0]) {
		t.Errorf("KL by beta: %v", kl)
	}
}

func TestBadOptions(t *testing.T) {
	images := testImages(7)
	nan, inf := math.NaN(), math.Inf(1)
	for i, spoil := range []func(o *Options){
		func(o *Options) { o.Epochs = 0 },
		func(o *Options) { o.Epochs = -1 },
		func(o *Options) { o.Batch = 0 },
		func(o *Options) { o.Batch = -5 },
		func(o *Options) { o.LR = nan },
		func(o *Options) { o.LR = 0 },
		func(o *Options) { o.LR = -1e-3 },
		func(o *Options) { o.LR = inf },
		func(o *Options) { o.LR = 1e39 },
		func(o *Options) { o.Beta = nan },
		func(o *Options) { o.Beta = -1 },
		func(o *Options) { o.Beta = inf },
	} {
		o := DefaultOptions()
		spoil(&o)
		m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
		before := m.WeightsSHA256()
		h, err := m.Train(context.Background(), images, images, o)
		if err == nil || h != nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("case %d: history %v, error %v", i, h, err)
		}
		if m.WeightsSHA256() != before {
			t.Errorf("case %d: the model has changed", i)
		}
	}
	if err := DefaultOptions().Validate(); err != nil {
		t.Error(err)
	}
}

func TestBadConfigs(t *testing.T) {
	for i, spoil := range []func(c *Config){
		func(c *Config) { c.Kind = "" },
		func(c *Config) { c.Kind = "VAE" },
		func(c *Config) { c.Rows = 0 },
		func(c *Config) { c.Cols = -1 },
		func(c *Config) { c.Rows, c.Cols = -28, -28 },
		func(c *Config) { c.Rows, c.Cols = math.MaxInt, 2 },
		func(c *Config) { c.Rows, c.Cols = 2, math.MaxInt },
		func(c *Config) { c.Latent = 0 },
		func(c *Config) { c.Latent = math.MaxInt },
		func(c *Config) { c.Hidden = []int{0} },
		func(c *Config) { c.Hidden = []int{400, -1} },
		func(c *Config) { c.Hidden = []int{math.MaxInt} },
		func(c *Config) { c.Hidden = []int{1 << 20, 1 << 20} },
		func(c *Config) { c.Hidden = []int{1 << 20, 1, 1 << 20, 1, 1 << 20} }, // too many only together
		func(c *Config) { c.Variance = -1 },
		func(c *Config) { c.Variance = math.NaN() },
		func(c *Config) { c.Variance = math.Inf(1) },
		func(c *Config) { c.Kind, c.Variance = AE, 1 },
	} {
		c := DefaultConfig(VAE, 28, 28)
		spoil(&c)
		if m, err := New(c, engine(), 1); err == nil || m != nil {
			t.Errorf("case %d: %+v is accepted", i, c)
		}
	}
	if _, err := New(DefaultConfig(VAE, 28, 28), engine(), 1); err != nil {
		t.Error(err)
	}
}

func TestBadImages(t *testing.T) {
	good := testImages(7)
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	before := m.WeightsSHA256()
	for name, bad := range map[string]dataset.Images{
		"zero":          {},
		"empty":         good.Limit(0),
		"transposed":    {Pixels: good.Pixels, Rows: 5, Cols: 3},
		"larger":        {Pixels: make([]byte, 784), Rows: 28, Cols: 28},
		"part of one":   {Pixels: good.Pixels[:14], Rows: 3, Cols: 5},
		"no dimensions": {Pixels: good.Pixels},
	} {
		if h, err := m.Train(context.Background(), bad, good, DefaultOptions()); err == nil || h != nil || !strings.Contains(err.Error(), "train") {
			t.Errorf("%s images: history %v, error %v", name, h, err)
		}
		if h, err := m.Train(context.Background(), good, bad, DefaultOptions()); err == nil || h != nil || !strings.Contains(err.Error(), "test") {
			t.Errorf("%s test images: history %v, error %v", name, h, err)
		}
		if _, err := m.Evaluate(bad, 1, 1); err == nil {
			t.Errorf("%s images: evaluated", name)
		}
		if _, err := m.Latents(bad); err == nil {
			t.Errorf("%s images: latents", name)
		}
	}
	if m.WeightsSHA256() != before {
		t.Error("the model has changed")
	}
}

// TestCancel: the epochs that are complete come back, and the model goes on.
func TestCancel(t *testing.T) {
	images := testImages(30)
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	ctx, cancel := context.WithCancel(context.Background())
	o := DefaultOptions()
	o.Epochs, o.Batch = 5, 10
	steps := 0
	o.Progress = func(p Progress) {
		steps++
		if p.Epoch == 3 && p.Images == 20 {
			cancel()
		}
	}
	h, err := m.Train(ctx, images, images, o)
	if !errors.Is(err, context.Canceled) || len(h) != 2 || steps != 8 {
		t.Errorf("%d epochs, %d steps, error %v", len(h), steps, err)
	}
	if again, err := m.Train(ctx, images, images, o); !errors.Is(err, context.Canceled) || len(again) != 0 || steps != 8 {
		t.Errorf("cancelled before it began: %d epochs, %d steps, error %v", len(again), steps, err)
	}
	o.Progress = nil
	if more := train(t, m, images, o); !(more[4].Train.Total < h[1].Train.Total) {
		t.Errorf("the cancelled model does not learn: %+v after %+v", more, h)
	}
}

// TestExplosion: a learning rate that is too large is an error, at the last
// step too, which only the test images see.
func TestExplosion(t *testing.T) {
	for name, c := range kinds(3, 5) {
		for _, batch := range []int{5, 30} {
			t.Run(fmt.Sprintf("%s/batch=%d", name, batch), func(t *testing.T) {
				images := testImages(30)
				m := newTestModel(t, c, 1)
				o := Options{Epochs: 1, Batch: batch, LR: 1e30, Beta: 1, Seed: 1}
				steps := 0
				o.Progress = func(p Progress) {
					steps++
					if !(math.Abs(p.Loss.Total) <= math.MaxFloat64) {
						t.Errorf("progress with a loss of %v", p.Loss)
					}
				}
				h, err := m.Train(context.Background(), images, images, o)
				if err == nil || !strings.Contains(err.Error(), "learning rate") || len(h) != 0 || steps != 1 {
					t.Errorf("history %+v after %d steps, error %v", h, steps, err)
				}
			})
		}
	}
}

// TestProgress counts steps and images where batches do not divide the images.
func TestProgress(t *testing.T) {
	images := testImages(23)
	for _, batch := range []int{1, 5, 22, 23, 24, 1 << 20, math.MaxInt} {
		m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
		var got [][2]int
		var last Loss
		var done []Epoch
		o := Options{Epochs: 2, Batch: batch, LR: 1e-3, Beta: 2, Seed: 1}
		o.Progress = func(p Progress) {
			got = append(got, [2]int{p.Epoch, p.Images})
			if !(p.Loss.Total == p.Loss.Reconstruction+2*p.Loss.KL && p.Loss.Total > 0) {
				t.Errorf("batch %d: %+v", batch, p)
			}
			if p.Epoch == 1 {
				last = p.Loss
			}
		}
		o.EpochDone = func(e Epoch) { done = append(done, e) }
		h := train(t, m, images, o)
		var want [][2]int
		for e := 1; e <= 2; e++ {
			for i := 0; i < 23; {
				i = min(23, i+min(batch, 23))
				want = append(want, [2]int{e, i})
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("batch %d: progress %v, want %v", batch, got, want)
		}
		if h[0].Train != last {
			t.Errorf("batch %d: the epoch's loss %+v, the last progress %+v", batch, h[0].Train, last)
		}
		if !reflect.DeepEqual(done, h) {
			t.Errorf("batch %d: EpochDone had %+v, want %+v", batch, done, h)
		}
	}
}

// TestShuffle: every epoch has an order of its own, with every image once; and
// a seed has orders of its own.
func TestShuffle(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(3) {
		for epoch := range uint64(3) {
			order := make([]int, 100)
			shuffle(order, kernels.Noise{Seed: seed, Stream: streamShuffle + epoch})
			var count [100]int
			for _, i := range order {
				count[i]++
			}
			for i, c := range count {
				if c != 1 {
					t.Fatalf("image %d comes %d times", i, c)
				}
			}
			seen[fmt.Sprint(order)] = true
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d orders in nine epochs", len(seen))
	}
	// Where an image goes is uniform: 6 orders of 3, 6000 draws, each count
	// within five standard deviations of 1000.
	counts := map[[3]int]int{}
	for seed := range uint64(6000) {
		var order [3]int
		shuffle(order[:], kernels.Noise{Seed: seed})
		counts[order]++
	}
	for order, n := range counts {
		if !near(float64(n), 1000, 5*math.Sqrt(1000*5/6.)) || len(counts) != 6 {
			t.Errorf("order %v comes %d times in 6000", order, n)
		}
	}
}

// TestSeeds: each seed is a run of its own, for the weights and in training.
func TestSeeds(t *testing.T) {
	images := testImages(20)
	seen := map[string]bool{}
	for init := range uint64(2) {
		for seed := range uint64(2) {
			for range 2 { // twice the same
				m := newTestModel(t, kinds(3, 5)["bernoulli"], init)
				train(t, m, images, Options{Epochs: 1, Batch: 20, LR: 1e-3, Beta: 1, Seed: seed})
				seen[m.WeightsSHA256()] = true
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("four pairs of seeds give %d models", len(seen))
	}
}

// TestInit: the weights are from U(±1/√fan_in).
func TestInit(t *testing.T) {
	m := newTestModel(t, Config{Kind: VAE, Rows: 10, Cols: 10, Hidden: []int{50}, Latent: 20}, 1)
	for _, l := range m.layers {
		bound := 1 / math.Sqrt(float64(l.in))
		for _, part := range [][]float32{l.w, l.b} {
			var sum, squares float64
			for _, v := range widen(part) {
				if !(math.Abs(v) <= bound*(1+0x1p-23)) {
					t.Fatalf("%s: %v is beyond %v", l.name, v, bound)
				}
				sum += v / bound
				squares += v * v / (bound * bound)
			}
			// Mean 0 and variance 1/3, of the square 4/45, within five deviations.
			n := float64(len(part))
			if !near(sum/n, 0, 5*math.Sqrt(1/(3*n))) || !near(squares/n, 1./3, 5*math.Sqrt(4/(45*n))) {
				t.Errorf("%s: mean %v, mean square %v, in units of the bound", l.name, sum/n, squares/n)
			}
		}
	}
}

// TestStepAllocatesNothing, nor does a smaller batch after it.
func TestStepAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for name, c := range kinds(3, 5) {
		for _, threads := range []int{1, 3} {
			m, err := New(c, kernels.New(kernels.Default(), threads), 1)
			if err != nil {
				t.Fatal(err)
			}
			x := uniform(64*15, 1)
			o := DefaultOptions()
			m.Step(x, o)
			if n := testing.AllocsPerRun(20, func() { m.Step(x, o); m.Step(x[:17*15], o) }); n != 0 {
				t.Errorf("%s on %d threads: %v allocations", name, threads, n)
			}
		}
	}
}

// TestStepPanics: what is not rows of images is the caller's mistake.
func TestStepPanics(t *testing.T) {
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	for name, f := range map[string]func(){
		"Step of part of an image": func() { m.Step(make([]float32, 14), DefaultOptions()) },
		"Step of nothing":          func() { m.Step(nil, DefaultOptions()) },
		"Encode":                   func() { m.Encode(make([]float32, 16)) },
		"Decode":                   func() { m.Decode(make([]float32, 3)) },
		"Reconstruct":              func() { m.Reconstruct(make([]float32, 1)) },
		"a code of another length": func() { m.Traverse(make([]float32, 3), 0, []float32{0}) },
		"component 4":              func() { m.Traverse(make([]float32, 4), 4, []float32{0}) },
		"component -1":             func() { m.Traverse(make([]float32, 4), -1, []float32{0}) },
	} {
		func() {
			defer func() {
				if s, ok := recover().(string); !ok || !strings.HasPrefix(s, "vae: ") {
					t.Errorf("%s: panic %v", name, s)
				}
			}()
			f()
		}()
	}
}
