package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// Ssymv computes y = alpha·A·x + beta·y, where A is symmetric and only one triangle of it
// is read.
func (im *Implementation) Ssymv(ul blas.Uplo, n int, alpha float32, a []float32, lda int, x []float32, incX int, beta float32, y []float32, incY int) {
	if n <= mostSymv || !symv(&im.single, ul, n, alpha, a, lda, x, incX, beta, y, incY) {
		im.Implementation.Ssymv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

// Dsymv is Ssymv in float64.
func (im *Implementation) Dsymv(ul blas.Uplo, n int, alpha float64, a []float64, lda int, x []float64, incX int, beta float64, y []float64, incY int) {
	if n <= mostSymv || !symv(&im.double, ul, n, alpha, a, lda, x, incX, beta, y, incY) {
		im.Implementation.Dsymv(ul, n, alpha, a, lda, x, incX, beta, y, incY)
	}
}

const (
	// mostSymv is the order up to which gonum's Symv is sooner: BenchmarkLevel2
	// measures it.
	mostSymv = 64
	// vectorBlock is the order of the triangles that are left to gonum's operations
	// of level 2.
	vectorBlock = 32
	// stripOfSymmetric is how many elements are read twice at a time.
	stripOfSymmetric = 1 << 15
)

// symv tells whether it has done it.
func symv[T kernels.Float](p *pool[T], ul blas.Uplo, n int, alpha T, a []T, lda int, xs []T, incX int, beta T, ys []T, incY int) bool {
	x, y := vector[T]{xs, n, incX}, vector[T]{ys, n, incY}
	if alpha == 0 || ul != blas.Lower && ul != blas.Upper || !inMemory(len(a), n, n, lda) || !x.fits() || !y.fits() {
		return false
	}
	w := p.get()
	w.x, w.y = grow(w.x, n), grow(w.y, n)
	x.copyTo(w.x, alpha)
	if beta == 0 {
		clear(w.y)
	} else {
		y.copyTo(w.y, beta)
	}
	w.addSymmetric(w.y, lower(ul, a, lda), w.x)
	y.copyFrom(w.y)
	p.put(w)
	return true
}

// addSymmetric is y = A·x + y, of the lower triangle of A. What is beside the triangles on
// the diagonal is read in strips, each of them once for y below and once for y above.
func (w *worker[T]) addSymmetric(y []T, a view[T], x []T) {
	for i, n := 0, len(y); i < n; {
		rows := vectorBlock
		if !a.transposed && i > 0 {
			rows = max(rows, stripOfSymmetric/i/vectorBlock*vectorBlock)
		}
		end := min(i+rows, n)
		if i > 0 {
			strip := a.from(i, 0)
			w.addProduct(y[i:end], 1, strip, x[:i], 1)
			w.addProduct(y[:i], 1, strip.t(), x[i:end], 1)
		}
		for j := i; j < end; j += vectorBlock {
			next := min(j+vectorBlock, end)
			if j > i {
				block := a.from(j, i)
				w.addProduct(y[j:next], 1, block, x[i:j], 1)
				w.addProduct(y[i:j], 1, block.t(), x[j:next], 1)
			}
			at, ul := a.from(j, j), blas.Lower
			if a.transposed {
				ul = blas.Upper
			}
			w.pool.theirs.symv(ul, next-j, 1, at.data, at.ld, x[j:next], 1, 1, y[j:next], 1)
		}
		i = end
	}
}
