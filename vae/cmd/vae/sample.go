package main

import (
	"context"
	"errors"

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
