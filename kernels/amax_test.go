package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestIndexOfMax compares with a loop, beside guard pages, for lengths around what the
// kernel takes, with equal ones, zeros, infinities and NaN.
func TestIndexOfMax(t *testing.T) {
	for _, r := range testRows(t) {
		s := Set{r}
		t.Run(r.name, func(t *testing.T) {
			checkIndexOfMax(t, s.IndexOfMax)
			checkIndexOfMax(t, s.IndexOfMax64)
		})
	}
}

func checkIndexOfMax[T Float](t *testing.T, index func([]T) int) {
	t.Helper()
	if got := index(nil); got != -1 {
		t.Errorf("of nothing: %d", got)
	}
	const most = 3*amaxBlock + amaxStep + 3
	place := guardedPlaces[T](t, most)
	rng := rand.New(rand.NewPCG(3, 1))
	nan, inf := T(math.NaN()), T(math.Inf(-1))
	signalling := T(math.Float32frombits(0x7fa00000))
	for n := 1; n <= most; n += 1 + rng.IntN(3) {
		for kind := range 7 {
			x := place(kind)(n)
			for i := range x {
				x[i] = T(rng.NormFloat64())
			}
			at := rng.IntN(n)
			switch kind {
			case 1:
				clear(x)
			case 2: // equal ones of both signs
				for i := range x {
					x[i] = T(1 - 2*rng.IntN(2))
				}
			case 3:
				x[at], x[n-1] = inf, -inf
			case 4:
				x[n-1], x[at] = inf, nan
			case 5:
				x[at], x[0] = signalling, -nan
			case 6: // nearly equal ones
				for i := range x {
					x[i] = 1 + T(rng.IntN(4))*T(math.Float32frombits(0x34000000))
				}
			}
			want := 0
			for i, v := range x {
				if a, b := math.Abs(float64(v)), math.Abs(float64(x[want])); a > b || v != v && b == b {
					want = i
				}
			}
			if got := index(x); got != want {
				t.Fatalf("%d elements of kind %d: %d, want %d", n, kind, got, want)
			}
		}
	}
}
