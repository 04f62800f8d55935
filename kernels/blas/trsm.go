package blas

import "gonum.org/v1/gonum/blas"

// Strsm solves op(A)·X = alpha·B, or X·op(A) = alpha·B on the right side, for X, which
// takes the place of B. A is triangular and is not checked for being singular.
func (im *Implementation) Strsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int) {
	if max(m, n) <= triangleBlock {
		im.Implementation.Strsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	im.single.theirs.trsm.run(&im.single, (*worker[float32]).solve, s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Dtrsm is Strsm in float64.
func (im *Implementation) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int) {
	if max(m, n) <= triangleBlock {
		im.Implementation.Dtrsm(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	im.double.theirs.trsm.run(&im.double, (*worker[float64]).solve, s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// solve makes B = alpha·A⁻¹·B, the part first that does not need the other.
func (w *worker[T]) solve(a triangle[T], m, n int, alpha T, b view[T]) {
	block := b.blockOf(n)
	if m <= block {
		recursion[T]((*worker[T]).solve).base(w, w.pool.theirs.trsm, a, m, n, alpha, b)
		return
	}
	h := half(m, block)
	a2, b2 := a.from(h), b.from(h, 0)
	if a.upper {
		w.solve(a2, m-h, n, alpha, b2)
		w.multiply(b, h, n, m-h, -1, a.beside(h), b2, alpha)
		w.solve(a, h, n, 1, b)
		return
	}
	w.solve(a, h, n, alpha, b)
	w.multiply(b2, m-h, n, h, -1, a.beside(h), b, alpha)
	w.solve(a2, m-h, n, 1, b2)
}
