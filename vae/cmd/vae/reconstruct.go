package main

import (
	"context"
	"fmt"
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
	if most := max(1, room(images.Rows, images.Cols)/2); images.Len() > most {
		return fmt.Errorf("-limit %d: a picture has room for %d images of %d×%d pixels with their reconstructions", in.limit, most, images.Rows, images.Cols)
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
