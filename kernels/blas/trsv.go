package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// Dtrmv computes x = op(A)·x, where A is triangular. gonum's Strmv is fast.
func (im *Implementation) Dtrmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int, x []float64, incX int) {
	if n <= mostTrmv || !im.double.runVector((*worker[float64]).multiplyVector, ul, tA, d, n, a, lda, x, incX) {
		im.Implementation.Dtrmv(ul, tA, d, n, a, lda, x, incX)
	}
}

// Strsv solves op(A)·y = x for y, which takes the place of x. A is triangular and is not
// checked for being singular.
func (im *Implementation) Strsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float32, lda int, x []float32, incX int) {
	if n <= mostTrsv || !im.single.runVector((*worker[float32]).solveVector, ul, tA, d, n, a, lda, x, incX) {
		im.Implementation.Strsv(ul, tA, d, n, a, lda, x, incX)
	}
}

// Dtrsv is Strsv in float64.
func (im *Implementation) Dtrsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int, x []float64, incX int) {
	if n <= mostTrsv || !im.double.runVector((*worker[float64]).solveVector, ul, tA, d, n, a, lda, x, incX) {
		im.Implementation.Dtrsv(ul, tA, d, n, a, lda, x, incX)
	}
}

// A triangularVector is Trmv or Trsv of gonum.
type triangularVector[T kernels.Float] func(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []T, lda int, x []T, incX int)

// apply has gonum make x.
func (f triangularVector[T]) apply(a triangle[T], x []T) {
	ul, tA, d := a.flags()
	f(ul, tA, d, len(x), a.data, a.ld, x, 1)
}

// Up to these orders gonum's operations are sooner: BenchmarkLevel2 measures it.
const (
	mostTrmv  = 192
	mostTrsv  = 48
	trmvBlock = 128 // the order of the triangles that are left to gonum's Trmv
)

// runVector tells whether it has done the operation of BLAS, by recursion.
func (p *pool[T]) runVector(recursive func(w *worker[T], a triangle[T], x []T), ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []T, lda int, xs []T, incX int) bool {
	x := vector[T]{xs, n, incX}
	if ul != blas.Lower && ul != blas.Upper || !known(tA) || d != blas.Unit && d != blas.NonUnit || !inMemory(len(a), n, n, lda) || !x.fits() {
		return false
	}
	w := p.get()
	w.x = grow(w.x, n)
	x.copyTo(w.x, 1)
	recursive(w, newTriangle(ul, tA, d, a, lda), w.x)
	x.copyFrom(w.x)
	p.put(w)
	return true
}

// multiplyVector makes x = A·x, the part first that the other does not need.
func (w *worker[T]) multiplyVector(a triangle[T], x []T) {
	n := len(x)
	if n <= trmvBlock {
		w.pool.theirs.trmv.apply(a, x)
		return
	}
	h := half(n, trmvBlock)
	if a.upper {
		w.multiplyVector(a, x[:h])
		w.addProduct(x[:h], 1, a.beside(h), x[h:], 1)
		w.multiplyVector(a.from(h), x[h:])
		return
	}
	w.multiplyVector(a.from(h), x[h:])
	w.addProduct(x[h:], 1, a.beside(h), x[:h], 1)
	w.multiplyVector(a, x[:h])
}

// solveVector makes x = A⁻¹·x, the part first that does not need the other.
func (w *worker[T]) solveVector(a triangle[T], x []T) {
	n := len(x)
	if n <= vectorBlock {
		w.pool.theirs.trsv.apply(a, x)
		return
	}
	h := half(n, vectorBlock)
	if a.upper {
		w.solveVector(a.from(h), x[h:])
		w.addProduct(x[:h], -1, a.beside(h), x[h:], 1)
		w.solveVector(a, x[:h])
		return
	}
	w.solveVector(a, x[:h])
	w.addProduct(x[h:], -1, a.beside(h), x[:h], 1)
	w.solveVector(a.from(h), x[h:])
}
