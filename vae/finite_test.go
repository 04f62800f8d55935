package vae

import (
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

func TestCheckPixels(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	rng := rand.New(rand.NewPCG(1, 2))
	for _, n := range []int{1, 2, 3, 8, 101} {
		x := make([]float32, n)
		for i := range x {
			x[i] = []float32{0, 1, rng.Float32(), float32(math.Copysign(0, -1)), 0x1p-149}[rng.IntN(5)]
		}
		if err := checkPixels(x); err != nil {
			t.Fatal(err)
		}
		for at := range x {
			for v, want := range map[float32]string{-0x1p-149: "-1e-45", -1: "-1", 1 + 0x1p-23: "1.0000001", inf: "+Inf", -inf: "-Inf", 255: "255", nan: "NaN"} {
				keep := x[at]
				x[at] = v
				if err := checkPixels(x); err == nil || !strings.Contains(err.Error(), "is "+want+": ") || !strings.Contains(err.Error(), "pixel ") {
					t.Errorf("x[%d] = %v of %d: %v", at, v, n, err)
				}
				x[at] = keep
			}
		}
	}
	if err := checkPixels([]float32{0, 2, -1}); err == nil || !strings.Contains(err.Error(), "pixel 1 is 2") {
		t.Error(err)
	}
}

// good is x, without an error.
func good[T any](x T, err error) T {
	if err != nil {
		panic(err)
	}
	return x
}

// TestStepRefuses what it cannot learn from, and learns nothing from it.
func TestStepRefuses(t *testing.T) {
	e := kernels.New(kernels.Default(), 1)
	for _, c := range []struct {
		config mlp
		x      float32
		change func(o *Options)
		want   string
	}{
		{config: mlp{Kind: VAE}, x: 1.5, want: "pixel 0 is 1.5"},
		{config: mlp{Kind: VAE}, x: float32(math.NaN()), want: "pixel 0 is NaN"},
		{config: mlp{Kind: VAE, Variance: 1}, x: 1.5},
		{config: mlp{Kind: AE}, x: 1.5},
		{config: mlp{Kind: VAE}, change: func(o *Options) { o.LR = 0 }, want: "learning rate 0"},
		{config: mlp{Kind: VAE}, change: func(o *Options) { o.LR = math.NaN() }, want: "learning rate NaN"},
		{config: mlp{Kind: AE}, change: func(o *Options) { o.Beta = -1 }, want: "beta -1"},
		{config: mlp{Kind: VAE}, change: func(o *Options) { o.Epochs, o.Batch = 0, 0 }}, // which it does not use
	} {
		c.config.Rows, c.config.Cols, c.config.Latent = 2, 3, 2
		m, err := New(c.config.config(), e, 1)
		if err != nil {
			t.Fatal(err)
		}
		before := m.WeightsSHA256()
		o := DefaultOptions()
		if c.change != nil {
			c.change(&o)
		}
		_, _, err = m.Step([]float32{c.x, 0, 0, 0, 0, 0}, o)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) || m.WeightsSHA256() != before) {
			t.Errorf("%+v: %v, want %q", c.config, err, c.want)
		}
	}
}

// TestNotFinite: a model with weights that no sum survives is of no use, and every method
// says so.
func TestNotFinite(t *testing.T) {
	for _, kind := range []Kind{VAE, AE} {
		m, err := New(mlp{Kind: kind, Rows: 2, Cols: 3, Hidden: []int{4}, Latent: 2}.config(), kernels.New(kernels.Default(), 1), 1)
		if err != nil {
			t.Fatal(err)
		}
		for i := range m.weights {
			m.weights[i] = 3e38
		}
		x, z := []float32{1, 1, 1, 1, 1, 1}, []float32{1, 1}
		for name, f := range map[string]func() error{
			"Encode":      func() error { _, _, err := m.Encode(x); return err },
			"Decode":      func() error { _, err := m.Decode(z); return err },
			"Reconstruct": func() error { _, err := m.Reconstruct(x); return err },
			"Traverse":    func() error { _, err := m.Traverse(z, 0, []float32{1}); return err },
			"Sample": func() error {
				if kind == AE {
					return ErrNotFinite
				}
				_, err := m.Sample(9, 1)
				return err
			},
		} {
			if err := f(); !errors.Is(err, ErrNotFinite) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
