package vae

import (
	"errors"
	"fmt"
	"slices"

	"github.com/lanewise/lanewise/kernels"
)

// rows is the number of rows of x.
func (m *Model) rows(x []float32, width int) int {
	if len(x) == 0 || len(x)%width != 0 {
		panic("vae: not a whole number of rows")
	}
	return len(x) / width
}

// Encode returns the codes of images: the mean and the log variance of each
// component, a row per image. An autoencoder has no variance: logvar is nil. The
// error, as of the methods below, is [ErrNotFinite].
func (m *Model) Encode(x []float32) (mu, logvar []float32, err error) {
	p := m.size(m.rows(x, m.cfg.Input.Size()))
	m.encode(p, x)
	if err := checkFinite(p.mu); err != nil {
		return nil, nil, err
	}
	if m.cfg.Kind == VAE {
		if err := checkFinite(p.logvar); err != nil {
			return nil, nil, err
		}
		logvar = slices.Clone(p.logvar)
	}
	return slices.Clone(p.mu), logvar, nil
}

// Decode returns the image that each code stands for: the mean of p(x|z).
func (m *Model) Decode(z []float32) ([]float32, error) {
	x := make([]float32, m.rows(z, m.cfg.Latent)*m.cfg.Input.Size())
	if err := m.decodeTo(x, z); err != nil {
		return nil, err
	}
	return x, nil
}

// Reconstruct encodes images and decodes the means of their codes.
func (m *Model) Reconstruct(x []float32) ([]float32, error) {
	mu, _, err := m.Encode(x)
	if err != nil {
		return nil, err
	}
	return m.Decode(mu)
}

// ErrNoPrior says that there is nothing to draw samples from.
var ErrNoPrior = errors.New("vae: an autoencoder has no prior to sample from; a variational one (vae) has")

// Sample draws n codes from the prior N(0, 1) and decodes them. An autoencoder
// has none: the error is [ErrNoPrior].
func (m *Model) Sample(n int, seed uint64) ([]float32, error) {
	if m.cfg.Kind != VAE {
		return nil, ErrNoPrior
	}
	if n < 1 {
		return nil, fmt.Errorf("vae: %d samples: want at least 1", n)
	}
	z := make([]float32, n*m.cfg.Latent)
	m.engine.Normal(z, kernels.Noise{Seed: seed, Stream: streamSample})
	return m.Decode(z)
}

// Traverse decodes copies of code z in which one component takes each of the
// values and the others stay as they are.
func (m *Model) Traverse(z []float32, component int, values []float32) ([]float32, error) {
	if len(z) != m.cfg.Latent || component < 0 || component >= len(z) {
		panic("vae: no such component of the code")
	}
	zs := make([]float32, 0, len(values)*len(z))
	for i, v := range values {
		zs = append(zs, z...)
		zs[i*len(z)+component] = v
	}
	return m.Decode(zs)
}
