package vae

import (
	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// Binarized is a copy of images in which a pixel is white with the probability of its
// value, and black otherwise: what a Bernoulli likelihood is one of (Salakhutdinov &
// Murray, "On the quantitative analysis of deep belief networks", 2008). Pixel i of all
// has element i of the noise, whose Stream should be below 2^32, those of training
// being above.
func Binarized(images dataset.Images, noise kernels.Noise) dataset.Images {
	pixels := images.Pixels
	images.Pixels = make([]byte, len(pixels))
	var uniform [1024]float32
	for first := 0; first < len(pixels); first += len(uniform) {
		u := uniform[:min(len(uniform), len(pixels)-first)]
		noise.Uniforms(u)
		for i, v := range u {
			if white(v, float64(pixels[first+i])) {
				images.Pixels[first+i] = 255
			}
		}
		noise.First += uint64(len(u))
	}
	return images
}

// white tells whether a pixel of 0 to 255 is to be white, for a number from [0, 1). The
// product of 24 bits and 8 is exact in float64.
func white(uniform float32, pixel float64) bool { return float64(uniform)*255 < pixel }

// binarized is rows of numbers from 0 to 1, each of which it makes 1 with the probability
// of its value, and 0 otherwise: number i of all has element i of the noise.
type binarized struct {
	dataset.Source
	noise   kernels.Noise
	uniform []float32
}

func (b *binarized) Gather(dst []float32, index []int) error {
	if err := b.Source.Gather(dst, index); err != nil {
		return err
	}
	size := len(dst) / len(index)
	for i, j := range index {
		row := dst[i*size:][:size]
		if err := checkPixels(row); err != nil {
			return rowError(j, err)
		}
		noise := b.noise
		noise.First += uint64(j) * uint64(size)
		noise, before := wholeGroups(noise)
		fit(&b.uniform, before+size)
		noise.Uniforms(b.uniform)
		for k, u := range b.uniform[before:] {
			// A byte that became a float is itself again: its bits decide as they always did.
			if white(u, float64(row[k]*255)) {
				row[k] = 1
			} else {
				row[k] = 0
			}
		}
	}
	return nil
}
