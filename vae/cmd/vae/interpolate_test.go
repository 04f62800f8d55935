package main

import (
	"math"
	"path/filepath"
	"testing"
)

// TestPlaneAndWay draws a manifold, interpolations and a denoised picture.
func TestPlaneAndWay(t *testing.T) {
	data, out := smallData(t), filepath.Join(t.TempDir(), "p.png")
	model := tinyModel(t, data)
	must(t, "manifold", "-checkpoint", model, "-n", "5", "-out", out)
	first := read(t, out)
	want := picture("-0.52", 5, 5, 2)
	want.X = max(want.X+lineHeight, newLettering().width("images over the plane of codes, at quantiles of N(0, 1)")+8)
	if got := size(t, out); got != want {
		t.Errorf("manifold of %v, want %v", got, want)
	}
	must(t, "manifold", "-checkpoint", model, "-n", "5", "-grid", "even", "-out", out)
	if string(read(t, out)) == string(first) {
		t.Error("manifold: -grid changes nothing")
	}
	bad(t, "is an autoencoder, which has no prior that says where its codes are: vae traverse -components 0,1", "manifold", "-checkpoint", tinyModel(t, data, "-model", "ae"))
	bad(t, "has 3 components, a plane 2: vae traverse -components 0,1", "manifold", "-checkpoint", tinyModel(t, data, "-latent", "3"))
	bad(t, "has 1 component, no plane: vae traverse", "manifold", "-checkpoint", tinyModel(t, data, "-latent", "1"))

	on := []string{"-checkpoint", model, "-data", data, "-out", out}
	must(t, append([]string{"interpolate", "-from", "3", "-to", "9"}, on...)...)
	want = picture("", 12, 1, 2)
	want.X -= 8
	if got := size(t, out); got != want {
		t.Errorf("interpolation of %v, want %v", got, want)
	}
	first = read(t, out)
	must(t, append([]string{"interpolate", "-from", "3", "-to", "9", "-spherical"}, on...)...)
	if string(read(t, out)) == string(first) {
		t.Error("interpolate: -spherical changes nothing")
	}

	must(t, append([]string{"reconstruct", "-noise", "mask:0.5"}, on...)...)
	if got, want := size(t, out), picture("noisy images 0 to 11", 12, 3, 0); got != want {
		t.Errorf("denoised images of %v, want %v", got, want)
	}
	first = read(t, out)
	must(t, append([]string{"reconstruct", "-noise", "mask:0.5", "-seed", "2"}, on...)...)
	if string(read(t, out)) == string(first) {
		t.Error("reconstruct: -seed changes nothing")
	}
}

func TestBetween(t *testing.T) {
	a, b := []float32{2, 0}, []float32{0, 2}
	for _, spherical := range []bool{false, true} {
		for end, want := range map[float64][]float32{0: a, 1: b} {
			if z := between(a, b, end, spherical); z[0] != want[0] || z[1] != want[1] {
				t.Errorf("at %v: %v, want %v", end, z, want)
			}
		}
	}
	if z := between(a, b, 0.5, false); z[0] != 1 || z[1] != 1 {
		t.Errorf("half of a line: %v", z)
	}
	if z := between(a, b, 0.5, true); !(math.Abs(float64(z[0])-math.Sqrt2) < 1e-5) || z[0] != z[1] {
		t.Errorf("half of an arc: %v", z)
	}
	for _, b := range [][]float32{{0, 0}, {-2, 0}, {2, 0}} { // there is no one arc
		if z := between(a, b, 0.5, true); z[0] != 1+b[0]/2 || z[1] != 0 {
			t.Errorf("half of the way to %v: %v", b, z)
		}
	}
	if q := quantile(0.975); !(math.Abs(float64(q)-1.959964) < 1e-5) || quantile(0.5) != 0 || quantile(0.025) != -q {
		t.Errorf("quantile %v", q)
	}
}
