package main

import (
	"context"
	"fmt"
	"image"
	"math"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutSample = `Draws codes and decodes them to a grid of images.

The codes of a vae are drawn from its prior N(0, 1). An autoencoder (ae) has none:
its codes are drawn from the normal distribution that fits those of the images of
-data and -split best. Between the codes of images, of which it knows nothing, such
a distribution has holes, and what is decoded there is no image.

Of a model of a table it writes rows as CSV, with the columns' names and units.

  vae sample -n 64 -out samples.png`

func sample(ctx context.Context, std streams, args []string) error {
	var in inputFlags
	var out output
	n, seed := gridColumns*gridColumns, uint64(1)
	f := newFlags("sample")
	in.register(f, "for an ae, fit to the codes of the first `n` images; of all where it\nis left out")
	f.Var(&whole{&n, 1, 1 << 20}, "n", "`number` of samples")
	seedFlag(f, &seed, "`seed` of the codes")
	out.register(f, std, samplesName, "PNG", ".png")
	t := tableTask{inputFlags: &in, out: &out}
	t.registerInput(f)
	if err := parse(f, std, args, aboutSample); err != nil {
		return err
	}
	m, engine, err := in.modelFlags.load(std)
	if err != nil {
		return err
	}
	if m.Columns() != nil {
		return t.sample(ctx, std, f, m, engine, n, seed)
	}
	if err := out.check(); err != nil {
		return err
	}
	if m.Config().Kind == vae.VAE {
		img, err := drawSamples(m, n, seed)
		if err != nil {
			return in.blame(err)
		}
		return out.writePNG(img, "")
	}
	images, err := in.loadImages(std, m)
	if err != nil {
		return err
	}
	img, err := sampleAutoencoder(m, engine, images, n, seed)
	if err != nil {
		return in.blame(err)
	}
	return out.writePNG(img, "an autoencoder has no prior: these codes are from N(mean, covariance) of those of images, which leaves\n"+
		"holes between them that it never learned to decode; a vae (-model vae) is trained to have none\n")
}

// sampleAutoencoder draws n codes like those of images.
func sampleAutoencoder(m *vae.Model, engine *kernels.Engine, images dataset.Images, n int, seed uint64) (image.Image, error) {
	if err := checkRoom(m, n); err != nil {
		return nil, err
	}
	codes, err := encodeAll(m, images)
	if err != nil {
		return nil, err
	}
	x, err := decodeLike(m, engine, codes, n, seed)
	if err != nil {
		return nil, err
	}
	return sampleGrid(m, x, fmt.Sprintf("samples of an autoencoder: decoded from codes drawn from N(mean, covariance) of those of %s, seed %d", count(images.Len(), "image"), seed)), nil
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
