package vae

import (
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// TestEvaluate compares with the float64 reference, whose noise is one field
// over all images: where the batches are cut does not show.
func TestEvaluate(t *testing.T) {
	const n = evalBatch + 45
	images := testImages(n)
	for name, c := range kinds(3, 5) {
		m := newTestModel(t, c, 1)
		for range 3 {
			m.Step(Floats(images.Limit(40)), DefaultOptions())
		}
		before := m.WeightsSHA256()
		got, err := m.Evaluate(t.Context(), images, Options{Beta: 3, Seed: 77})
		if err != nil {
			t.Fatal(err)
		}
		eps := drawn(m.engine, n*c.Latent, kernels.Noise{Seed: 77, Stream: streamEval})
		x := make([]float64, n*15)
		for i, p := range images.Pixels {
			x[i] = float64(p) / 255
		}
		reconstruction, kl := newReference(c, widen(m.weights)).loss(x, eps)
		if !near(got.Reconstruction, reconstruction/n, 1e-5*math.Abs(reconstruction/n)) || !near(got.KL, kl/n, 1e-5*kl/n) || got.Total != got.Reconstruction+3*got.KL {
			t.Errorf("%s: %+v, want %v + 3·%v", name, got, reconstruction/n, kl/n)
		}
		if m.WeightsSHA256() != before {
			t.Errorf("%s: Evaluate changed the weights", name)
		}
	}
}

// TestEvaluateIsRepeatable: on any number of threads, and whatever came before.
func TestEvaluateIsRepeatable(t *testing.T) {
	images := testImages(300)
	for name, c := range kinds(3, 5) {
		var want Loss
		for i, threads := range []int{1, 2, 7, 1} {
			m, err := New(c.config(), kernels.New(kernels.Default(), threads), 1)
			if err != nil {
				t.Fatal(err)
			}
			if i == 3 {
				m.Encode(Floats(images))
			}
			for range 2 {
				got, err := m.Evaluate(t.Context(), images, Options{Beta: 1, Seed: 5})
				if err != nil {
					t.Fatal(err)
				}
				if i == 0 {
					want = got
				}
				if got != want {
					t.Errorf("%s on %d threads: %v, want %v", name, threads, got, want)
				}
			}
			if other, _ := m.Evaluate(t.Context(), images, Options{Beta: 1, Seed: 6}); (other == want) != (c.Kind == AE) {
				t.Errorf("%s: another seed gives %v, this one %v", name, other, want)
			}
		}
	}
}

// TestInferenceChangesNothing: whatever is asked of a model between its steps, it
// learns the same.
func TestInferenceChangesNothing(t *testing.T) {
	images := testImages(40)
	x := Floats(images)
	for name, c := range kinds(3, 5) {
		a, b := newTestModel(t, c, 1), newTestModel(t, c, 1)
		for range 3 {
			a.Step(x, DefaultOptions())
			b.Step(x, DefaultOptions())
			mu, _, _ := a.Encode(x[:30])
			a.Decode(mu)
			a.Traverse(mu[:c.Latent], 1, []float32{-1, 0, 1})
			a.Sample(3, 1)
			a.Reconstruct(x)
			if _, err := a.Latents(t.Context(), images); err != nil {
				t.Fatal(err)
			}
			if _, err := a.Evaluate(t.Context(), images, Options{Beta: 1, Seed: 1}); err != nil {
				t.Fatal(err)
			}
		}
		if a.WeightsSHA256() != b.WeightsSHA256() {
			t.Errorf("%s: looking at the model changes what it learns", name)
		}
	}
}

// TestLatents compares with Encode and with the KL of Evaluate.
func TestLatents(t *testing.T) {
	images := testImages(300)
	for name, c := range kinds(3, 5) {
		m := newTestModel(t, c, 1)
		for range 30 {
			m.Step(Floats(images), Options{LR: 0.01, Beta: 0.1, Seed: 1})
		}
		latents, err := m.Latents(t.Context(), images)
		if err != nil {
			t.Fatal(err)
		}
		if len(latents) != c.Latent {
			t.Fatalf("%s: %d components, want %d", name, len(latents), c.Latent)
		}
		mu, logvar, _ := m.Encode(Floats(images))
		var total float64
		for k, l := range latents {
			var mean, variance, kl float64
			for i := k; i < len(mu); i += c.Latent {
				mean += float64(mu[i]) / 300
				if logvar != nil {
					kl += divergence(widen(mu[i:][:1]), widen(logvar[i:][:1])) / 300
				}
			}
			for i := k; i < len(mu); i += c.Latent {
				d := float64(mu[i]) - mean
				variance += d * d / 300
			}
			if l.Component != k || !near(l.Mean, mean, 1e-9) || !near(l.StdDev, math.Sqrt(variance), 1e-6) || !near(l.KL, kl, 1e-5*kl) {
				t.Errorf("%s: %+v, want mean %v, deviation %v, KL %v", name, l, mean, math.Sqrt(variance), kl)
			}
			total += l.KL
		}
		loss, err := m.Evaluate(t.Context(), images, Options{Beta: 1, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if !near(total, loss.KL, 1e-6*loss.KL) {
			t.Errorf("%s: the components' KL is %v together, Evaluate's %v", name, total, loss.KL)
		}
	}
}
