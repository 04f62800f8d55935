package lapack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/testlapack"
)

func TestDgecon(t *testing.T) { testlapack.DgeconTest(t, Implementation{}) }
func TestDpocon(t *testing.T) { testlapack.DpoconTest(t, Implementation{}) }
func TestDlansy(t *testing.T) { testlapack.DlansyTest(t, Implementation{}) }

// TestConditions are gonum's, but for roundings, of matrices of all kinds: also of those that are
// singular, or whose solutions overflow.
func TestConditions(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	near := func(name string, got, want float64) {
		t.Helper()
		if !(math.Abs(got-want) <= 1e-6*want) && !(got < 1e-14 && want < 1e-14) && !(got != got && want != want) {
			t.Errorf("%s: %g, and %g by gonum", name, got, want)
		}
	}
	for _, n := range []int{64, 71, 150} {
		all := shapes(rng, n, n)
		overflows := general(n, n)
		for i := range n {
			overflows.Data[i*n+i] = 1
			for j := range i {
				overflows.Data[i*n+j] = -0x1p30
			}
		}
		all["overflows"] = overflows
		for name, a := range all {
			work, iwork := make([]float64, 4*n), make([]int, n)
			for _, norm := range []lapack.MatrixNorm{lapack.MaxColumnSum, lapack.MaxRowSum} {
				name := fmt.Sprintf("%d, %s, %c", n, name, norm)
				lu := blas64.General{Rows: n, Cols: n, Stride: n, Data: transposedTwice(a)}
				size := lib.Dlange(norm, n, n, a.Data, n, work)
				lib.Dgetrf(n, n, lu.Data, n, make([]int, n))
				near(name, Implementation{}.Dgecon(norm, n, lu.Data, n, size, work, iwork), lib.Dgecon(norm, n, lu.Data, n, size, work, iwork))
				for _, uplo := range []blas.Uplo{blas.Upper, blas.Lower} {
					got := Implementation{}.Dlansy(norm, uplo, n, a.Data, n, work)
					if want := lib.Dlansy(norm, uplo, n, a.Data, n, work); !(math.Abs(got-want) <= 1e-14*want) {
						t.Errorf("%s, %c: norm %g, and %g by gonum", name, uplo, got, want)
					}
				}
			}
			square := general(n, n)
			blas64.Gemm(blas.NoTrans, blas.Trans, 1, a, a, 0, square)
			for _, uplo := range []blas.Uplo{blas.Upper, blas.Lower} {
				c := transposedTwice(square)
				size := lib.Dlansy(lapack.MaxColumnSum, uplo, n, c, n, work)
				lib.Dpotrf(uplo, n, c, n) // or a part of it, where it is not definite
				near(fmt.Sprintf("%d, %s, %c", n, name, uplo), Implementation{}.Dpocon(uplo, n, c, n, size, work, iwork), lib.Dpocon(uplo, n, c, n, size, work, iwork))
			}
		}
	}
	a := general(70, 70)
	a.Data[69*70+3] = math.NaN()
	if got := (Implementation{}).Dlansy(lapack.MaxColumnSum, blas.Lower, 70, a.Data, 70, make([]float64, 70)); got == got {
		t.Errorf("the norm of NaN is %g", got)
	}
}
