package kernels

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lanewise/lanewise/internal/ref"
)

// treeSum is the sum as it is documented, written again.
func treeSum(terms []float32) float64 {
	var total float64
	for len(terms) > 0 {
		block := terms[:min(1024, len(terms))]
		terms = terms[len(block):]
		var p [16]float32
		for i := range 16 {
			for j := i; j < len(block); j += 16 {
				p[i] += block[j]
			}
		}
		eight := [8]float32{}
		for i := range eight {
			eight[i] = p[i] + p[i+8]
		}
		four := [4]float32{eight[0] + eight[4], eight[1] + eight[5], eight[2] + eight[6], eight[3] + eight[7]}
		total += float64((four[0] + four[2]) + (four[1] + four[3]))
	}
	return total
}

var sumLengths = []int{0, 1, 15, 16, 17, 1000, 1023, 1024, 1025, 2048 + 33, chunk - 1, chunk, chunk + 1, 2*chunk + 1024, 3*chunk + 5}

func TestLossesAddUp(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	es := testEngines(t)
	for nth, n := range sumLengths {
		if brief() && n > chunk+1 {
			continue
		}
		x, targets, grad := make([]float32, n), make([]float32, n), make([]float32, n)
		for i := range x {
			x[i], targets[i] = float32(rng.NormFloat64()*5), rng.Float32()
		}
		if nth%4 == 3 {
			fill(x, rng, true)
			fill(targets, rng, true)
		}
		const scale = 0.37
		for _, loss := range []struct {
			name string
			call func(e *Engine) float64
			term func(x, t float32) (loss, grad float32)
		}{
			{"BCEWithLogits", func(e *Engine) float64 { return e.BCEWithLogits(grad, x, targets, scale) }, ref.BCE},
			{"SquaredError", func(e *Engine) float64 { return e.SquaredError(grad, x, targets, scale) },
				func(x, t float32) (float32, float32) { d := x - t; return d * d, 2 * d }},
		} {
			terms, grads := make([]float32, n), make([]float32, n)
			for i := range x {
				terms[i], grads[i] = loss.term(x[i], targets[i])
				grads[i] *= scale
			}
			want := treeSum(terms)
			for _, e := range es {
				got := loss.call(e)
				checkSame(t, [][]float32{grad}, [][]float32{grads}, got, want, e, loss.name, n)
			}
		}
	}
}

// TestLossesAreAccurate compares with float64, for logits of all sizes.
func TestLossesAreAccurate(t *testing.T) {
	rng := rand.New(rand.NewPCG(33, 34))
	const n = 5000
	x, targets, grad := make([]float32, n), make([]float32, n), make([]float32, n)
	var bce, square float64
	for i := range x {
		x[i], targets[i] = float32(rng.NormFloat64()*math.Exp(2*rng.NormFloat64())), rng.Float32()
		v, u := float64(x[i]), float64(targets[i])
		bce += bce64(v, u)
		square += (v - u) * (v - u)
	}
	for _, e := range testEngines(t) {
		if got := e.BCEWithLogits(grad, x, targets, 2); !(math.Abs(got-bce) <= 1e-5*bce) {
			t.Errorf("%v: BCEWithLogits = %v, want %v", e, got, bce)
		}
		for i, g := range grad {
			v, u, h := float64(x[i]), float64(targets[i]), 1e-5
			want := 2 * (bce64(v+h, u) - bce64(v-h, u)) / (2 * h)
			if !(math.Abs(float64(g)-want) <= 1e-5) {
				t.Fatalf("%v: gradient at (%v, %v) = %v, finite difference %v", e, v, u, g, want)
			}
		}
		if got := e.SquaredError(grad, x, targets, 2); !(math.Abs(got-square) <= 1e-5*square) {
			t.Errorf("%v: SquaredError = %v, want %v", e, got, square)
		}
		for i, g := range grad {
			if want := 4 * (float64(x[i]) - float64(targets[i])); !(math.Abs(float64(g)-want) <= 1e-6*(1+math.Abs(want))) {
				t.Fatalf("%v: gradient = %v, want %v", e, g, want)
			}
		}
	}
}

func bce64(x, t float64) float64 { return max(x, 0) - x*t + math.Log1p(math.Exp(-math.Abs(x))) }

// TestHugeLogits: what is finite, and what cannot be.
func TestHugeLogits(t *testing.T) {
	for _, e := range testEngines(t) {
		for _, c := range []struct {
			n    int
			x    float32
			want bool
		}{{2048, 3e35, true}, {1, math.MaxFloat32, true}, {2, 3e38, false}, {2048, 3e36, false}} {
			x, targets, grad := make([]float32, c.n), make([]float32, c.n), make([]float32, c.n)
			for i := range x {
				x[i] = c.x
			}
			sum := e.BCEWithLogits(grad, x, targets, 1)
			if got := !math.IsInf(sum, 0); got != c.want || sum != sum || grad[0] != 1 {
				t.Errorf("%v: %d logits of %v: sum %v, gradient %v", e, c.n, c.x, sum, grad[0])
			}
		}
	}
}
