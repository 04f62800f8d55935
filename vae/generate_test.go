package vae

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// TestEncodeDecode compares with the float64 reference, and a batch with its
// rows one by one, which must agree to the bit.
func TestEncodeDecode(t *testing.T) {
	const n = 9
	for name, c := range kinds(3, 5) {
		m := newTestModel(t, c, 1)
		r := newReference(c, widen(m.weights))
		x := uniform(n*15, 1)
		mu, logvar, _ := m.Encode(x)
		images := good(m.Decode(mu))
		if len(mu) != n*c.Latent || len(images) != n*15 || (logvar == nil) != (c.Kind == AE) {
			t.Fatalf("%s: %d codes, %d pixels", name, len(mu), len(images))
		}
		if !reflect.DeepEqual(good(m.Reconstruct(x)), images) {
			t.Errorf("%s: Reconstruct is not Decode of Encode", name)
		}
		for i := range n {
			row := x[i*15:][:15]
			mu1, logvar1, _ := m.Encode(row)
			image1 := good(m.Decode(mu1))
			if !reflect.DeepEqual(mu1, mu[i*c.Latent:][:c.Latent]) || !reflect.DeepEqual(image1, images[i*15:][:15]) {
				t.Errorf("%s: image %d alone gives other bits", name, i)
			}
			wantMu, wantLogvar := r.encode(widen(row))
			wantClose(t, name+" mu", widen(mu1), wantMu)
			wantClose(t, name+" logvar", widen(logvar1), wantLogvar)
			want := r.decode(widen(mu1))
			for j, y := range want {
				if name == "bernoulli" { // the mean, not the logit
					want[j] = 1 / (1 + math.Exp(-y))
				}
			}
			wantClose(t, name+" image", widen(image1), want)
		}
	}
}

func wantClose(t *testing.T, name string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d numbers, want %d", name, len(got), len(want))
	}
	for i, v := range want {
		if !near(got[i], v, 1e-5) { // all are of the size of 1
			t.Fatalf("%s: element %d is %v, want %v", name, i, got[i], v)
		}
	}
}

// TestResultsAreTheCallers: later calls do not write into them.
func TestResultsAreTheCallers(t *testing.T) {
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	x := uniform(3*15, 1)
	mu, logvar, _ := m.Encode(x)
	image := good(m.Decode(mu))
	keep := [][]float32{append([]float32(nil), mu...), append([]float32(nil), logvar...), append([]float32(nil), image...)}
	m.Step(uniform(3*15, 2), DefaultOptions())
	m.Sample(3, 1)
	if !reflect.DeepEqual([][]float32{mu, logvar, image}, keep) {
		t.Error("a later call changed a result")
	}
	if !reflect.DeepEqual(x, uniform(3*15, 1)) {
		t.Error("Encode changed its argument")
	}
}

func TestSample(t *testing.T) {
	for name, c := range kinds(3, 5) {
		m := newTestModel(t, c, 1)
		got, err := m.Sample(7, 3)
		if c.Kind == AE {
			if !errors.Is(err, ErrNoPrior) || got != nil {
				t.Errorf("an autoencoder's sample: %v, %v", got, err)
			}
			continue
		}
		if err != nil || len(got) != 7*15 {
			t.Fatalf("%s: %d pixels, %v", name, len(got), err)
		}
		z := make([]float32, 7*c.Latent)
		m.engine.Normal(z, kernels.Noise{Seed: 3, Stream: streamSample})
		if !reflect.DeepEqual(got, good(m.Decode(z))) {
			t.Errorf("%s: samples are not decoded draws from N(0, 1)", name)
		}
		if again, _ := m.Sample(7, 3); !reflect.DeepEqual(again, got) {
			t.Errorf("%s: the same seed gives other samples", name)
		}
		if more, _ := m.Sample(9, 3); !reflect.DeepEqual(more[:7*15], got) {
			t.Errorf("%s: more samples do not begin with the same", name)
		}
		if other, _ := m.Sample(7, 4); reflect.DeepEqual(other, got) {
			t.Errorf("%s: another seed gives the same samples", name)
		}
		for _, p := range got {
			if name == "bernoulli" && !(p >= 0 && p <= 1) {
				t.Errorf("a pixel of %v", p)
			}
		}
		for _, n := range []int{0, -1, math.MinInt} {
			if got, err := m.Sample(n, 3); err == nil || got != nil {
				t.Errorf("%s: Sample(%d) = %v, %v", name, n, got, err)
			}
		}
	}
}

func TestTraverse(t *testing.T) {
	values := []float32{-2, -0.5, 0, 1, 3}
	for name, c := range kinds(3, 5) {
		m := newTestModel(t, c, 1)
		z := uniform(c.Latent, 6)
		keep := append([]float32(nil), z...)
		for k := range z {
			got := good(m.Traverse(z, k, values))
			if len(got) != len(values)*15 {
				t.Fatalf("%s: %d pixels", name, len(got))
			}
			for i, v := range values {
				code := append([]float32(nil), keep...)
				code[k] = v
				if !reflect.DeepEqual(got[i*15:][:15], good(m.Decode(code))) {
					t.Errorf("%s: component %d at %v is not that code decoded", name, k, v)
				}
			}
			if reflect.DeepEqual(got[:15], got[4*15:]) {
				t.Errorf("%s: component %d changes nothing", name, k)
			}
		}
		if !reflect.DeepEqual(z, keep) {
			t.Errorf("%s: Traverse changed the code", name)
		}
		// A decoder that does not read component 1 shows nothing of it.
		w := m.net.decoder[0].weights[0]
		for i := 1; i < len(w); i += c.Latent {
			w[i] = 0
		}
		got := good(m.Traverse(z, 1, values))
		for i := range values {
			if !reflect.DeepEqual(got[i*15:][:15], good(m.Decode(z))) {
				t.Errorf("%s: component 1 shows where it is not read", name)
			}
		}
	}
}
