package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// Sgemm computes C = alpha·op(A)·op(B) + beta·C, as [kernels.Engine.Gemm] defines it.
func (im *Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	gemm(&im.single, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dgemm computes C = alpha·op(A)·op(B) + beta·C, as [kernels.Engine.Gemm64] defines it.
func (im *Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	gemm(&im.double, tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

func gemm[T kernels.Float](p *pool[T], tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	checkTranspose(tA)
	checkTranspose(tB)
	check(m >= 0, negativeM)
	check(n >= 0, negativeN)
	check(k >= 0, negativeK)
	rowsA, colsA := stored(tA, m, k)
	rowsB, colsB := stored(tB, k, n)
	check(lda >= max(1, colsA), badLdA)
	check(ldb >= max(1, colsB), badLdB)
	check(ldc >= max(1, n), badLdC)
	if m == 0 || n == 0 {
		return
	}
	if alpha != 0 && k > 0 {
		checkLength(len(a), rowsA, colsA, lda, shortA)
		checkLength(len(b), rowsB, colsB, ldb, shortB)
	}
	checkLength(len(c), m, n, ldc, shortC)

	x, y, z := op(tA, a, lda), op(tB, b, ldb), view[T]{data: c, ld: ldc}
	if multiplyTiny(z, m, n, k, alpha, x, y, beta) {
		return
	}
	w := p.get()
	w.multiply(z, m, n, k, alpha, x, y, beta)
	p.put(w)
}
