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

// Triangles up to these orders are left to gonum, or made of transposed strips:
// BenchmarkLevel3 measures it.
const (
	triangleBlock = 8  // of a B whose rows are long
	slimBlock     = 32 // of one of less than slim columns
	slim          = 24
	acrossBlock   = 32 // of a B that is transposed
)

// blockOf is that of a B of n columns.
func (b view[T]) blockOf(n int) int {
	switch {
	case b.transposed:
		return acrossBlock
	case n < slim:
		return slimBlock
	}
	return triangleBlock
}

// A recursion is an operation on a triangle, as it is defined here.
type recursion[T kernels.Float] func(w *worker[T], a triangle[T], m, n int, alpha T, b view[T])

// worthStrips tells whether to transpose m rows of n elements is worth it.
func worthStrips(m, n int) bool { return m >= 12 && m*n >= 512 }

// strip is how many columns of B are transposed at a time.
const strip = 256

// base makes a triangle on the diagonal: gonum does, or f on B in transposed strips.
func (f recursion[T]) base(w *worker[T], theirs triangular[T], a triangle[T], m, n int, alpha T, b view[T]) {
	if !b.transposed || !worthStrips(m, n) {
		theirs.apply(a, m, n, alpha, b)
		return
	}
	for j := 0; j < n; j += strip {
		cols := min(strip, n-j)
		w.block = grow(w.block, m*strip)
		x, part := view[T]{data: w.block, ld: strip}, b.from(0, j)
		x.transposeFrom(part, m, cols)
		f(w, a, m, cols, alpha, x)
		part.t().transposeFrom(x.t(), cols, m)
	}
}

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
func (f triangular[T]) run(p *pool[T], recursive recursion[T], s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T, a []T, lda int, b []T, ldb int) {
	order := orderOf(s, m, n)
	y := view[T]{data: b, ld: ldb, transposed: s == blas.Right}
	if order <= y.blockOf(m+n-order) && !(y.transposed && worthStrips(order, m+n-order)) {
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

	if alpha == 0 {
		view[T]{data: b, ld: ldb}.scale(m, n, 0)
		return
	}
	x := newTriangle(ul, tA, d, a, lda)
	if s == blas.Right { // Bᵀ, and Aᵀ on the left
		x.view, x.upper, m, n = x.t(), !x.upper, n, m
	}
	w := p.get()
	recursive(w, x, m, n, alpha, y)
	p.put(w)
}
