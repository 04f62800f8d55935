package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/lanewise/lanewise/kernels"
)

// TestConcurrent has many goroutines in one implementation, which agree.
func TestConcurrent(t *testing.T) {
	im := New(kernels.Default(), 2)
	const n = 70
	rng := rand.New(rand.NewPCG(1, 2))
	a, b := random[float64](rng, n*n), random[float64](rng, n*n)
	for i := range n {
		a[i*n+i] += n
	}
	run := func() []float64 {
		c := append([]float64(nil), b...)
		im.Dtrsm(blas.Left, blas.Lower, blas.NoTrans, blas.NonUnit, n, n, 1, a, n, c, n)
		d := make([]float64, n*n)
		im.Dgemm(blas.NoTrans, blas.Trans, n, n, n, 1, c, n, b, n, 0, d, n)
		im.Dsyrk(blas.Upper, blas.Trans, n, n, 1, c, n, 1, d, n)
		return d
	}
	want := run()
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 10 {
				for i, x := range run() {
					if x != want[i] {
						t.Errorf("element %d: %v, want %v", i, x, want[i])
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestSameBits has every set and number of threads agree.
func TestSameBits(t *testing.T) {
	const m, n = 83, 131
	var want []float64
	for _, set := range kernels.Sets() {
		for _, threads := range []int{1, 2, 7} {
			im := New(set, threads)
			rng := rand.New(rand.NewPCG(3, 4))
			a, b, c := random[float64](rng, n*n), random[float64](rng, m*n), random[float64](rng, m*n)
			for i := range n {
				a[i*n+i] += n
			}
			im.Dsymm(blas.Right, blas.Upper, m, n, 1.1, a, n, b, n, 0.3, c, n)
			im.Dtrmm(blas.Right, blas.Lower, blas.Trans, blas.NonUnit, m, n, 0.7, a, n, c, n)
			im.Dtrsm(blas.Left, blas.Upper, blas.NoTrans, blas.NonUnit, m, n, 1, a, n, c, n)
			im.Dsyr2k(blas.Lower, blas.Trans, n, m, 1, b, n, c, n, 1, a, n)
			got := append(a, c...)
			got = append(got, level2Results(im)...)
			if want == nil {
				want = got
			}
			for i := range got {
				if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
					t.Fatalf("%s, %d threads: element %d is %v, want %v", set.Name(), threads, i, got[i], want[i])
				}
			}
		}
	}
}

// level2Results are those of operations of level 2, large enough to be ours.
func level2Results(im *Implementation) []float64 {
	const n = 230
	rng := rand.New(rand.NewPCG(13, 14))
	a, x := random[float64](rng, n*n), random[float64](rng, 4*n)
	for i := range a {
		a[i] /= 4 * n
	}
	for i := range n {
		a[i*n+i] = 1
	}
	y, z, u, v := x[:n:n], x[n:2*n:2*n], x[2*n:3*n:3*n], x[3*n:]
	im.Dgemv(blas.Trans, n, n, 0.7, a, n, y, 1, 0.3, z, 1)
	im.Dgemv(blas.NoTrans, n/2, n/2, 0.7, a, n, z, -2, 1, u, 2)
	im.Dger(n, n, 0.01, u, 1, v, -1, a, n)
	im.Dsymv(blas.Lower, n, 1.2, a, n, y, 1, 0.5, v, 1)
	im.Dtrsv(blas.Upper, blas.NoTrans, blas.NonUnit, n, a, n, v, 1)
	im.Dtrmv(blas.Lower, blas.Trans, blas.NonUnit, n, a, n, z, 1)
	return append(a, x...)
}

func TestPanics(t *testing.T) {
	im := New(kernels.Default(), 1)
	x := make([]float64, 16)
	for _, c := range []struct {
		want string
		f    func(blas.Float64)
	}{
		{badTranspose, func(b blas.Float64) { b.Dgemm('x', blas.NoTrans, 2, 2, 2, 1, x, 2, x, 2, 0, x, 2) }},
		{badTranspose, func(b blas.Float64) { b.Dgemm(blas.NoTrans, 'x', 2, 2, 2, 1, x, 2, x, 2, 0, x, 2) }},
		{negativeM, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, -1, 2, 2, 1, x, 2, x, 2, 0, x, 2) }},
		{negativeN, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, -1, 2, 1, x, 2, x, 2, 0, x, 2) }},
		{negativeK, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, -1, 1, x, 2, x, 2, 0, x, 2) }},
		{badLdA, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, x, 1, x, 2, 0, x, 2) }},
		{badLdB, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, x, 2, x, 1, 0, x, 2) }},
		{badLdC, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, x, 2, x, 2, 0, x, 1) }},
		{shortA, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, x[:3], 2, x, 2, 0, x, 2) }},
		{shortB, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.Trans, 2, 2, 2, 1, x, 2, x[:3], 2, 0, x, 2) }},
		{shortC, func(b blas.Float64) { b.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 1, x, 2, x, 2, 0, x[:3], 2) }},
		{badSide, func(b blas.Float64) { b.Dsymm('x', blas.Upper, 2, 2, 1, x, 2, x, 2, 0, x, 2) }},
		{badUplo, func(b blas.Float64) { b.Dsymm(blas.Left, 'x', 2, 2, 1, x, 2, x, 2, 0, x, 2) }},
		{shortA, func(b blas.Float64) { b.Dsymm(blas.Left, blas.Upper, 2, 2, 1, x[:3], 2, x, 2, 0, x, 2) }},
		{badLdB, func(b blas.Float64) { b.Dsymm(blas.Left, blas.Upper, 2, 2, 1, x, 2, x, 1, 0, x, 2) }},
		{badLdC, func(b blas.Float64) { b.Dsyrk(blas.Upper, blas.Trans, 2, 2, 1, x, 2, 0, x, 1) }},
		{shortA, func(b blas.Float64) { b.Dsyrk(blas.Upper, blas.Trans, 2, 2, 1, x[:3], 2, 0, x, 2) }},
		{negativeK, func(b blas.Float64) { b.Dsyr2k(blas.Upper, blas.Trans, 2, -2, 1, x, 2, x, 2, 0, x, 2) }},
		{shortB, func(b blas.Float64) { b.Dsyr2k(blas.Upper, blas.Trans, 2, 2, 1, x, 2, x[:3], 2, 0, x, 2) }},
		{badDiag, func(b blas.Float64) { b.Dtrmm(blas.Left, blas.Upper, blas.Trans, 'x', 2, 2, 1, x, 2, x, 2) }},
		{badSide, func(b blas.Float64) { b.Dtrmm('x', blas.Upper, blas.Trans, blas.Unit, 2, 2, 1, x, 2, x, 2) }},
		{badLdA, func(b blas.Float64) { b.Dtrsm(blas.Right, blas.Upper, blas.Trans, blas.Unit, 1, 2, 1, x, 1, x, 2) }},
		{shortB, func(b blas.Float64) { b.Dtrsm(blas.Left, blas.Upper, blas.Trans, blas.Unit, 2, 2, 1, x, 2, x[:3], 2) }},
		{"", func(b blas.Float64) { b.Dtrsm(blas.Left, blas.Upper, blas.Trans, blas.Unit, 0, 2, 1, nil, 1, nil, 2) }},
	} {
		if got := panicOf(func() { c.f(im) }); got != c.want {
			t.Errorf("panics with %q, want %q", got, c.want)
		}
		if got := panicOf(func() { c.f(gonum.Implementation{}) }); got != c.want {
			t.Errorf("gonum panics with %q, not %q", got, c.want)
		}
	}
	// Where gonum wants slices that it does not read.
	im.Dgemm(blas.NoTrans, blas.NoTrans, 2, 2, 2, 0, nil, 2, nil, 2, 0, x, 2)
}

func panicOf(f func()) (message string) {
	defer func() {
		if r := recover(); r != nil {
			message = fmt.Sprint(r)
		}
	}()
	f()
	return ""
}

func random[T kernels.Float](rng *rand.Rand, n int) []T {
	x := make([]T, n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

func BenchmarkLevel3(b *testing.B) {
	ours := New(kernels.Default(), 1)
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 12, 16, 32, 64, 100, 500} {
		rng := rand.New(rand.NewPCG(1, 2))
		x, y, z := random[float64](rng, n*n), random[float64](rng, n*n), random[float64](rng, n*n)
		for i := range n { // of triangles that neither grow nor shrink what they meet
			for j := range n {
				x[i*n+j] /= float64(4 * n)
			}
			x[i*n+i] = 1
		}
		for _, op := range []struct {
			name string
			f    func(blas.Float64)
		}{
			{"Gemm", func(im blas.Float64) { im.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x, n, y, n, 0, z, n) }},
			{"GemmNT", func(im blas.Float64) { im.Dgemm(blas.NoTrans, blas.Trans, n, n, n, 1, x, n, y, n, 0, z, n) }},
			{"Symm", func(im blas.Float64) { im.Dsymm(blas.Left, blas.Upper, n, n, 1, x, n, y, n, 0, z, n) }},
			{"SymmR", func(im blas.Float64) { im.Dsymm(blas.Right, blas.Upper, n, n, 1, x, n, y, n, 0, z, n) }},
			{"Syrk", func(im blas.Float64) { im.Dsyrk(blas.Upper, blas.NoTrans, n, n, 1, y, n, 0, z, n) }},
			{"SyrkT", func(im blas.Float64) { im.Dsyrk(blas.Lower, blas.Trans, n, n, 1, y, n, 0, z, n) }},
			{"Syr2k", func(im blas.Float64) { im.Dsyr2k(blas.Lower, blas.NoTrans, n, n, 1, x, n, y, n, 0, z, n) }},
			{"Trmm", func(im blas.Float64) { im.Dtrmm(blas.Left, blas.Upper, blas.NoTrans, blas.Unit, n, n, 1, x, n, y, n) }},
			{"TrmmR", func(im blas.Float64) { im.Dtrmm(blas.Right, blas.Upper, blas.Trans, blas.NonUnit, n, n, 1, x, n, y, n) }},
			{"Trsm", func(im blas.Float64) { im.Dtrsm(blas.Left, blas.Lower, blas.NoTrans, blas.Unit, n, n, 1, x, n, y, n) }},
			{"TrsmR", func(im blas.Float64) {
				im.Dtrsm(blas.Right, blas.Upper, blas.NoTrans, blas.NonUnit, n, n, 1, x, n, y, n)
			}},
			{"TrsmL1", func(im blas.Float64) {
				im.Dtrsm(blas.Left, blas.Lower, blas.NoTrans, blas.NonUnit, n, 1, 1, x, n, y, 1)
			}},
		} {
			b.Run(op.name+"/"+strconv.Itoa(n), func(b *testing.B) { against(b, op.f, ours) })
		}
	}
}
