package vae

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
)

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
	hidden := func(widths ...int) func(c *Config) {
		return func(c *Config) { *c = DenseConfig(VAE, c.Input, widths, 20) }
	}
	for i, spoil := range []func(c *Config){
		func(c *Config) { c.Kind = "" },
		func(c *Config) { c.Kind = "VAE" },
		func(c *Config) { c.Input.Height = 0 },
		func(c *Config) { c.Input.Width = -1 },
		func(c *Config) { c.Input.Height, c.Input.Width = -28, -28 },
		func(c *Config) { c.Input.Height, c.Input.Width = math.MaxInt, 2 },
		func(c *Config) { c.Input.Height, c.Input.Width = 2, math.MaxInt },
		func(c *Config) { c.Input.Channels = 2 }, // the decoder makes one
		func(c *Config) { c.Latent = 0 },
		func(c *Config) { c.Latent = math.MaxInt },
		hidden(0),
		hidden(400, -1),
		hidden(math.MaxInt),
		hidden(1<<20, 1<<20),
		hidden(1<<20, 1, 1<<20, 1, 1<<20, 1, 1<<24, 10, 1<<24), // too many only together
		func(c *Config) { c.Likelihood = nil },
		func(c *Config) { c.Likelihood = Gaussian{} },
		func(c *Config) { c.Likelihood = Gaussian{Variance: -1} },
		func(c *Config) { c.Likelihood = Gaussian{Variance: math.NaN()} },
		func(c *Config) { c.Likelihood = Gaussian{Variance: math.Inf(1)} },
		func(c *Config) { c.Init = "zeros" },
		func(c *Config) { c.Encoder[1] = nil },
		func(c *Config) { c.Encoder[1] = Activation("swish") },
		func(c *Config) { c.Decoder = nil },
		func(c *Config) { c.Decoder = c.Decoder[:1] },
	} {
		c := DefaultConfig(VAE, Shape{28, 28, 1})
		spoil(&c)
		if m, err := New(c, engine(), 1); err == nil || m != nil {
			t.Errorf("case %d: %+v is accepted", i, c)
		}
	}
	if _, err := New(DefaultConfig(VAE, Shape{28, 28, 1}), engine(), 1); err != nil {
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
		if _, err := m.Evaluate(t.Context(), bad, Options{Beta: 1, Seed: 1}); err == nil {
			t.Errorf("%s images: evaluated", name)
		}
		if _, err := m.Latents(t.Context(), bad); err == nil {
			t.Errorf("%s images: latents", name)
		}
	}
	if m.WeightsSHA256() != before {
		t.Error("the model has changed")
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
