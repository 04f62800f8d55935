package main

import (
	"fmt"
	"image"
	"math"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const (
	tilePixels = 84      // the longer side of an image in a picture is about this
	gap        = 4       // between images and around them
	gapGrey    = 96      // darker than ink, lighter than ground
	maxPicture = 1 << 26 // pixels of a picture

	gridColumns      = 10
	pairColumns      = 12
	traversalColumns = 13
	traversalRows    = 64
	traversalReach   = 3 // standard deviations either way
)

// scale is how many pixels of a picture one pixel of an image takes.
func scale(rows, cols int) int { return max(1, tilePixels/max(rows, cols)) }

// room is the number of images that fit a picture.
func room(rows, cols int) int {
	s := scale(rows, cols)
	return max(1, maxPicture/((rows*s+gap)*(cols*s+gap)))
}

// A strip is a row of images in a picture.
type strip [][]float32

// sheet draws rows×cols images in strips.
func sheet(rows, cols int, strips []strip) *image.Gray {
	widest := 0
	for _, s := range strips {
		widest = max(widest, len(s))
	}
	k := scale(rows, cols)
	high, wide := rows*k+gap, cols*k+gap
	img := image.NewGray(image.Rect(0, 0, widest*wide+gap, len(strips)*high+gap))
	for i := range img.Pix {
		img.Pix[i] = gapGrey
	}
	for i, s := range strips {
		for j, tile := range s {
			for y := range rows * k {
				line := img.Pix[(gap+i*high+y)*img.Stride+gap+j*wide:][:cols*k]
				for x := range line {
					line[x] = grey(tile[y/k*cols+x/k])
				}
			}
		}
	}
	return img
}

func grey(v float32) byte {
	return byte(min(max(v, 0), 1)*255 + 0.5)
}

// tiles cuts rows of floats into images.
func tiles(x []float32, pixels int) strip {
	var s strip
	for ; len(x) > 0; x = x[pixels:] {
		s = append(s, x[:pixels])
	}
	return s
}

// wrap breaks a strip into strips of at most n images.
func wrap(s strip, n int) []strip {
	var strips []strip
	for ; len(s) > n; s = s[n:] {
		strips = append(strips, s[:n])
	}
	return append(strips, s)
}

// drawSamples draws n samples from the prior.
func drawSamples(m *vae.Model, n int, seed uint64) (*image.Gray, error) {
	in := m.Config().Input
	if most := room(in.Height, in.Width); n > most {
		return nil, fmt.Errorf("-n %d: a picture has room for %d images of %d×%d pixels", n, most, in.Height, in.Width)
	}
	x, err := m.Sample(n, seed)
	if err != nil {
		return nil, err
	}
	columns := max(gridColumns, int(math.Ceil(math.Sqrt(float64(n)))))
	return sheet(in.Height, in.Width, wrap(tiles(x, in.Size()), columns)), nil
}

// drawReconstructions draws images, and below them what the model makes of
// them.
func drawReconstructions(m *vae.Model, images dataset.Images) (*image.Gray, error) {
	in := m.Config().Input
	x := vae.Floats(images)
	y, err := m.Reconstruct(x)
	if err != nil {
		return nil, err
	}
	inputs := wrap(tiles(x, in.Size()), pairColumns)
	outputs := wrap(tiles(y, in.Size()), pairColumns)
	var strips []strip
	for i := range inputs {
		strips = append(strips, inputs[i], outputs[i])
	}
	return sheet(in.Height, in.Width, strips), nil
}

// drawTraversal draws a row for each of the latents, in which that component
// varies and the others stay as in code z.
func drawTraversal(m *vae.Model, latents []vae.Latent, z []float32) (*image.Gray, error) {
	c, in := m.Config(), m.Config().Input
	var strips []strip
	for _, l := range latents {
		centre, step := 0.0, 2*traversalReach/float64(traversalColumns-1)
		if c.Kind == vae.AE {
			centre, step = l.Mean, step*l.StdDev
		}
		values := make([]float32, traversalColumns)
		for i := range values {
			values[i] = float32(centre + step*float64(i-traversalColumns/2))
		}
		x, err := m.Traverse(z, l.Component, values)
		if err != nil {
			return nil, err
		}
		strips = append(strips, tiles(x, in.Size()))
	}
	return sheet(in.Height, in.Width, strips), nil
}
