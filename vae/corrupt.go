package vae

import (
	"fmt"

	"github.com/lanewise/lanewise/kernels"
)

// A Corruption is what a denoising autoencoder has to undo (Vincent et al., "Extracting
// and Composing Robust Features with Denoising Autoencoders", 2008). The zero value
// leaves an image as it is.
type Corruption struct {
	Gaussian float64 // standard deviation of noise that is added; pixels stay in [0, 1]
	Mask     float64 // probability of a pixel to become 0
}

func (c Corruption) check() error {
	switch {
	case !(c.Gaussian >= 0 && c.Gaussian <= 1e6):
		return fmt.Errorf("vae: gaussian noise of %v: want 0 or a positive number", c.Gaussian)
	case !(c.Mask >= 0 && c.Mask <= 1):
		return fmt.Errorf("vae: a mask of %v: want a probability from 0 to 1", c.Mask)
	case c.Gaussian > 0 && c.Mask > 0:
		return fmt.Errorf("vae: gaussian noise and a mask: want one of them")
	}
	return nil
}

// Corrupted is a copy of x with noise, each number's from its place in the field.
func (c Corruption) Corrupted(e *kernels.Engine, x []float32, noise kernels.Noise) []float32 {
	var y []float32
	return c.apply(e, &y, x, noise)
}

// apply returns x with noise, in memory of to, which grows where it has to.
func (c Corruption) apply(e *kernels.Engine, to *[]float32, x []float32, noise kernels.Noise) []float32 {
	noise, before := wholeGroups(noise)
	fit(to, before+len(x))
	dst := (*to)[before:]
	if c.Mask > 0 {
		limit := float32(c.Mask)
		noise.Uniforms(*to)
		for i, v := range x {
			if dst[i] < limit {
				v = 0
			}
			dst[i] = v
		}
		return dst
	}
	e.Normal(*to, noise)
	sigma := float32(c.Gaussian)
	for i, v := range x {
		dst[i] = min(max(v+float32(sigma*dst[i]), 0), 1)
	}
	return dst
}

// corrupted is what the encoder sees of x.
func (m *Model) corrupted(p *pass, x []float32, c Corruption, noise kernels.Noise) []float32 {
	if c == (Corruption{}) {
		return x
	}
	return c.apply(m.engine, &p.corrupt, x, noise)
}
