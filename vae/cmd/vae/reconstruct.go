package main

import (
	"context"
	"fmt"
	"image"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutReconstruct = `Draws images, twelve in a row, and below each row what the model makes of them:
it encodes an image and decodes the mean of its code.`

func reconstruct(_ context.Context, std streams, args []string) error {
	var in inputFlags
	in.limit = pairColumns
	var out output
	f := newFlags("reconstruct")
	in.register(f, "draw the first `n` images")
	out.register(f, std, reconstructionsName, "PNG", ".png")
	if err := parse(f, std, args, aboutReconstruct); err != nil {
		return err
	}
	m, _, images, err := in.load(std)
	if err != nil {
		return err
	}
	if s := m.Config().Input; images.Len() > max(1, room(s)/2) {
		return fmt.Errorf("-limit %d: a picture has room for %d images of %d×%d pixels with their reconstructions", in.limit, max(1, room(s)/2), s.Height, s.Width)
	}
	if err := out.check(in.data); err != nil {
		return err
	}
	img, err := drawReconstructions(m, images)
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
