package main

import (
	"math"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/cmd/vae/internal/pca"
)

// fittedCodes is the normal distribution that fits the codes of images best: what a plain
// autoencoder has in the place of a prior.
type fittedCodes struct {
	mean   []float64
	factor []float64 // L of the covariance L·Lᵀ, rows of a lower triangle
}

// decodeLike decodes n codes that are drawn from the distribution of these.
func decodeLike(m *vae.Model, e *kernels.Engine, codes []float32, n int, seed uint64) ([]float32, error) {
	latent := m.Config().Latent
	fitted, err := fitCodes(e, codes, latent)
	if err != nil {
		return nil, err
	}
	eps := make([]float32, n*latent)
	e.Normal(eps, kernels.Noise{Seed: seed})
	return m.Decode(fitted.draw(eps))
}

// fitCodes fits it to rows of n components.
func fitCodes(e *kernels.Engine, codes []float32, n int) (*fittedCodes, error) {
	mean, covariance, err := pca.Covariance(e, codes, n)
	if err != nil {
		return nil, err
	}
	return &fittedCodes{mean, cholesky(covariance, n)}, nil
}

// cholesky is L of a = L·Lᵀ, for a covariance: directions in which nothing varies, which
// rounding may leave a little below 0, get columns of 0. All products are rounded, on
// any machine.
func cholesky(a []float64, n int) []float64 {
	largest := 0.0
	for i := range n {
		largest = max(largest, a[i*n+i])
	}
	l := make([]float64, n*n)
	for j := range n {
		pivot := a[j*n+j]
		for k := range j {
			pivot -= float64(l[j*n+k] * l[j*n+k])
		}
		if pivot <= 1e-12*largest {
			continue
		}
		l[j*n+j] = math.Sqrt(pivot)
		for i := j + 1; i < n; i++ {
			sum := a[i*n+j]
			for k := range j {
				sum -= float64(l[i*n+k] * l[j*n+k])
			}
			l[i*n+j] = sum / l[j*n+j]
		}
	}
	return l
}

// draw makes codes of numbers from N(0, 1).
func (c *fittedCodes) draw(eps []float32) []float32 {
	n := len(c.mean)
	codes := make([]float32, len(eps))
	for first := 0; first < len(eps); first += n {
		for i := range n {
			z := c.mean[i]
			for k := range i + 1 {
				z += float64(c.factor[i*n+k] * float64(eps[first+k]))
			}
			codes[first+i] = float32(z)
		}
	}
	return codes
}
