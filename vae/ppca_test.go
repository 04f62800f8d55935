package vae

import (
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// TestProbabilisticPCA trains the linear model to the optimum that Tipping &
// Bishop ("Probabilistic principal component analysis", 1999) give in closed
// form: the encoder can be the exact posterior there, so the ELBO reaches the
// maximum of the likelihood.
func TestProbabilisticPCA(t *testing.T) {
	if brief() {
		t.Skip("2,000 steps")
	}
	const d, latent, n = 7, 2, 128
	e := engine()
	x := correlated(e, n, d, latent)

	// The maximum over W, b and σ² of the mean log likelihood; σ² is the mean of
	// the eigenvalues of the covariance that the code leaves over.
	images := widen(x)
	values := eigenvalues(covariance(images, d), d)
	var variance float64
	for _, v := range values[latent:] {
		variance += v / (d - latent)
	}
	best := -d / 2. * (math.Log(2*math.Pi) + 1)
	best -= (d - latent) / 2. * math.Log(variance)
	for _, v := range values[:latent] {
		best -= math.Log(v) / 2
	}

	shape := mlp{Kind: VAE, Rows: 1, Cols: d, Latent: latent, Variance: variance}
	m, err := New(shape.config(), e, 1)
	if err != nil {
		t.Fatal(err)
	}
	before := meanELBO(m, shape, images)
	const steps = 2000
	for i := range steps {
		// The rate falls, so that the noise of the gradient averages out.
		m.Step(x, Options{LR: 0.05 * math.Pow(0.01, float64(i)/steps), Beta: 1, Seed: 1})
	}
	got := meanELBO(m, shape, images)
	t.Logf("ELBO %.4f before, %.4f after, the best is %.4f", before, got, best)
	if !(before < best-1) {
		t.Errorf("the ELBO is %v before training, near the best %v: nothing to learn", before, best)
	}
	if !(got > best-0.005 && got < best+1e-9) {
		t.Errorf("the ELBO is %v, want %v or up to 0.005 nats below", got, best)
	}

	// C = W·Wᵀ + σ² has the eigenvalues of the covariance, with σ² for the rest.
	w := newReference(shape, widen(m.weights)).decoder[0]
	c := make([]float64, d*d)
	for i := range c {
		for k := range latent {
			c[i] += w.w[i/d*latent+k] * w.w[i%d*latent+k]
		}
	}
	for i, v := range eigenvalues(c, d) {
		want := 0.0
		if i < latent {
			want = values[i] - variance
		}
		if !near(v, want, 0.02*values[0]) {
			t.Errorf("eigenvalue %d of W·Wᵀ is %v, want %v", i, v, want)
		}
	}
}

// correlated is n rows of d numbers in which a few directions stand out.
func correlated(e *kernels.Engine, n, d, directions int) []float32 {
	z := drawn(e, n*directions, kernels.Noise{Seed: 1})
	w := drawn(e, d*directions, kernels.Noise{Seed: 2})
	noise := drawn(e, n*d, kernels.Noise{Seed: 3})
	x := make([]float32, n*d)
	for i := range x {
		v := 0.5 + 0.4*noise[i]
		for k := range directions {
			v += 0.6 * w[i%d*directions+k] * z[i/d*directions+k]
		}
		x[i] = float32(v)
	}
	return x
}

// covariance of the rows of x, the maximum likelihood estimate.
func covariance(x []float64, d int) []float64 {
	n := float64(len(x) / d)
	mean := make([]float64, d)
	for i, v := range x {
		mean[i%d] += v / n
	}
	c := make([]float64, d*d)
	for r := range len(x) / d {
		for i := range c {
			c[i] += (x[r*d+i/d] - mean[i/d]) * (x[r*d+i%d] - mean[i%d]) / n
		}
	}
	return c
}

// meanELBO is exact, over the rows of x.
func meanELBO(m *Model, c mlp, x []float64) float64 {
	r := newReference(c, widen(m.weights))
	var sum float64
	d := r.Rows * r.Cols
	for i := 0; i < len(x); i += d {
		sum += r.linearELBO(x[i:][:d])
	}
	return sum / float64(len(x)/d)
}
