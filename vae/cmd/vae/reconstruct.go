package main

import (
	"context"
	"errors"
	"fmt"
	"image"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutReconstruct = `Draws images, twelve in a row, and below each row what the model makes of them:
it encodes an image and decodes the mean of its code. With -noise the encoder sees
images with noise, which a model that was trained so removes: the rows are the
noisy images, what the model makes of them, and the clean ones.

Of the rows of a table it writes what the model makes of them, as CSV, with the
columns' names and units.

Example: vae reconstruct -noise mask:0.5 -limit 24 -out denoised.png`

func reconstruct(ctx context.Context, std streams, args []string) error {
	var in inputFlags
	in.limit = pairColumns
	var noise vae.Corruption
	seed := uint64(1)
	var out output
	f := newFlags("reconstruct")
	in.register(f, "draw the first `n` images")
	f.Var(&noiseFlag{&noise}, "noise", noiseUsage)
	seedFlag(f, &seed, "`seed` of -noise")
	out.register(f, std, reconstructionsName, "PNG", ".png")
	t := tableTask{inputFlags: &in, out: &out}
	t.register(f)
	if err := parse(f, std, args, aboutReconstruct); err != nil {
		return err
	}
	m, engine, err := in.modelFlags.load(std)
	if err != nil {
		return err
	}
	if m.Columns() != nil {
		if noise != (vae.Corruption{}) {
			return errors.New("-noise is for images")
		}
		if !given(f)["limit"] {
			in.limit = 0
		}
		return t.reconstruct(ctx, std, f, m)
	}
	images, err := in.loadImages(std, m)
	if err != nil {
		return err
	}
	rows := 2
	if noise != (vae.Corruption{}) {
		rows = 3
	}
	if s := m.Config().Input; images.Len() > max(1, room(s)/rows) {
		return fmt.Errorf("-limit %d: a picture has room for %d images of %d×%d pixels with their reconstructions", in.limit, max(1, room(s)/rows), s.Height, s.Width)
	}
	if err := out.check(); err != nil {
		return err
	}
	var img image.Image
	if rows == 3 {
		img, err = drawDenoised(m, engine, images, noise, seed)
	} else {
		img, err = drawReconstructions(m, images)
	}
	if err != nil {
		return in.blame(err)
	}
	return out.writePNG(img, "")
}

// drawReconstructions draws images, and below them what the model makes of
// them.
func drawReconstructions(m *vae.Model, images dataset.Images) (image.Image, error) {
	in := m.Config().Input
	x := vae.Floats(images)
	y, err := m.Reconstruct(x)
	if err != nil {
		return nil, err
	}
	g := grid{shape: in, title: "images above their reconstructions, which are decoded from the means of their codes"}
	if m.Config().Kind == vae.AE {
		g.title = "images above their reconstructions, which are decoded from their codes"
	}
	inputs := wrap("image", tiles(x, in), pairColumns)
	outputs := wrap("", tiles(y, in), pairColumns)
	for i := range inputs {
		outputs[i].label = "reconstruction"
		g.rows = append(g.rows, inputs[i], outputs[i])
	}
	return g.draw(), nil
}

// drawDenoised draws images with noise, what the model makes of them, and the clean
// images.
func drawDenoised(m *vae.Model, e *kernels.Engine, images dataset.Images, c vae.Corruption, seed uint64) (image.Image, error) {
	in := m.Config().Input
	clean := vae.Floats(images)
	noisy := c.Corrupted(e, clean, kernels.Noise{Seed: seed})
	denoised, err := m.Reconstruct(noisy)
	if err != nil {
		return nil, err
	}
	g := grid{shape: in, title: "images with noise " + noiseText(c) + ", what the model makes of them, and the clean images"}
	top := wrap("noisy image", tiles(noisy, in), pairColumns)
	middle, bottom := wrap("", tiles(denoised, in), pairColumns), wrap("", tiles(clean, in), pairColumns)
	for i := range top {
		middle[i].label, bottom[i].label = "denoised", "clean"
		g.rows = append(g.rows, top[i], middle[i], bottom[i])
	}
	return g.draw(), nil
}
