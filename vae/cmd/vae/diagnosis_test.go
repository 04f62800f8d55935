package main

import (
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

func TestDiagnosis(t *testing.T) {
	well := signs{
		kind: vae.VAE, active: 18, latent: 20, saturated: 0.05, pixels: 784, constantPixels: 392,
		train: vae.Loss{Reconstruction: 80, KL: 20}, test: vae.Loss{Reconstruction: 104, KL: 21}, trainImages: 6000, testImages: 1000,
	}
	nats := func(reconstruction, kl float64) vae.Loss {
		return vae.Loss{Reconstruction: reconstruction, KL: kl, Total: reconstruction + 100*kl}
	}
	for _, c := range []struct {
		name   string
		change func(*signs)
		want   string // starts of the findings
	}{
		{"well", func(*signs) {}, "nothing to say"},
		{"no signs at all", func(s *signs) { *s = signs{} }, "nothing to say"},
		{"one active", func(s *signs) { s.active = 1 }, "nothing to say"},
		{"collapse", func(s *signs) { s.active = 0 }, "posterior collapse: 0 of 20 components"},
		{"nearly collapsed", func(s *signs) { s.active, s.test = 3, nats(100, 0.08) }, "posterior collapse: the 3 of 20 components that are active say hardly anything of an image, 0.08 nats in all"},
		{"a little", func(s *signs) { s.active, s.test = 3, nats(100, 0.1) }, "nothing to say"},
		{"not measured", func(s *signs) { s.active, s.test, s.testImages = 3, vae.Loss{}, 0 }, "nothing to say"},
		{"an autoencoder", func(s *signs) { s.kind, s.active, s.test.KL = vae.AE, 0, 0 }, "nothing to say"},
		{"saturated", func(s *signs) { s.saturated = 0.051 }, "saturated logvar: 5 %"},
		{"constant", func(s *signs) { s.constantPixels = 393 }, "constant pixels: 393 of 784"},
		{"overfitted", func(s *signs) { s.test = nats(104, 21.1) }, "overfitting: the loss is 100 on training images and 125.1 on test images"},
		{"few images", func(s *signs) { s.test = nats(200, 21); s.testImages = 99 }, "nothing to say"},
		{"a density", func(s *signs) { s.train, s.test = nats(-80, 20), nats(-55.5, 20) }, "nothing to say"},
		{"a density, overfitted", func(s *signs) { s.train, s.test = nats(-80, 20), nats(-54.5, 20) }, "overfitting: the loss is -60"},
		{"all of it", func(s *signs) {
			s.active, s.saturated, s.constantPixels, s.test = 0, 1, 784, nats(300, 0)
		}, "posterior collapse: …; saturated logvar: …; constant pixels: …; overfitting: "},
	} {
		s := well
		c.change(&s)
		got := s.diagnosis()
		rest := got
		for _, want := range strings.Split(c.want, "…") {
			_, after, ok := strings.Cut(rest, want)
			if !ok {
				t.Errorf("%s: %q, want %q", c.name, got, c.want)
				break
			}
			rest = after
		}
		if strings.Contains(got, "\n") || strings.Contains(c.want, "nothing") != (got == "nothing to say") {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

func TestConstantPixels(t *testing.T) {
	images := dataset.Images{Rows: 1, Cols: 3, Pixels: []byte{1, 2, 3, 1, 2, 3, 1, 5, 3, 1, 2, 4}}
	for n, want := range []int{0, 3, 3, 2, 1} {
		some := images
		some.Pixels = images.Pixels[:3*n]
		if got := constantPixels(some); got != want {
			t.Errorf("%d constant pixels in %d images, want %d", got, n, want)
		}
	}
}
