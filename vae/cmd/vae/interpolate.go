package main

import (
	"context"
	"fmt"
	"image"
	"math"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutInterpolate = `Goes in equal steps from the code of one image to that of another and draws what is
there, between the two images themselves: along a line or, with -spherical, along an
arc, on which codes stay as far from 0 as those of images are.

Example: vae interpolate -from 2 -to 3 -steps 16 -out interpolation.png`

const interpolationName = "interpolation.png"

func interpolate(_ context.Context, std streams, args []string) error {
	var in inputFlags
	var out output
	from, to, steps, spherical := 0, 1, 10, false
	f := newFlags("interpolate")
	in.register(f, "read the first `n` images; all where it is left out")
	f.Var(&whole{&from, 0, maxCount}, "from", "start at the code of image `i`, counted from 0")
	f.Var(&whole{&to, 0, maxCount}, "to", "end at the code of image `j`")
	f.Var(&whole{&steps, 2, 1 << 16}, "steps", "`codes` to decode, with the first and the last")
	f.BoolVar(&spherical, "spherical", false, "go along an arc")
	out.register(f, std, interpolationName, "PNG", ".png")
	if err := parse(f, std, args, aboutInterpolate); err != nil {
		return err
	}
	m, _, images, err := in.load(std)
	if err != nil {
		return err
	}
	if err := checkImage("from", from, images); err != nil {
		return err
	}
	if err := checkImage("to", to, images); err != nil {
		return err
	}
	if s := m.Config().Input; steps+2 > max(4, room(s)) {
		return fmt.Errorf("-steps %d: a picture has room for %d images of %d×%d pixels", steps, room(s), s.Height, s.Width)
	}
	if err := out.check(); err != nil {
		return err
	}
	img, err := drawInterpolation(m, images, from, to, steps, spherical)
	if err != nil {
		return in.blame(err)
	}
	return out.writePNG(img, "")
}

func drawInterpolation(m *vae.Model, images dataset.Images, from, to, steps int, spherical bool) (image.Image, error) {
	shape := m.Config().Input
	first, last := vae.Floats(oneImage(images, from)), vae.Floats(oneImage(images, to))
	a, _, err := m.Encode(first)
	if err != nil {
		return nil, err
	}
	b, _, err := m.Encode(last)
	if err != nil {
		return nil, err
	}
	var zs []float32
	captions := []string{fmt.Sprintf("image %d", from)}
	for i := range steps {
		t := float64(i) / float64(steps-1)
		zs = append(zs, between(a, b, t, spherical)...)
		captions = append(captions, fmt.Sprintf("%.2f", t))
	}
	x, err := m.Decode(zs)
	if err != nil {
		return nil, err
	}
	captions = append(captions, fmt.Sprintf("image %d", to))
	all := append(append([][]float32{first}, tiles(x, shape)...), last)
	way := "a line"
	if spherical {
		way = "an arc"
	}
	g := grid{shape: shape, title: fmt.Sprintf("from the code of image %d to that of image %d along %s", from, to, way), x: "share of the way"}
	for i := 0; i < len(all); i += pairColumns {
		end := min(i+pairColumns, len(all))
		g.rows = append(g.rows, gridRow{tiles: all[i:end], captions: captions[i:end]})
	}
	return g.draw(), nil
}

// between is the code at t of the way from a to b. Along an arc both keep their weights
// from the angle between them (Shoemake, "Animating rotation with quaternion curves",
// 1985), unless it is too small or too near a half turn for that.
func between(a, b []float32, t float64, spherical bool) []float32 {
	u, v := 1-t, t
	if spherical {
		var aa, bb, ab float64
		for i := range a {
			x, y := float64(a[i]), float64(b[i])
			aa += float64(x * x)
			bb += float64(y * y)
			ab += float64(x * y)
		}
		if cos := ab / math.Sqrt(float64(aa*bb)); math.Abs(cos) < 0.9999 {
			angle := math.Acos(cos)
			u, v = rounded(math.Sin(u*angle)/math.Sin(angle)), rounded(math.Sin(v*angle)/math.Sin(angle))
		}
	}
	z := make([]float32, len(a))
	for i := range z {
		z[i] = float32(float64(u*float64(a[i])) + float64(v*float64(b[i])))
	}
	return z
}
