package vae

import (
	"fmt"
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// TestGradient compares the gradient of every weight with central differences
// of the float64 reference.
func TestGradient(t *testing.T) {
	for _, hidden := range [][]int{nil, {7}, {9, 5}} {
		for _, kind := range []struct {
			name     string
			kind     Kind
			variance float64
			betas    []float64
		}{
			{"bernoulli", VAE, 0, []float64{0, 4}},
			{"gaussian", VAE, 0.3, []float64{0, 4}},
			{"ae", AE, 0, []float64{1}},
		} {
			for _, beta := range kind.betas {
				t.Run(fmt.Sprint(kind.name, hidden, "beta=", beta), func(t *testing.T) {
					c := mlp{Kind: kind.kind, Rows: 5, Cols: 6, Hidden: hidden, Latent: 3, Variance: kind.variance}
					testGradient(t, c, beta)
				})
			}
		}
	}
}

func testGradient(t *testing.T, c mlp, beta float64) {
	m := newTestModel(t, c, 3)
	weights := widen(m.weights)
	o := Options{LR: 0, Beta: beta, Seed: 11} // LR 0 leaves the weights alone
	// A larger batch first, so that what it leaves in the workspace shows.
	m.step(uniform(17*c.pixels(), 5), &o)
	const n = 7
	x := uniform(n*c.pixels(), 4)
	reconstruction, kl, _ := m.step(x, &o)
	for i, w := range widen(m.weights) {
		if w != weights[i] {
			t.Fatalf("LR 0 changed weight %d", i)
		}
	}

	r := newReference(c, weights)
	images := widen(x)
	eps := drawn(m.engine, n*c.Latent, kernels.Noise{Seed: 11, Stream: streamNoise + 2})
	// Sums of a few hundred float32 terms.
	wantRec, wantKL := r.loss(images, eps)
	if !near(reconstruction, wantRec, 1e-5*math.Abs(wantRec)) || !near(kl, wantKL, 1e-5*wantKL) {
		t.Errorf("loss %v + KL %v, want %v + %v", reconstruction, kl, wantRec, wantKL)
	}

	loss := func() float64 {
		reconstruction, kl := r.loss(images, eps)
		return (reconstruction + beta*kl) / n
	}
	// The differences err by about h²·|f‴|/6 + 2⁻⁵²·|f|/h, that is 1e-9.
	const h = 1e-5
	stride := 1
	if brief() {
		stride = 13 // prime to the layers' widths
	}
	want := make([]float64, len(weights))
	for i := 0; i < len(weights); i += stride {
		w := weights[i]
		weights[i] = w + h
		up := loss()
		weights[i] = w - h
		down := loss()
		weights[i] = w
		want[i] = (up - down) / (2 * h)
	}
	at := 0
	for _, u := range m.net.units {
		for _, part := range u.params {
			size := part.Size()
			got, want, first := m.grad[at:][:size], want[at:][:size], (stride-at%stride)%stride
			at += size
			var largest float64
			for _, g := range widen(got) {
				largest = max(largest, math.Abs(g))
			}
			if !(largest > 1e-4) {
				t.Fatalf("%s.%s: the gradient vanishes: there is nothing to compare", u.name, part.Name)
			}
			// The float32 gradient is a sum of products through all layers, the
			// terms of the size of the largest gradient; each operation errs by
			// 2⁻²⁴ of them, and five in all were seen. A term left out is thousands.
			tolerance := 32*0x1p-24*largest + 2e-9
			for i := first; i < len(want); i += stride {
				if !near(float64(got[i]), want[i], tolerance) {
					t.Fatalf("%s.%s[%d]: gradient %v, want %v ± %.2g", u.name, part.Name, i, got[i], want[i], tolerance)
				}
			}
		}
	}
}
