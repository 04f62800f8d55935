package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// Ssymm computes C = alpha·A·B + beta·C, or with B·A on the right side, where A is
// symmetric and only one triangle of it is read.
func (im *Implementation) Ssymm(s blas.Side, ul blas.Uplo, m, n int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if few(m, n, max(m, n), small) {
		im.Implementation.Ssymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	symm(&im.single, s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dsymm is Ssymm in float64.
func (im *Implementation) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if few(m, n, max(m, n), small) {
		im.Implementation.Dsymm(s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	symm(&im.double, s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

func symm[T kernels.Float](p *pool[T], s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	checkSide(s)
	checkUplo(ul)
	check(m >= 0, negativeM)
	check(n >= 0, negativeN)
	order := orderOf(s, m, n)
	check(lda >= max(1, order), badLdA)
	check(ldb >= max(1, n), badLdB)
	check(ldc >= max(1, n), badLdC)
	if m == 0 || n == 0 {
		return
	}
	if alpha != 0 {
		checkLength(len(a), order, order, lda, shortA)
		checkLength(len(b), m, n, ldb, shortB)
	}
	checkLength(len(c), m, n, ldc, shortC)

	x, y, z := lower(ul, a, lda), view[T]{data: b, ld: ldb}, view[T]{data: c, ld: ldc}
	if alpha == 0 {
		z.scale(m, n, beta)
		return
	}
	if s == blas.Right { // Cᵀ = alpha·A·Bᵀ + beta·Cᵀ
		y, z, m, n = y.t(), z.t(), n, m
	}
	w := p.get()
	w.symmetric(z, m, n, alpha, x, y, beta)
	p.put(w)
}

// small is how many multiply-adds gonum's symmetric operations make sooner than ours:
// BenchmarkLevel3 measures it.
const small = 1024

// symmetricBlock is the order of a symmetric block that is copied to be whole.
const symmetricBlock = 64

// symmetric makes the m×n C = alpha·A·B + beta·C, of the lower triangle of A.
func (w *worker[T]) symmetric(c view[T], m, n int, alpha T, a, b view[T], beta T) {
	if m <= symmetricBlock {
		w.block = grow(w.block, m*m)
		whole := view[T]{data: w.block, ld: m}
		whole.copyLower(a, m)
		whole.t().copyLower(a, m)
		w.multiply(c, m, n, m, alpha, whole, b, beta)
		return
	}
	h := half(m, symmetricBlock)
	below, c2, b2 := a.from(h, 0), c.from(h, 0), b.from(h, 0)
	w.symmetric(c, h, n, alpha, a, b, beta)
	w.multiply(c, h, n, m-h, alpha, below.t(), b2, 1)
	w.symmetric(c2, m-h, n, alpha, a.from(h, h), b2, beta)
	w.multiply(c2, m-h, n, h, alpha, below, b, 1)
}

// half is about the half of n, in whole blocks.
func half(n, block int) int { return (n/2 + block - 1) / block * block }
