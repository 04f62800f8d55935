package blas

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/lanewise/lanewise/kernels"
)

// TestPanicsAsGonum draws arguments, of which some are wrong, and wants the panics of
// gonum, for sizes that are ours and such as are not.
func TestPanicsAsGonum(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	ours := New(kernels.Default(), 1)
	some := func(right ...int) int { // or a little less
		return right[rng.IntN(len(right))] - rng.IntN(8)/7
	}
	memory := make([]float64, 1<<17)
	slice := func(n int) []float64 {
		n = max(0, n-rng.IntN(10)/9)
		return memory[:n:n]
	}
	calls := 5000
	if testing.Short() {
		calls = 500
	}
	panics := 0
	for range calls {
		tA, tB := some('N', 'T', 'C'), some('N', 'T')
		ul, s, d := blas.Uplo(some('U', 'L')), blas.Side(some('L', 'R')), blas.Diag(some('U', 'N'))
		m, n, k := some(0, 1, 9, 70, 210), some(0, 1, 5, 100, 200), some(0, 1, 7, 50)
		lda, incX, incY := some(1, 5, 60, 210, 211), some(1, 1, 2, -1), some(1, 1, 2, -1)
		ldb, ldc := some(210, 211, 60, 1), some(210, 211, 60, 1)
		ta, tb := blas.Transpose(tA), blas.Transpose(tB)
		a, b := slice(max(m, n)*lda), slice(max(m, n, k)*ldb)
		c := make([]float64, max(0, max(m, n)*ldc-rng.IntN(10)/9))
		x, y := slice(200*max(incX, -incX)+10), make([]float64, max(0, 200*max(incY, -incY)+10-rng.IntN(6)/5*100))
		for name, f := range map[string]func(im blas.Float64){
			"gemm":  func(im blas.Float64) { im.Dgemm(ta, tb, m, n, k, 1, a, lda, b, ldb, 1, c, ldc) },
			"symm":  func(im blas.Float64) { im.Dsymm(s, ul, m, n, 1, a, lda, b, ldb, 1, c, ldc) },
			"syrk":  func(im blas.Float64) { im.Dsyrk(ul, ta, n, k, 1, a, lda, 1, c, ldc) },
			"syr2k": func(im blas.Float64) { im.Dsyr2k(ul, ta, n, k, 1, a, lda, b, ldb, 1, c, ldc) },
			"trmm":  func(im blas.Float64) { im.Dtrmm(s, ul, ta, d, m, n, 1, a, lda, c, ldc) },
			"trsm":  func(im blas.Float64) { im.Dtrsm(s, ul, ta, d, m, n, 1, a, lda, c, ldc) },
			"gemv":  func(im blas.Float64) { im.Dgemv(ta, m, n, 1, a, lda, x, incX, 1, y, incY) },
			"ger":   func(im blas.Float64) { im.Dger(m, n, 1, x, incX, y, incY, c, ldc) },
			"symv":  func(im blas.Float64) { im.Dsymv(ul, n, 1, a, lda, x, incX, 1, y, incY) },
			"trmv":  func(im blas.Float64) { im.Dtrmv(ul, ta, d, n, a, lda, y, incY) },
			"trsv":  func(im blas.Float64) { im.Dtrsv(ul, ta, d, n, a, lda, y, incY) },
			"iamax": func(im blas.Float64) { im.Idamax(n, x, incX) },
		} {
			want := panicOf(func() { f(gonum.Implementation{}) })
			if got := panicOf(func() { f(ours) }); got != want {
				t.Fatalf("%s panics with %q, gonum with %q: %s", name, got, want, fmt.Sprint(
					" transpositions ", tA, tB, " triangle ", ul, " side ", s, " diagonal ", d, " m n k ", m, n, k,
					" lda ldb ldc ", lda, ldb, ldc, " increments ", incX, incY, " lengths ", len(a), len(b), len(c), len(x), len(y)))
			}
			if want != "" {
				panics++
			}
		}
	}
	if panics < calls || panics > 11*calls {
		t.Errorf("%d panics of %d calls", panics, 12*calls)
	}
}
