package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutTraverse = `Draws a row for each component of the code. In a row that component goes from
-3 to 3 (vae), or from three standard deviations below its mean to three above
(ae), and the others keep the values that they have in the code of one image.

The components that tell most of an image come first: rows are ordered by their
mean KL over the images (vae) or by their standard deviation (ae), which are
printed. At most 64 are drawn.`

func traverse(ctx context.Context, std streams, args []string) error {
	var in inputFlags
	image := 0
	var out output
	f := newFlags("traverse")
	in.register(f, "measure the components on the first `n` images; on all where it\nis left out")
	f.Var(&whole{&image, -1, maxCount}, "image", "vary the code of image `i`, counted from 0; -1 for the mean of the\nprior (vae) or of the codes (ae)")
	out.register(f, std, traversalName, "PNG", ".png")
	if err := parse(f, std, args, aboutTraverse); err != nil {
		return err
	}
	m, _, images, err := in.load(std)
	if err != nil {
		return err
	}
	if image >= images.Len() {
		return fmt.Errorf("-image %d: there are images 0 to %d", image, images.Len()-1)
	}
	if err := out.check(in.data); err != nil {
		return err
	}
	latents, err := rank(ctx, m, images)
	if err != nil {
		return in.blame(err)
	}
	c := m.Config()
	z := origin(latents, c)
	if image >= 0 {
		one := dataset.Images{Pixels: images.Image(image), Rows: images.Rows, Cols: images.Cols}
		if z, _, err = m.Encode(vae.Floats(one)); err != nil {
			return in.blame(err)
		}
	}
	shown := rowsThatFit(c, latents)
	var b strings.Builder
	fmt.Fprintf(&b, "row  component  KL [nats]     mean  std dev\n")
	for i, l := range shown {
		fmt.Fprintf(&b, "%3d  %9d  %9.3f  %7.3f  %7.3f\n", i+1, l.Component, l.KL, l.Mean, l.StdDev)
	}
	img, err := drawTraversal(m, shown, z)
	if err != nil {
		return in.blame(err)
	}
	return out.writePNG(img, b.String())
}

// rank measures the components of the code, those first that tell most.
func rank(ctx context.Context, m *vae.Model, images dataset.Images) ([]vae.Latent, error) {
	latents, err := m.Latents(ctx, images)
	slices.SortStableFunc(latents, func(a, b vae.Latent) int {
		if m.Config().Kind == vae.AE {
			return cmp.Compare(b.StdDev, a.StdDev)
		}
		return cmp.Compare(b.KL, a.KL)
	})
	return latents, err
}

// origin is the code that rows of a traversal vary: the mean of the prior, or
// of the codes where there is no prior.
func origin(latents []vae.Latent, c vae.Config) []float32 {
	z := make([]float32, c.Latent)
	if c.Kind == vae.AE {
		for _, l := range latents {
			z[l.Component] = float32(l.Mean)
		}
	}
	return z
}

func rowsThatFit(c vae.Config, latents []vae.Latent) []vae.Latent {
	return latents[:min(len(latents), traversalRows, max(1, room(c.Input.Height, c.Input.Width)/traversalColumns))]
}
