package blas

import "gonum.org/v1/gonum/blas"

// Strmm computes B = alpha·op(A)·B, or alpha·B·op(A) on the right side, where A is
// triangular.
func (im *Implementation) Strmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int) {
	if max(m, n) <= triangleBlock {
		im.Implementation.Strmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	im.single.theirs.trmm.run(&im.single, (*worker[float32]).multiplyTriangle, s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Dtrmm is Strmm in float64.
func (im *Implementation) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if max(m, n) <= triangleBlock {
		im.Implementation.Dtrmm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	im.double.theirs.trmm.run(&im.double, (*worker[float64]).multiplyTriangle, s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// multiplyTriangle makes B = alpha·A·B, the part first that the other does not need.
func (w *worker[T]) multiplyTriangle(a triangle[T], m, n int, alpha T, b view[T]) {
	block := b.blockOf(n)
	if m <= block {
		recursion[T]((*worker[T]).multiplyTriangle).base(w, w.pool.theirs.trmm, a, m, n, alpha, b)
		return
	}
	h := half(m, block)
	a2, b2 := a.from(h), b.from(h, 0)
	if a.upper {
		w.multiplyTriangle(a, h, n, alpha, b)
		w.multiply(b, h, n, m-h, alpha, a.beside(h), b2, 1)
		w.multiplyTriangle(a2, m-h, n, alpha, b2)
		return
	}
	w.multiplyTriangle(a2, m-h, n, alpha, b2)
	w.multiply(b2, m-h, n, h, alpha, a.beside(h), b, 1)
	w.multiplyTriangle(a, h, n, alpha, b)
}
