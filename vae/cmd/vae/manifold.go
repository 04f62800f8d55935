package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/lanewise/lanewise/vae"
)

const aboutManifold = `Draws what the codes of a vae with a latent of 2 stand for, over the plane: component
0 grows to the right, component 1 upward. With -grid quantiles the codes stand where
N(0, 1) has equal shares of its probability, as in Kingma and Welling's paper, with
-grid even at equal distances from -3 to 3.

Example:

  vae train -latent 2 -out plane
  vae manifold -checkpoint plane/model.safetensors -n 15`

const manifoldName = "manifold.png"

func manifold(_ context.Context, std streams, args []string) error {
	var in modelFlags
	var out output
	n, spacing := 20, "quantiles"
	f := newFlags("manifold")
	in.register(f)
	f.Var(&whole{&n, 2, 128}, "n", "`images` along either side")
	f.Var(&word{&spacing, []string{"quantiles", "even"}}, "grid", "`quantiles or even`: where the codes stand")
	out.register(f, std, manifoldName, "PNG", ".png")
	if err := parse(f, std, args, aboutManifold); err != nil {
		return err
	}
	m, _, err := in.load(std)
	if err != nil {
		return err
	}
	if err := in.needImages(m); err != nil {
		return err
	}
	c := m.Config()
	switch most := int(math.Sqrt(float64(room(c.Input)))); {
	case c.Latent == 1:
		return errors.New("a code of this model has 1 component, no plane: vae traverse shows it, or train with -latent 2")
	case c.Latent != 2:
		return fmt.Errorf("a code of this model has %d components, a plane 2: vae traverse -components 0,1 shows two of them, or train with -latent 2", c.Latent)
	case c.Kind == vae.AE:
		return fmt.Errorf("%s is an autoencoder, which has no prior that says where its codes are: vae traverse -components 0,1 goes over those of images", in.checkpoint)
	case n > most:
		return fmt.Errorf("-n %d: a picture has room for %d×%d images of %d×%d pixels", n, most, most, c.Input.Height, c.Input.Width)
	}
	if err := out.check(); err != nil {
		return err
	}
	img, err := drawManifold(m, n, spacing == "even")
	if err != nil {
		return in.blame(err)
	}
	return out.writePNG(img, "")
}

func drawManifold(m *vae.Model, n int, even bool) (image.Image, error) {
	c := m.Config()
	values := make([]float32, n)
	captions := make([]string, n)
	g := grid{shape: c.Input, title: "images over the plane of codes, at quantiles of N(0, 1)", x: "component 0", y: "component 1"}
	if even {
		g.title = "images over the plane of codes, at equal distances"
	}
	for i := range values {
		if even {
			values[i] = float32(traversalReach * float64(2*i-n+1) / float64(n-1))
		} else {
			values[i] = quantile((float64(i) + 0.5) / float64(n))
		}
		captions[i] = fmt.Sprintf("%.2f", values[i])
	}
	for i, v := range slices.Backward(values) {
		x, err := m.Traverse([]float32{0, v}, 0, values)
		if err != nil {
			return nil, err
		}
		g.rows = append(g.rows, gridRow{label: captions[i], tiles: tiles(x, c.Input)})
	}
	g.rows[n-1].captions = captions
	return g.draw(), nil
}

// quantile is the value below which N(0, 1) has probability p.
func quantile(p float64) float32 { return float32(rounded(math.Sqrt2 * math.Erfinv(2*p-1))) }

// rounded is a number without its last bits, which differ from machine to machine where
// package math made it.
func rounded(x float64) float64 { return math.Round(x*(1<<20)) / (1 << 20) }
