package blas

import "github.com/lanewise/lanewise/kernels"

// Sger computes A = alpha·x·yᵀ + A.
func (im *Implementation) Sger(m, n int, alpha float32, x []float32, incX int, y []float32, incY int, a []float32, lda int) {
	if !worthGer(m, n) && min(incX, incY) > 0 || !ger(&im.single, m, n, alpha, x, incX, y, incY, a, lda) {
		im.Implementation.Sger(m, n, alpha, x, incX, y, incY, a, lda)
	}
}

// Dger is Sger in float64.
func (im *Implementation) Dger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int, a []float64, lda int) {
	if !worthGer(m, n) && min(incX, incY) > 0 || !ger(&im.double, m, n, alpha, x, incX, y, incY, a, lda) {
		im.Implementation.Dger(m, n, alpha, x, incX, y, incY, a, lda)
	}
}

// ger tells whether it has done it: as a product of one step, of alpha·x, rounded, and y.
// gonum's is wrong where a vector runs backwards.
func ger[T kernels.Float](p *pool[T], m, n int, alpha T, xs []T, incX int, ys []T, incY int, a []T, lda int) bool {
	x, y := vector[T]{xs, m, incX}, vector[T]{ys, n, incY}
	if alpha == 0 || min(m, n) <= 0 || !inMemory(len(a), m, n, lda) || !x.fits() || !y.fits() {
		return false
	}
	w := p.get()
	w.x, w.y = grow(w.x, m), grow(w.y, n)
	x.copyTo(w.x, alpha)
	y.copyTo(w.y, 1)
	c := kernels.MatrixOf[T]{Data: a, Rows: m, Cols: n, Stride: lda}
	w.gemm(c, 1, kernels.NewMatrix(w.x, m, 1), row(w.y), 1, nil)
	p.put(w)
	return true
}

// worthGer tells whether it is made sooner by the kernels: BenchmarkLevel2 measures it.
func worthGer(m, n int) bool { return n >= rowLength && m*n >= 16000 }
