package lapack

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
)

// Dgecon is gonum's: see [gonum.Implementation.Dgecon]. Its triangular systems are solved by
// the BLAS, unless a result overflows.
func (impl Implementation) Dgecon(norm lapack.MatrixNorm, n int, a []float64, lda int, anorm float64, work []float64, iwork []int) float64 {
	if n >= leastOrder && lda >= n && len(a) >= (n-1)*lda+n && (norm == lapack.MaxColumnSum || norm == lapack.MaxRowSum) {
		lower := blas64.Triangular{Uplo: blas.Lower, Diag: blas.Unit, N: n, Stride: lda, Data: a}
		upper := blas64.Triangular{Uplo: blas.Upper, Diag: blas.NonUnit, N: n, Stride: lda, Data: a}
		solve := func(x blas64.Vector, transposed bool) {
			if transposed != (norm == lapack.MaxRowSum) {
				blas64.Trsv(blas.Trans, upper, x)
				blas64.Trsv(blas.Trans, lower, x)
			} else {
				blas64.Trsv(blas.NoTrans, lower, x)
				blas64.Trsv(blas.NoTrans, upper, x)
			}
		}
		if rcond, ok := condition(n, anorm, work, iwork, 4, solve); ok {
			return rcond
		}
	}
	return impl.Implementation.Dgecon(norm, n, a, lda, anorm, work, iwork)
}

// Dpocon is gonum's: see [gonum.Implementation.Dpocon]. Its triangular systems are solved by
// the BLAS, unless a result overflows.
func (impl Implementation) Dpocon(uplo blas.Uplo, n int, a []float64, lda int, anorm float64, work []float64, iwork []int) float64 {
	if n >= leastOrder && lda >= n && len(a) >= (n-1)*lda+n && (uplo == blas.Upper || uplo == blas.Lower) {
		t := blas64.Triangular{Uplo: uplo, Diag: blas.NonUnit, N: n, Stride: lda, Data: a}
		first, second := blas.NoTrans, blas.Trans
		if uplo == blas.Upper {
			first, second = second, first
		}
		solve := func(x blas64.Vector, _ bool) {
			blas64.Trsv(first, t, x)
			blas64.Trsv(second, t, x)
		}
		if rcond, ok := condition(n, anorm, work, iwork, 3, solve); ok {
			return rcond
		}
	}
	return impl.Implementation.Dpocon(uplo, n, a, lda, anorm, work, iwork)
}

// condition estimates 1/(anorm·‖A⁻¹‖₁), where solve replaces x by A⁻¹·x, or A⁻ᵀ·x (N. Higham,
// "FORTRAN codes for estimating the one-norm", 1988). It does not where a number is not
// finite, or an argument is wrong; work has to have so many vectors.
func condition(n int, anorm float64, work []float64, iwork []int, vectors int, solve func(x blas64.Vector, transposed bool)) (rcond float64, ok bool) {
	if !(0 < anorm && anorm <= math.MaxFloat64) || len(work) < vectors*n || len(iwork) < n {
		return 0, false
	}
	x := blas64.Vector{N: n, Inc: 1, Data: work[:n]}
	var isave [3]int
	inverse, kase := 0.0, 0
	for {
		inverse, kase = lib.Dlacn2(n, work[n:], work, iwork, inverse, kase, &isave)
		if kase == 0 {
			return 1 / inverse / anorm, inverse > 0
		}
		solve(x, kase == 2)
		if !(blas64.Asum(x) <= math.MaxFloat64) {
			return 0, false
		}
	}
}

// Dlansy is gonum's: see [gonum.Implementation.Dlansy]. Its sums are of rows as they lie in
// memory.
func (impl Implementation) Dlansy(norm lapack.MatrixNorm, uplo blas.Uplo, n int, a []float64, lda int, work []float64) float64 {
	if n < leastOrder || lda < n || len(a) < (n-1)*lda+n || len(work) < n ||
		norm != lapack.MaxColumnSum && norm != lapack.MaxRowSum || uplo != blas.Upper && uplo != blas.Lower {
		return impl.Implementation.Dlansy(norm, uplo, n, a, lda, work)
	}
	sums := work[:n]
	clear(sums)
	for i := range n {
		row, to := a[i*lda:][:i], sums[:i] // beside the diagonal
		if uplo == blas.Upper {
			row, to = a[i*lda+i+1:i*lda+n], sums[i+1:]
		}
		own := math.Abs(a[i*lda+i])
		for j, v := range row {
			v = math.Abs(v)
			own += v
			to[j] += v
		}
		sums[i] += own
	}
	most := 0.0
	for _, v := range sums {
		if !(v <= most) { // NaN stays
			most = v
		}
		if most != most {
			break
		}
	}
	return most
}
