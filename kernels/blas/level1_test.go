package blas

import (
	"fmt"
	"math"
	"math/big"
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

// TestSums holds sums against sums in 200 bits, and against their definition, to the bit,
// where they are ours. Between elements that lie apart there is NaN.
func TestSums(t *testing.T) {
	im := New(kernels.Default(), 1)
	rng := rand.New(rand.NewPCG(21, 22))
	for n := 1; n < 300; n += 1 + n/9 {
		for _, inc := range [][2]int{{1, 1}, {1, 3}, {2, 1}, {7, 7}} {
			x, xs := apart(random[float64](rng, n), inc[0])
			y, ys := apart(random[float64](rng, n), inc[1])
			x32, xs32 := apart(random[float32](rng, n), inc[0])
			products, sizes, squared := make([]float64, n), make([]float64, n), make([]float64, n)
			sizes32, squared32 := make([]float64, n), make([]float64, n)
			for i := range n {
				products[i], sizes[i], squared[i] = x[i]*y[i], math.Abs(x[i]), x[i]*x[i]
				sizes32[i], squared32[i] = math.Abs(float64(x32[i])), float64(x32[i])*float64(x32[i])
			}
			for _, c := range []struct {
				name      string
				got       float64
				terms     []float64
				least     int
				root      bool
				precision float64
			}{
				{"Ddot", im.Ddot(n, xs, inc[0], ys, inc[1]), products, dotLeast, false, 0x1p-53},
				{"Dasum", im.Dasum(n, xs, inc[0]), sizes, asumLeast, false, 0x1p-53},
				{"Sasum", float64(im.Sasum(n, xs32, inc[0])), sizes32, asumLeast, false, 0x1p-24},
				{"Dnrm2", im.Dnrm2(n, xs, inc[0]), squared, nrm2Least, true, 0x1p-53},
				{"Snrm2", float64(im.Snrm2(n, xs32, inc[0])), squared32, nrm2Least, true, 0x1p-24},
			} {
				sum, size := new(big.Float).SetPrec(200), 0.0
				var chains [4]float64
				for i, v := range c.terms {
					sum.Add(sum, big.NewFloat(v))
					size += math.Abs(v)
					if i < n/4*4 {
						chains[i%4] += v
					} else {
						chains[0] += v
					}
				}
				exact, _ := sum.Float64()
				defined := chains[0] + chains[1] + (chains[2] + chains[3])
				if c.root {
					exact, defined, size = math.Sqrt(exact), math.Sqrt(defined), math.Sqrt(size)
				}
				if c.precision > 0x1p-53 {
					defined = float64(float32(defined))
				}
				if !(math.Abs(c.got-exact) <= float64(n+2)*c.precision*size) {
					t.Fatalf("%s of %d elements, %v apart: %v, want %v", c.name, n, inc, c.got, exact)
				}
				if ours := n >= c.least && !(c.name == "Ddot" && inc == [2]int{1, 1}); ours && c.got != defined {
					t.Fatalf("%s of %d elements, %v apart: %v, by its definition %v", c.name, n, inc, c.got, defined)
				}
			}
		}
	}
}

// apart returns x, and the same with NaN between the elements.
func apart[T kernels.Float](x []T, inc int) (same, spread []T) {
	spread = make([]T, (len(x)-1)*inc+1)
	for i := range spread {
		spread[i] = T(math.NaN())
	}
	for i, v := range x {
		spread[i*inc] = v
	}
	return x, spread
}

// TestNorms has elements whose squares overflow or underflow, and such as are none.
func TestNorms(t *testing.T) {
	im := New(kernels.Default(), 1)
	for _, c := range []struct{ v, want float64 }{
		{1e300, 1e301}, {-1e-200, 1e-199}, {5e-324, 50 * 5e-324 / 5}, {0, 0},
		{math.Inf(-1), math.Inf(1)}, {math.NaN(), math.NaN()},
	} {
		x := make([]float64, 100)
		for i := range x {
			x[i] = c.v
		}
		if got := im.Dnrm2(len(x), x, 1); !(math.Abs(got-c.want) <= 1e-15*c.want || got == c.want || got != got && c.want != c.want) {
			t.Errorf("Dnrm2 of %v: %v, want %v", c.v, got, c.want)
		}
		y := make([]float32, 100)
		for i := range y {
			y[i] = float32(c.v)
		}
		want := float32(10 * math.Abs(float64(y[0])))
		if got := im.Snrm2(len(y), y, 1); got != want && (got == got || want == want) {
			t.Errorf("Snrm2 of %v: %v, want %v", y[0], got, want)
		}
	}
}

// TestMoves holds Swap and Scal against loops; what lies behind stays as it is.
func TestMoves(t *testing.T) {
	checkMoves(t, func(im *Implementation, n int, x, y []float64) { im.Dswap(n, x, 1, y, 1) }, (*Implementation).Dscal)
	checkMoves(t, func(im *Implementation, n int, x, y []float32) { im.Sswap(n, x, 1, y, 1) }, (*Implementation).Sscal)
}

func checkMoves[T kernels.Float](t *testing.T, swap func(im *Implementation, n int, x, y []T), scal func(im *Implementation, n int, alpha T, x []T, incX int)) {
	t.Helper()
	im := New(kernels.Default(), 1)
	rng := rand.New(rand.NewPCG(23, 24))
	for n := range 300 {
		x, y := random[T](rng, n+3), random[T](rng, n+3)
		wantX := append(append([]T(nil), y[:n]...), x[n:]...)
		wantY := append(append([]T(nil), x[:n]...), y[n:]...)
		swap(im, n, x, y)
		alpha := T(n%3) - 1
		scal(im, n, alpha, y, 1)
		for i := range n {
			wantY[i] *= alpha
		}
		for i := range x {
			if x[i] != wantX[i] || y[i] != wantY[i] {
				t.Fatalf("%d elements, at %d: %v and %v, want %v and %v", n, i, x[i], y[i], wantX[i], wantY[i])
			}
		}
	}
}

// BenchmarkLevel1 has what is ours beside gonum's: where elements lie side by side, and in
// columns of a matrix.
func BenchmarkLevel1(b *testing.B) {
	ours := New(kernels.Default(), 1)
	for _, n := range []int{8, 16, 32, 64, 100, 200, 1000, 100000} {
		rng := rand.New(rand.NewPCG(1, 2))
		for _, inc := range []int{1, 101} {
			x, y := random[float64](rng, n*inc), random[float64](rng, n)
			run := func(name string, f func(im blas.Float64)) {
				b.Run(fmt.Sprintf("%s/%d/%d", name, inc, n), func(b *testing.B) { against(b, f, ours) })
			}
			run("Iamax", func(im blas.Float64) { im.Idamax(n, x, inc) })
			run("Asum", func(im blas.Float64) { im.Dasum(n, x, inc) })
			run("Nrm2", func(im blas.Float64) { im.Dnrm2(n, x, inc) })
			run("Dot", func(im blas.Float64) { im.Ddot(n, x, inc, y, 1) })
			if inc == 1 {
				run("Swap", func(im blas.Float64) { im.Dswap(n, x, 1, y, 1) })
			}
		}
	}
}
