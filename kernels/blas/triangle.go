package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// A triangle is a triangular matrix as a product or a solution sees it.
type triangle[T kernels.Float] struct {
	view[T]
	upper, unit bool
}

func newTriangle[T kernels.Float](ul blas.Uplo, tA blas.Transpose, d blas.Diag, a []T, lda int) triangle[T] {
	x := triangle[T]{view: op(tA, a, lda), unit: d == blas.Unit}
	x.upper = (ul == blas.Upper) != x.transposed
	return x
}

// flags are what the BLAS calls it.
func (a triangle[T]) flags() (ul blas.Uplo, tA blas.Transpose, d blas.Diag) {
	ul, tA, d = blas.Lower, blas.NoTrans, blas.NonUnit
	if a.upper != a.transposed {
		ul = blas.Upper
	}
	if a.transposed {
		tA = blas.Trans
	}
	if a.unit {
		d = blas.Unit
	}
	return ul, tA, d
}

// from is the triangle from element i of the diagonal on.
func (a triangle[T]) from(i int) triangle[T] {
	a.view = a.view.from(i, i)
	return a
}

// beside is the rectangle between the triangles that begin at 0 and at h: above the
// second one or below the first one.
func (a triangle[T]) beside(h int) view[T] {
	if a.upper {
		return a.view.from(0, h)
	}
	return a.view.from(h, 0)
}

// triangleBlock is the order of the triangles that are left to gonum.
const triangleBlock = 32

// A triangular operation is Trmm or Trsm of gonum.
type triangular[T kernels.Float] func(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int)

// apply has gonum make m rows of n elements of B.
func (f triangular[T]) apply(a triangle[T], m, n int, alpha T, b view[T]) {
	s := blas.Left
	if b.transposed { // Bᵀ, and Aᵀ on the right
		s, m, n = blas.Right, n, m
		a.view, a.upper = a.t(), !a.upper
	}
	ul, tA, d := a.flags()
	f(s, ul, tA, d, m, n, alpha, a.data, a.ld, b.data, b.ld)
}

// run is the operation of BLAS: by gonum where it is small, by recursion where not.
func (f triangular[T]) run(p *pool[T], recursive func(w *worker[T], a triangle[T], m, n int, alpha T, b view[T]),
	s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	order := orderOf(s, m, n)
	if order <= triangleBlock {
		f(s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
		return
	}
	checkSide(s)
	checkUplo(ul)
	checkTranspose(tA)
	check(d == blas.NonUnit || d == blas.Unit, badDiag)
	check(m >= 0, negativeM)
	check(n >= 0, negativeN)
	check(lda >= max(1, order), badLdA)
	check(ldb >= max(1, n), badLdB)
	if m == 0 || n == 0 {
		return
	}
	if alpha != 0 {
		checkLength(len(a), order, order, lda, shortA)
	}
	checkLength(len(b), m, n, ldb, shortB)

	y := view[T]{data: b, ld: ldb}
	if alpha == 0 {
		y.scale(m, n, 0)
		return
	}
	x := newTriangle(ul, tA, d, a, lda)
	if s == blas.Right { // Bᵀ, and Aᵀ on the left
		x.view, x.upper, y, m, n = x.t(), !x.upper, y.t(), n, m
	}
	w := p.get()
	recursive(w, x, m, n, alpha, y)
	p.put(w)
}
