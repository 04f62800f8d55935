package vae

import (
	"math"
	"testing"
)

// The model without hidden layers and with a Gaussian likelihood is linear:
//
//	x|z ~ N(W·z + b, σ²),  x ~ N(b, C),  C = W·Wᵀ + σ²,
//	z|x ~ N(M·x + c, diag(exp(logvar))) in the encoder,
//
// so that log p(x) and the ELBO have closed forms.

// elbo is E[log p(x|z)] - KL over the encoder's z, with nothing drawn.
func (r *reference) linearELBO(x []float64) float64 {
	mu, logvar := r.encode(x)
	sum := -r.reconstruction(x, mu) - divergence(mu, logvar)
	w := r.decoder[0]
	for i, v := range w.w {
		sum -= v * v * math.Exp(logvar[i%w.in]) / (2 * r.Variance)
	}
	return sum
}

// linearLogLikelihood is log p(x).
func (r *reference) linearLogLikelihood(x []float64) float64 {
	w := r.decoder[0]
	d := w.out
	c := make([]float64, d*d)
	for i := range d {
		for j := range d {
			for k := range w.in {
				c[i*d+j] += w.w[i*w.in+k] * w.w[j*w.in+k]
			}
		}
		c[i*d+i] += r.Variance
	}
	y := make([]float64, d)
	for i := range y {
		y[i] = x[i] - w.b[i]
	}
	return logNormalDensity(y, c)
}

// logNormalDensity is log N(y; 0, c), by the Cholesky decomposition c = L·Lᵀ.
func logNormalDensity(y, c []float64) float64 {
	d := len(y)
	l := make([]float64, d*d)
	u := make([]float64, d) // L⁻¹·y
	sum := -float64(d) / 2 * math.Log(2*math.Pi)
	for i := range d {
		for j := range i + 1 {
			s := c[i*d+j]
			for k := range j {
				s -= l[i*d+k] * l[j*d+k]
			}
			if i == j {
				l[i*d+i] = math.Sqrt(s)
			} else {
				l[i*d+j] = s / l[j*d+j]
			}
		}
		u[i] = y[i]
		for k := range i {
			u[i] -= l[i*d+k] * u[k]
		}
		u[i] /= l[i*d+i]
		sum -= math.Log(l[i*d+i]) + u[i]*u[i]/2
	}
	return sum
}

// eigenvalues of the symmetric d×d matrix a, which it destroys, in descending
// order (Jacobi's rotations).
func eigenvalues(a []float64, d int) []float64 {
	for range 50 {
		for p := range d {
			for q := p + 1; q < d; q++ {
				if a[p*d+q] == 0 {
					continue
				}
				angle := math.Atan2(2*a[p*d+q], a[q*d+q]-a[p*d+p]) / 2
				s, c := math.Sincos(angle)
				for k := range d { // columns p and q
					x, y := a[k*d+p], a[k*d+q]
					a[k*d+p], a[k*d+q] = c*x-s*y, s*x+c*y
				}
				for k := range d { // rows
					x, y := a[p*d+k], a[q*d+k]
					a[p*d+k], a[q*d+k] = c*x-s*y, s*x+c*y
				}
			}
		}
	}
	values := make([]float64, d)
	for i := range values {
		values[i] = a[i*d+i]
	}
	for i := range values {
		for j := i + 1; j < d; j++ {
			if values[j] > values[i] {
				values[i], values[j] = values[j], values[i]
			}
		}
	}
	return values
}

// TestEigenvalues has a matrix with known ones: 2 - 2·cos(kπ/(d+1)).
func TestEigenvalues(t *testing.T) {
	const d = 7
	a := make([]float64, d*d)
	for i := range d {
		a[i*d+i] = 2
		if i > 0 {
			a[i*d+i-1], a[(i-1)*d+i] = -1, -1
		}
	}
	for i, v := range eigenvalues(a, d) {
		if want := 2 - 2*math.Cos(float64(d-i)*math.Pi/(d+1)); !near(v, want, 1e-12) {
			t.Errorf("eigenvalue %d is %v, want %v", i, v, want)
		}
	}
}
