package main

import (
	"cmp"
	"context"
	"fmt"
	"image"
	"slices"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutTraverse = `Draws a row for each component of the code. In a row that component goes from
-3 to 3 (vae), or from three standard deviations below its mean to three above
(ae), and the others keep the values that they have in the code of one image.

The components that tell most of an image come first: rows are ordered by their
mean KL over the images (vae) or by their standard deviation (ae), which are
printed. At most 64 are drawn. -components draws one of them, or a grid of two:
the first varies along the rows, the second from row to row.

Example, two components of image 5's code:

  vae traverse -image 5 -components 3,7 -out grid.png`

const (
	traversalColumns = 13
	traversalRows    = 64
	traversalReach   = 3 // standard deviations either way
	rowsPerCaption   = 8
)

func traverse(ctx context.Context, std streams, args []string) error {
	var in inputFlags
	image := 0
	var chosen componentsFlag
	var out output
	f := newFlags("traverse")
	in.register(f, "measure the components on the first `n` images; on all where it\nis left out")
	f.Var(&whole{&image, -1, maxCount}, "image", "vary the code of image `i`, counted from 0; -1 for the mean of the\nprior (vae) or of the codes (ae)")
	f.Var(&chosen, "components", "draw this component, or a grid of two, such as `3,7`, counted from 0")
	out.register(f, std, traversalName, "PNG", ".png")
	if err := parse(f, std, args, aboutTraverse); err != nil {
		return err
	}
	m, _, images, err := in.load(std)
	if err != nil {
		return err
	}
	if err := checkImage("image", image, images); err != nil {
		return err
	}
	c := m.Config()
	if err := chosen.check(c.Latent); err != nil {
		return err
	}
	if err := out.check(); err != nil {
		return err
	}
	latents, err := rank(ctx, m, images)
	if err != nil {
		return in.blame(err)
	}
	z, start := origin(latents, c), "the prior's mean"
	if c.Kind == vae.AE {
		start = "the mean code"
	}
	if image >= 0 {
		start = fmt.Sprintf("image %d", image)
		if z, _, err = m.Encode(vae.Floats(oneImage(images, image))); err != nil {
			return in.blame(err)
		}
	}
	shown := rowsThatFit(c, latents)
	if len(chosen) > 0 {
		shown = nil
		for _, k := range chosen {
			shown = append(shown, latents[slices.IndexFunc(latents, func(l vae.Latent) bool { return l.Component == k })])
		}
	}
	draw := drawTraversal
	if len(chosen) == 2 {
		draw = drawPlane
	}
	img, err := draw(m, shown, z, start)
	if err != nil {
		return in.blame(err)
	}
	return out.writePNG(img, latentTable(shown, c.Kind))
}

// latentTable says what the images say of components. Those of an ae have no KL.
func latentTable(shown []vae.Latent, kind vae.Kind) string {
	var b strings.Builder
	row := func(number, component, kl, mean, deviation string) {
		fmt.Fprintf(&b, "%3s  %9s", number, component)
		if kind == vae.VAE {
			fmt.Fprintf(&b, "  %9s", kl)
		}
		fmt.Fprintf(&b, "  %7s  %7s\n", mean, deviation)
	}
	row("row", "component", "KL [nats]", "mean", "std dev")
	for i, l := range shown {
		number := func(v float64) string { return fmt.Sprintf("%.3f", v) }
		row(strconv.Itoa(i+1), strconv.Itoa(l.Component), number(l.KL), number(l.Mean), number(l.StdDev))
	}
	return b.String()
}

// rank measures the components of the code, those first that tell most.
func rank(ctx context.Context, m *vae.Model, rows dataset.Source) ([]vae.Latent, error) {
	latents, err := m.Latents(ctx, rows)
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
	return latents[:min(len(latents), traversalRows, max(1, room(c.Input)/traversalColumns))]
}

// latentName is a component as pictures name it.
func latentName(l vae.Latent, kind vae.Kind) string {
	if kind == vae.AE {
		return fmt.Sprintf("component %d · std dev %.2f", l.Component, l.StdDev)
	}
	return fmt.Sprintf("component %d · %.1f nats", l.Component, l.KL)
}

// traversalValues are the values that a component takes, and captions for them.
func traversalValues(l vae.Latent, kind vae.Kind) (values []float32, captions []string) {
	centre, unit, suffix := 0.0, 1.0, ""
	if kind == vae.AE {
		centre, unit, suffix = l.Mean, l.StdDev, " σ"
	}
	for i := range traversalColumns {
		away := traversalReach * float64(i-traversalColumns/2) / float64(traversalColumns/2)
		values = append(values, float32(centre+float64(unit*away)))
		captions = append(captions, fmt.Sprintf("%.1f%s", away, suffix))
	}
	return values, captions
}

// drawTraversal draws a row for each of the latents, in which that component
// varies and the others stay as in code z, that of start.
func drawTraversal(m *vae.Model, latents []vae.Latent, z []float32, start string) (image.Image, error) {
	c := m.Config()
	g := grid{shape: c.Input, title: "one component of the code of " + start + " varied in each row", x: "value of the component"}
	if c.Kind == vae.AE {
		g.x = "value of the component, in standard deviations from its mean"
	}
	for i, l := range latents {
		values, captions := traversalValues(l, c.Kind)
		x, err := m.Traverse(z, l.Component, values)
		if err != nil {
			return nil, err
		}
		row := gridRow{label: latentName(l, c.Kind), tiles: tiles(x, c.Input)}
		if i%rowsPerCaption == rowsPerCaption-1 || i == len(latents)-1 {
			row.captions = captions
		}
		g.rows = append(g.rows, row)
	}
	return g.draw(), nil
}

// drawPlane draws a grid in which the first of two components grows to the right and the
// second upward.
func drawPlane(m *vae.Model, two []vae.Latent, z []float32, start string) (image.Image, error) {
	c, across, up := m.Config(), two[0], two[1]
	g := grid{shape: c.Input, title: "two components of the code of " + start + " varied", x: latentName(across, c.Kind), y: latentName(up, c.Kind)}
	values, captions := traversalValues(across, c.Kind)
	levels, labels := traversalValues(up, c.Kind)
	for i := range slices.Backward(levels) {
		from := slices.Clone(z)
		from[up.Component] = levels[i]
		x, err := m.Traverse(from, across.Component, values)
		if err != nil {
			return nil, err
		}
		g.rows = append(g.rows, gridRow{label: labels[i], tiles: tiles(x, c.Input)})
	}
	g.rows[len(g.rows)-1].captions = captions
	return g.draw(), nil
}
