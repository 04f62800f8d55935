package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// Of level 2, what is small goes to gonum, as does what is to panic. Else vectors are
// copied, so that their elements lie side by side, as gonum is fast and the kernels want
// them.

// Sgemv computes y = alpha·op(A)·x + beta·y.
func (im *Implementation) Sgemv(tA blas.Transpose, m, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	if plain(tA, n, incX, incY) || !gemv(&im.single, tA, m, n, alpha, a, lda, x, incX, beta, y, incY) {
		im.Implementation.Sgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

// Dgemv is Sgemv in float64.
func (im *Implementation) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if plain(tA, n, incX, incY) || !gemv(&im.double, tA, m, n, alpha, a, lda, x, incX, beta, y, incY) {
		im.Implementation.Dgemv(tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

// plain tells whether gonum's product has vectors that lie as it is fast with, and the
// kernels are not faster.
func plain(tA blas.Transpose, n, incX, incY int) bool {
	if tA == blas.NoTrans {
		return incX == 1
	}
	return incY == 1 && n < rowLength
}

// gemv tells whether it has done it.
func gemv[T kernels.Float](p *pool[T], tA blas.Transpose, m, n int, alpha T, a []T, lda int, xs []T, incX int, beta T, ys []T, incY int) bool {
	byKernel := tA != blas.NoTrans && worthRows(m, n)
	if !byKernel && (plain(tA, 0, incX, incY) || !worthCopying(m, n)) || alpha == 0 || !known(tA) {
		return false
	}
	rows, cols := stored(tA, m, n)
	x, y := vector[T]{xs, cols, incX}, vector[T]{ys, rows, incY}
	if min(m, n) <= 0 || !inMemory(len(a), m, n, lda) || !x.fits() || !y.fits() {
		return false
	}
	w := p.get()
	w.x, w.y = grow(w.x, cols), grow(w.y, rows)
	if beta != 0 {
		y.copyTo(w.y, 1)
	}
	x.copyTo(w.x, 1)
	w.addProduct(w.y, alpha, op(tA, a, lda), w.x, beta)
	y.copyFrom(w.y)
	p.put(w)
	return true
}

// rowLength is that of a row that the kernels multiply sooner than gonum.
const rowLength = 96

// worthRows tells whether a row times an m×n matrix is made sooner by the kernels, and
// worthCopying whether gonum's product gains by vectors that lie side by side.
// BenchmarkLevel2 measures both.
func worthRows(m, n int) bool    { return m >= 3 && n >= rowLength && m*n >= 6000 }
func worthCopying(m, n int) bool { return m*n >= 128 && min(m, n) >= 4 }

// addProduct is y = alpha·A·x + beta·y. If rows of A run along y, it is the chains of
// [kernels.Engine.Gemm], of alpha·x, rounded, and A.
func (w *worker[T]) addProduct(y []T, alpha T, a view[T], x []T, beta T) {
	m, n, t := len(y), len(x), blas.NoTrans
	if a.transposed {
		if worthRows(n, m) {
			if alpha != 1 {
				w.scaled = grow(w.scaled, n)
				for i, v := range x {
					w.scaled[i] = alpha * v
				}
				x = w.scaled
			}
			w.gemm(row(y), 1, row(x), a.t().matrix(n, m), beta, nil)
			return
		}
		m, n, t = n, m, blas.Trans
	}
	w.pool.theirs.gemv(t, m, n, alpha, a.data, a.ld, x, 1, beta, y, 1)
}
