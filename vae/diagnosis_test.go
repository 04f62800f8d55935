package vae

import (
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
)

func TestDiagnosis(t *testing.T) {
	well := Signs{
		Kind: VAE, Active: 18, Latent: 20, Saturated: 0.05, Pixels: 784, ConstantPixels: 392,
		Train: Loss{Reconstruction: 80, KL: 20}, Test: Loss{Reconstruction: 104, KL: 21}, TrainImages: 6000, TestImages: 1000,
	}
	nats := func(reconstruction, kl float64) Loss {
		return Loss{Reconstruction: reconstruction, KL: kl, Total: reconstruction + 100*kl}
	}
	for _, c := range []struct {
		name   string
		change func(*Signs)
		want   string // starts of the findings
	}{
		{"well", func(*Signs) {}, "nothing to say"},
		{"no signs at all", func(s *Signs) { *s = Signs{} }, "nothing to say"},
		{"one active", func(s *Signs) { s.Active = 1 }, "nothing to say"},
		{"collapse", func(s *Signs) { s.Active = 0 }, "posterior collapse: 0 of 20 components"},
		{"nearly collapsed", func(s *Signs) { s.Active, s.Test = 3, nats(100, 0.08) }, "posterior collapse: the 3 of 20 components that are active say hardly anything of an image, 0.08 nats in all"},
		{"a little", func(s *Signs) { s.Active, s.Test = 3, nats(100, 0.1) }, "nothing to say"},
		{"not measured", func(s *Signs) { s.Active, s.Test, s.TestImages = 3, Loss{}, 0 }, "nothing to say"},
		{"an autoencoder", func(s *Signs) { s.Kind, s.Active, s.Test.KL = AE, 0, 0 }, "nothing to say"},
		{"saturated", func(s *Signs) { s.Saturated = 0.051 }, "saturated logvar: 5 %"},
		{"constant", func(s *Signs) { s.ConstantPixels = 393 }, "constant pixels: 393 of 784"},
		{"overfitted", func(s *Signs) { s.Test = nats(104, 21.1) }, "overfitting: the loss is 100 on training images and 125.1 on test images"},
		{"few images", func(s *Signs) { s.Test = nats(200, 21); s.TestImages = 99 }, "nothing to say"},
		{"a density", func(s *Signs) { s.Train, s.Test = nats(-80, 20), nats(-55.5, 20) }, "nothing to say"},
		{"a density, overfitted", func(s *Signs) { s.Train, s.Test = nats(-80, 20), nats(-54.5, 20) }, "overfitting: the loss is -60"},
		{"all of it", func(s *Signs) {
			s.Active, s.Saturated, s.ConstantPixels, s.Test = 0, 1, 784, nats(300, 0)
		}, "posterior collapse: …; saturated logvar: …; constant pixels: …; overfitting: "},
	} {
		s := well
		c.change(&s)
		got := s.Diagnosis()
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
		if got := ConstantPixels(some); got != want {
			t.Errorf("%d constant pixels in %d images, want %d", got, n, want)
		}
	}
}

func TestActive(t *testing.T) {
	for deviation, want := range map[float64]bool{0: false, 0.0999: false, 0.1001: true, 1: true} {
		if got := (Latent{StdDev: deviation}).Active(); got != want {
			t.Errorf("a deviation of %v: active is %v", deviation, got)
		}
	}
}
