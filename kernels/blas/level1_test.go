package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/lanewise/lanewise/kernels"
)

// TestAmax has the first of the largest, as gonum does, with NaN anywhere too.
func TestAmax(t *testing.T) {
	im := New(kernels.Default(), 1)
	rng := rand.New(rand.NewPCG(9, 10))
	var theirs gonum.Implementation
	for n := 1; n < 400; n += 1 + n/8 {
		for kind := range 5 {
			x, y := random[float64](rng, 2*n), random[float32](rng, 2*n)
			set := func(i int, v float64) { x[i], y[i] = v, float32(v) }
			switch at := rng.IntN(n); kind {
			case 1: // equal ones of both signs
				for i := range n {
					set(i, float64(1-2*rng.IntN(2)))
				}
			case 2:
				set(at, math.NaN())
			case 3:
				set(0, math.NaN())
			case 4:
				set(at, math.Inf(-1))
				set(n-1, math.Inf(1))
			}
			for inc := 1; inc < 3; inc++ {
				if got, want := im.Idamax(n, x, inc), theirs.Idamax(n, x, inc); got != want {
					t.Fatalf("float64, %d elements of kind %d: %d, want %d", n, kind, got, want)
				}
				if got, want := im.Isamax(n, y, inc), theirs.Isamax(n, y, inc); got != want {
					t.Fatalf("float32, %d elements of kind %d: %d, want %d", n, kind, got, want)
				}
			}
		}
	}
}

func BenchmarkLevel1(b *testing.B) {
	ours := New(kernels.Default(), 1)
	for _, n := range []int{8, 32, 100, 128, 200, 1000, 10000} {
		x := random[float64](rand.New(rand.NewPCG(1, 2)), n)
		b.Run(fmt.Sprintf("Iamax/%d", n), func(b *testing.B) { against(b, func(im blas.Float64) { im.Idamax(n, x, 1) }, ours) })
	}
}
