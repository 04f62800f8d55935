package kernels

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestAdam makes 100 steps beside Adam in float64.
func TestAdam(t *testing.T) {
	const n, steps = 300, 100
	plain, decaying := DefaultAdam(), DefaultAdam()
	decaying.WeightDecay = 0.1
	decaying.LR = 0.01
	for _, p := range []AdamParams{plain, decaying, {LR: 0.1, Beta1: 0.5, Beta2: 0.9, Eps: 1e-3}, {LR: 0.01, Eps: 1e-8}} {
		for _, e := range testEngines(t) {
			rng := rand.New(rand.NewPCG(51, 52))
			w, m, v, g := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
			fill(w, rng, false)
			w64, m64, v64 := make([]float64, n), make([]float64, n), make([]float64, n)
			for i := range w {
				w64[i] = float64(w[i])
			}
			for step := 1; step <= steps; step++ {
				fill(g, rng, false)
				e.Adam(w, m, v, g, p, step)
				for i := range w {
					d := float64(g[i])
					m64[i] = p.Beta1*m64[i] + (1-p.Beta1)*d
					v64[i] = p.Beta2*v64[i] + (1-p.Beta2)*d*d
					mHat := m64[i] / (1 - math.Pow(p.Beta1, float64(step)))
					vHat := v64[i] / (1 - math.Pow(p.Beta2, float64(step)))
					w64[i] -= p.LR * p.WeightDecay * w64[i]
					w64[i] -= p.LR * mHat / (math.Sqrt(vHat) + p.Eps)
					if d := math.Abs(float64(w[i]) - w64[i]); !(d <= 1e-6*float64(step)*(1+math.Abs(w64[i]))) {
						t.Fatalf("%v, %+v: step %d: w[%d] = %v, in float64 %v", e, p, step, i, w[i], w64[i])
					}
				}
			}
		}
	}
}

// TestAdamFlushes lets moments decay: they become 0, never subnormal.
func TestAdamFlushes(t *testing.T) {
	for _, e := range testEngines(t) {
		const n = 40
		w, m, v, g := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n)
		for i := range w {
			w[i], m[i], v[i] = 1, float32(i-n/2)*0x1p-125, float32(i)*0x1p-125
		}
		for step := 1; step < 2000; step++ {
			e.Adam(w, m, v, g, DefaultAdam(), 1000)
			for i := range w {
				for _, x := range []float32{m[i], v[i]} {
					if x != 0 && !(math.Abs(float64(x)) >= 0x1p-126) {
						t.Fatalf("%v: step %d: moment %v", e, step, x)
					}
				}
				if m[i] != 0 && step > 100 || v[i] != 0 && step == 1999 && v[i] > 20*0x1p-125 {
					t.Fatalf("%v: step %d: moments %v, %v have not decayed", e, step, m[i], v[i])
				}
				if w[i] != w[i] {
					t.Fatalf("%v: step %d: w = NaN", e, step)
				}
			}
		}
	}
}

// TestAdamRefuses parameters with which it would not learn, or not say why.
func TestAdamRefuses(t *testing.T) {
	e := New(Default(), 1)
	x := make([]float32, 4)
	y, z, g := slices.Clone(x), slices.Clone(x), slices.Clone(x)
	nan, inf := math.NaN(), math.Inf(1)
	for want, changes := range map[string][]func(p *AdamParams){
		"kernels: Adam with a learning rate that makes no sense": {
			func(p *AdamParams) { p.LR = nan }, func(p *AdamParams) { p.LR = -1 }, func(p *AdamParams) { p.LR = 1e39 }, func(p *AdamParams) { p.LR = inf }},
		"kernels: Adam with a beta that is not from 0 up to 1": {
			func(p *AdamParams) { p.Beta1 = 1 }, func(p *AdamParams) { p.Beta2 = 1 - 1e-9 }, func(p *AdamParams) { p.Beta1 = nan }, func(p *AdamParams) { p.Beta2 = -0.1 }},
		"kernels: Adam with an eps that is not positive in float32": {
			func(p *AdamParams) { p.Eps = 0 }, func(p *AdamParams) { p.Eps = 1e-60 }, func(p *AdamParams) { p.Eps = nan }, func(p *AdamParams) { p.Eps = inf }},
		"kernels: Adam with a weight decay that makes no sense": {
			func(p *AdamParams) { p.WeightDecay = 1001 }, func(p *AdamParams) { p.WeightDecay = -1 }, func(p *AdamParams) { p.WeightDecay = nan }},
	} {
		for i, change := range changes {
			p := DefaultAdam()
			change(&p)
			func() {
				defer func() {
					if got := recover(); got != want {
						t.Errorf("%d: panic %v, want %q", i, got, want)
					}
				}()
				e.Adam(x, y, z, g, p, 1)
			}()
		}
	}
}
