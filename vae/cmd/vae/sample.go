package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"

	"github.com/lanewise/lanewise/vae"
)

const aboutSample = `Draws codes from the prior N(0, 1) of a vae and decodes them to a grid of images.
An autoencoder (ae) has no prior.`

func sample(_ context.Context, std streams, args []string) error {
	var in modelFlags
	var out output
	n, seed := gridColumns*gridColumns, uint64(1)
	f := newFlags("sample")
	in.register(f)
	f.Var(&whole{&n, 1, 1 << 20}, "n", "`number` of samples")
	f.Uint64Var(&seed, "seed", seed, "`seed` of the codes")
	out.register(f, std, samplesName, "PNG", ".png")
	if err := parse(f, std, args, aboutSample); err != nil {
		return err
	}
	m, _, err := in.load()
	if err != nil {
		return err
	}
	if m.Config().Kind != vae.VAE {
		return errors.New(in.checkpoint + " is an autoencoder, which has no prior to sample from: train with -model vae")
	}
	if err := out.check(""); err != nil {
		return err
	}
	img, err := drawSamples(m, n, seed)
	if err != nil {
		return in.blame(err)
	}
	return out.writePNG(img, "")
}

// drawSamples draws n samples from the prior.
func drawSamples(m *vae.Model, n int, seed uint64) (image.Image, error) {
	if err := checkRoom(m, n); err != nil {
		return nil, err
	}
	x, err := m.Sample(n, seed)
	if err != nil {
		return nil, err
	}
	return sampleGrid(m, x, fmt.Sprintf("samples of the prior: decoded from codes drawn from N(0, 1), seed %d", seed)), nil
}

func checkRoom(m *vae.Model, n int) error {
	in := m.Config().Input
	if most := room(in); n > most {
		return fmt.Errorf("-n %d: a picture has room for %d images of %d×%d pixels", n, most, in.Height, in.Width)
	}
	return nil
}

func sampleGrid(m *vae.Model, x []float32, title string) image.Image {
	in := m.Config().Input
	t := tiles(x, in)
	columns := max(gridColumns, int(math.Ceil(math.Sqrt(float64(len(t))))))
	g := grid{shape: in, title: title, rows: wrap("sample", t, columns)}
	return g.draw()
}
