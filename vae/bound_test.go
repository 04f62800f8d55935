package vae

import (
	"fmt"
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// An estimate of a mean from independent draws.
type estimate struct{ n, sum, squares float64 }

func (e *estimate) add(x float64) {
	e.n++
	e.sum += x
	e.squares += x * x
}

func (e *estimate) mean() float64 { return e.sum / e.n }

// error is five standard errors: chance, at seeds that do not change, is no
// more than that; 1e-4 is for the float32 sums of the model.
func (e *estimate) error() float64 {
	variance := e.squares/e.n - e.mean()*e.mean()
	return 5*math.Sqrt(max(0, variance)/e.n) + 1e-4
}

// estimateELBO draws from the model's own loss.
func estimateELBO(m *Model, x []float32, draws int) *estimate {
	e := &estimate{}
	for i := range draws {
		reconstruction, kl := m.loss(m.size(1), x, x, false, kernels.Noise{Seed: 9, Stream: uint64(i)})
		e.add(-reconstruction - kl)
	}
	return e
}

// TestLinearBound compares the loss of linear models with random weights with
// the closed forms of the ELBO and of log p(x).
func TestLinearBound(t *testing.T) {
	for seed := range uint64(6) {
		if brief() && seed%2 != 0 {
			continue
		}
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) {
			const d = 6
			c := mlp{Kind: VAE, Rows: 2, Cols: 3, Latent: 1 + int(seed)%3, Variance: 0.05 + 0.2*float64(seed)}
			m := newTestModel(t, c, seed)
			r := newReference(c, widen(m.weights))
			for i := range 2 {
				x := uniform(d, 100*seed+uint64(i))
				exact, logp := r.linearELBO(widen(x)), r.linearLogLikelihood(widen(x))
				if !(exact < logp) {
					t.Errorf("image %d: the ELBO %v is above log p(x) %v", i, exact, logp)
				}
				e := estimateELBO(m, x, 2000)
				if !near(e.mean(), exact, e.error()) {
					t.Errorf("image %d: the model's ELBO is %v ± %v, want %v", i, e.mean(), e.error(), exact)
				}
				if !(e.mean() < logp+e.error()) {
					t.Errorf("image %d: the model's ELBO %v ± %v is above log p(x) %v", i, e.mean(), e.error(), logp)
				}
			}
		})
	}
}

// TestTightBound gives a linear model the exact posterior for an encoder: the
// bound is an equality then, whatever x is. The columns of W are orthogonal, so
// that the posterior's covariance is diagonal:
//
//	z|x ~ N(S·Wᵀ·(x-b)/σ², S),  S = σ²/(σ² + ‖w‖²) for each column.
func TestTightBound(t *testing.T) {
	const d, latent, variance = 6, 2, 0.25
	c := mlp{Kind: VAE, Rows: 1, Cols: d, Latent: latent, Variance: variance}
	m := newTestModel(t, c, 1)
	mu, logvar, output := m.net.mu.weights, m.net.logvar.weights, m.net.decoder[0].weights // and biases
	w := [latent][d]float32{{1, 2, -1, 0, 1, 0.5}, {2, -1, 0, 1, -0.5, 1}}
	b := [d]float32{0.5, -1, 0, 0.25, 1, 0}
	copy(output[1], b[:])
	clear(logvar[0])
	for k := range latent {
		var norm float64
		for i, v := range w[k] {
			output[0][i*latent+k] = v
			norm += float64(v * v)
		}
		s := variance / (variance + norm)
		logvar[1][k] = float32(math.Log(s))
		var shift float64
		for i, v := range w[k] {
			mu[0][k*d+i] = float32(s * float64(v) / variance)
			shift += s * float64(v) / variance * float64(b[i])
		}
		mu[1][k] = float32(-shift)
	}
	r := newReference(c, widen(m.weights))
	for i := range 5 {
		x := uniform(d, uint64(i))
		exact, logp := r.linearELBO(widen(x)), r.linearLogLikelihood(widen(x))
		// The weights are rounded to float32, which costs the square of that.
		if !(exact < logp+1e-12 && exact > logp-1e-10) {
			t.Errorf("image %d: the ELBO of the exact posterior is %v, want log p(x) = %v", i, exact, logp)
		}
		if e := estimateELBO(m, x, 2000); !near(e.mean(), logp, e.error()) {
			t.Errorf("image %d: the model's ELBO is %v ± %v, want %v", i, e.mean(), e.error(), logp)
		}
	}
}

// TestBernoulliBound integrates over z on a grid. The trapezoidal rule is
// exact to rounding here: the integrands are smooth and vanish at the ends.
func TestBernoulliBound(t *testing.T) {
	for _, latent := range []int{1, 2} {
		for seed := range uint64(2) {
			if brief() && seed > 0 {
				continue
			}
			t.Run(fmt.Sprintf("latent=%d/seed=%d", latent, seed), func(t *testing.T) {
				c := mlp{Kind: VAE, Rows: 3, Cols: 4, Hidden: []int{8}, Latent: latent}
				m := newTestModel(t, c, seed)
				images := uniform(16*c.pixels(), seed)
				for i := range images { // black and white: p(x) is a probability
					images[i] = float32(math.Round(float64(images[i])))
				}
				// At first the code says next to nothing, and the bound is tight for
				// want of anything to know.
				for range 200 {
					m.Step(images, Options{LR: 0.02, Beta: 1, Seed: 1})
				}
				r := newReference(c, widen(m.weights))
				for i := range 2 {
					x := images[i*c.pixels():][:c.pixels()]
					exact, logp := r.quadrature(widen(x))
					if !(exact < logp) || !(logp < 0) {
						t.Errorf("image %d: the ELBO is %v and log p(x) %v", i, exact, logp)
					}
					e := estimateELBO(m, x, 3000)
					if !near(e.mean(), exact, e.error()) {
						t.Errorf("image %d: the model's ELBO is %v ± %v, want %v", i, e.mean(), e.error(), exact)
					}
					if !(e.mean() < logp+e.error()) {
						t.Errorf("image %d: the model's ELBO %v ± %v is above log p(x) %v", i, e.mean(), e.error(), logp)
					}
					t.Logf("image %d: ELBO %.3f, log p(x) %.3f", i, exact, logp)
				}
			})
		}
	}
}

// quadrature is the ELBO and log p(x) of a model with one or two components:
// E[log p(x|z)] over N(mu, exp(logvar)), less the KL, and log E[p(x|z)] over
// N(0, 1).
func (r *reference) quadrature(x []float64) (elbo, logp float64) {
	mu, logvar := r.encode(x)
	const limit = 8 // standard deviations to either side
	points := 801   // along each axis
	total := points
	if r.Latent == 2 {
		points = 81
		total = points * points
	}
	step := 2. * limit / float64(points-1)
	prior, posterior := make([]float64, r.Latent), make([]float64, r.Latent)
	for i := range total {
		weight := 1.
		for j := range r.Latent {
			u := step*float64(i%points) - limit
			i /= points
			weight *= step * math.Exp(-u*u/2) / math.Sqrt(2*math.Pi)
			prior[j], posterior[j] = u, mu[j]+math.Exp(logvar[j]/2)*u
		}
		elbo -= weight * r.reconstruction(x, posterior)
		logp += weight * math.Exp(-r.reconstruction(x, prior))
	}
	return elbo - divergence(mu, logvar), math.Log(logp)
}
