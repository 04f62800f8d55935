package pca

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestDegenerate: constant rows, fewer rows than components, one row, extreme values.
func TestDegenerate(t *testing.T) {
	for name, x := range map[string][]float32{
		"one row":      {1, 2, 3, 4},
		"zeros":        make([]float32, 12),
		"constant":     {0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.4, 0.1, 0.2, 0.3, 0.4},
		"one column":   {0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0},
		"two rows":     {0, 1, 0, 1, 0, 2, 0, 0},
		"huge":         {math.MaxFloat32, -math.MaxFloat32, 0, 1, -math.MaxFloat32, math.MaxFloat32, 5, 1, 0, 1e38, 3e38, -3e38},
		"tiny":         {1e-45, 0, 0, 0, 0, 1e-45, 0, 0, 0, 0, 3e-45, 0},
		"huge and not": {3e38, 0, 0, 1, -3e38, 0, 1, 0, 1e38, 1, 0, 0},
	} {
		const cols = 4
		for d := 1; d <= cols; d++ {
			b, err := Fit(engine(1), x, cols, d)
			if err != nil {
				t.Fatal(name, err)
			}
			for i := range d {
				v := widen(b.Components[i*cols:][:cols])
				for j := range i + 1 {
					want := 0.0
					if i == j {
						want = 1
					}
					if got := dot(v, widen(b.Components[j*cols:][:cols])); !near(got, want, 1e-6) {
						t.Errorf("%s: components %d and %d of %d: product %v", name, i, j, d, got)
					}
				}
				if s := b.Variances[i]; !(s >= 0 && s <= b.Total*(1+1e-9)) || i > 0 && s > b.Variances[i-1] {
					t.Errorf("%s: variances %v of %v", name, b.Variances, b.Total)
				}
			}
			sum := 0.0
			for _, s := range b.Variances {
				sum += s
			}
			if d == cols && !near(sum, b.Total, 1e-9*b.Total) {
				t.Errorf("%s: all variances are %v of %v", name, sum, b.Total)
			}
		}
	}
}

// TestEqualVariances: a sphere has no first component, and that takes no forever.
func TestEqualVariances(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	const rows, cols, d = 4000, 300, 10
	rng := rand.New(rand.NewPCG(5, 5))
	x := make([]float32, rows*cols)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	b, err := Fit(engine(2), x, cols, d)
	if err != nil {
		t.Fatal(err)
	}
	values, _ := oracle(t, x, cols)
	for i := range d {
		if !near(b.Variances[i], values[i], 1e-3*values[0]) {
			t.Errorf("variance %d is %v, want %v", i, b.Variances[i], values[i])
		}
	}
}

func TestNotFinite(t *testing.T) {
	for _, v := range []float32{float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1))} {
		x := make([]float32, 12)
		x[6] = v
		want := fmt.Sprintf("pca: row 1 has %v in column 2; want finite numbers", v)
		if _, err := Fit(engine(1), x, 4, 2); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		if _, _, err := Covariance(engine(1), x, 4); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestPanics(t *testing.T) {
	e := engine(1)
	b, err := Fit(e, make([]float32, 12), 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	const (
		rows       = "pca: the data are not whole rows"
		components = "pca: the number of components is not from 1 to that of columns"
		codes      = "pca: rows and codes are not as many"
	)
	for i, c := range []struct {
		want string
		f    func()
	}{
		{rows, func() { Fit(e, make([]float32, 5), 4, 1) }},
		{rows, func() { Fit(e, nil, 4, 1) }},
		{rows, func() { Covariance(e, make([]float32, 4), 0) }},
		{components, func() { Fit(e, make([]float32, 4), 4, 0) }},
		{components, func() { Fit(e, make([]float32, 4), 4, 5) }},
		{codes, func() { b.Codes(e, make([]float32, 2), make([]float32, 12)) }},
		{codes, func() { b.Reconstruct(e, make([]float32, 13), make([]float32, 6)) }},
	} {
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("%d: panic %v, want %q", i, got, c.want)
				}
			}()
			c.f()
		}()
	}
}
