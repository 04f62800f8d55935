package vae

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// TestCodes compares the correlations with those of the definition, of what Encode gives.
func TestCodes(t *testing.T) {
	const n = evalBatch + 45
	images := testImages(n)
	for name, c := range kinds(3, 5) {
		m := newTestModel(t, c, 1)
		for range 60 {
			m.Step(Floats(images), Options{LR: 0.01, Beta: 0.1, Seed: 1})
		}
		d := c.Latent
		// A component that is constant, and one that hardly varies.
		clear(m.net.mu.weights[0][:m.net.mu.in.Size()])
		m.net.mu.weights[1][0] = 0.7
		tiny := m.net.mu.weights[0][m.net.mu.in.Size():][:m.net.mu.in.Size()]
		for i := range tiny {
			tiny[i] *= 1e-3
		}
		got, err := m.Codes(t.Context(), images)
		if err != nil {
			t.Fatal(err)
		}
		mu, _, _ := m.Encode(Floats(images))
		cov := covariance(widen(mu), d)
		var sum float64
		pairs := 0.0
		for i := range d {
			for j := range d {
				want := cov[i*d+j] / math.Sqrt(cov[i*d+i]*cov[j*d+j])
				switch {
				case i == j:
					want = 1
				case i == 0 || j == 0, c.Kind == VAE && (i == 1 || j == 1):
					want = 0
				default:
					sum += math.Abs(want)
					pairs++
				}
				if r := got.Correlation[i*d+j]; !near(r, want, 1e-9) || r != got.Correlation[j*d+i] {
					t.Errorf("%s: correlation of %d and %d is %v, want %v", name, i, j, r, want)
				}
			}
		}
		if want := sum / pairs; pairs > 0 && !near(got.MeanCorrelation, want, 1e-9) || pairs == 0 && !math.IsNaN(got.MeanCorrelation) {
			t.Errorf("%s: mean correlation %v, want %v", name, got.MeanCorrelation, want)
		}
		if got.Saturated != 0 {
			t.Errorf("%s: %v saturated", name, got.Saturated)
		}
		if c.Kind == VAE {
			m.net.logvar.weights[1][1] = -90
			if got, _ := m.Codes(t.Context(), images); got.Saturated != 1/float64(d) {
				t.Errorf("%s: %v saturated, want one of %d", name, got.Saturated, d)
			}
		}
		m.net.mu.weights[1][0] = float32(math.Inf(1))
		if _, err := m.Codes(t.Context(), images); !errors.Is(err, ErrNotFinite) {
			t.Errorf("%s: an infinite code: error %v", name, err)
		}
	}
}

// TestCodesOfFew: one image has no variance, one component no other; and a wide code has
// no matrix.
func TestCodesOfFew(t *testing.T) {
	for _, c := range []mlp{
		{Kind: VAE, Rows: 3, Cols: 5, Latent: 3}, {Kind: AE, Rows: 3, Cols: 5, Latent: 1}, {Kind: AE, Rows: 3, Cols: 5, Latent: maxCorrelated + 1},
	} {
		n := 1
		if c.Kind == AE {
			n = 20
		}
		got, err := newTestModel(t, c, 1).Codes(t.Context(), testImages(n))
		if err != nil || !math.IsNaN(got.MeanCorrelation) || (got.Correlation == nil) != (c.Latent > maxCorrelated) {
			t.Errorf("%+v: %v, error %v", c, got.MeanCorrelation, err)
		}
	}
	if _, err := newTestModel(t, kinds(3, 5)["ae"], 1).Codes(t.Context(), dataset.Images{Rows: 3, Cols: 5}); err == nil {
		t.Error("no images are no error")
	}
}

// TestCorrelationOfKnown has one far from 0, which sums of squares would lose.
func TestCorrelationOfKnown(t *testing.T) {
	s := &moments{d: 3, products: make([]float64, 9), sums: make([]float64, 3)}
	e := engine()
	s.add(e, []float32{1 << 20, 1, 5, 1<<20 + 1, 0, 5})
	s.add(e, []float32{1<<20 + 2, -1, 5})
	if matrix, mean := s.correlation(0); !near(matrix[1], -1, 1e-15) || matrix[2] != 0 || !near(mean, 1, 1e-15) {
		t.Errorf("%v, mean %v", matrix, mean)
	}
}

// TestSameBitsOfCodes: on every machine, in every set, on any number of threads.
func TestSameBitsOfCodes(t *testing.T) {
	const want = "236faa17954a7a1449f76ae1427016638071fbf74c4828b95cbee97c7ca835e0"
	images := testDigits(t).Test.Limit(300)
	for _, set := range testSets(t) {
		for _, threads := range []int{1, 2, 7} {
			if brief() && threads != 2 {
				continue
			}
			m, err := New(mlp{Rows: 28, Cols: 28, Kind: AE, Hidden: []int{12}, Latent: 5}.config(), kernels.New(set, threads), 1)
			if err != nil {
				t.Fatal(err)
			}
			c, err := m.Codes(t.Context(), images)
			if err != nil {
				t.Fatal(err)
			}
			var all []byte
			for _, v := range append(c.Correlation, c.MeanCorrelation) {
				all = binary.LittleEndian.AppendUint64(all, math.Float64bits(v))
			}
			if got := sum256(all); got != want {
				t.Errorf("%s, %d threads: SHA-256 of the correlations %s, want %s", set.Name(), threads, got, want)
			}
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
