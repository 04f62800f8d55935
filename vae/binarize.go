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
	binarize(images.Pixels, pixels, noise)
	return images
}

func binarize(dst, pixels []byte, noise kernels.Noise) {
	var uniform [1024]float32
	for len(pixels) > 0 {
		u := uniform[:min(len(uniform), len(pixels))]
		noise.Uniforms(u)
		for i, v := range u {
			// The product of 24 bits and 8 is exact in float64.
			if float64(v)*255 < float64(pixels[i]) {
				dst[i] = 255
			} else {
				dst[i] = 0
			}
		}
		dst, pixels = dst[len(u):], pixels[len(u):]
		noise.First += uint64(len(u))
	}
}
