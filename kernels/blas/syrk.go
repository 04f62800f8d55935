package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// Ssyrk computes one triangle of C = alpha·A·Aᵀ + beta·C, or of Aᵀ·A.
func (im *Implementation) Ssyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int, beta float32, c []float32, ldc int) {
	if few(n, n, k, small) && !readsC(ul, tA, beta) {
		im.Implementation.Ssyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	syrk(&im.single, ul, tA, n, k, alpha, a, lda, nil, 0, false, beta, c, ldc)
}

// Dsyrk is Ssyrk in float64.
func (im *Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, beta float64, c []float64, ldc int) {
	if few(n, n, k, small) && !readsC(ul, tA, beta) {
		im.Implementation.Dsyrk(ul, tA, n, k, alpha, a, lda, beta, c, ldc)
		return
	}
	syrk(&im.double, ul, tA, n, k, alpha, a, lda, nil, 0, false, beta, c, ldc)
}

// Ssyr2k computes one triangle of C = alpha·A·Bᵀ + alpha·B·Aᵀ + beta·C, or of
// alpha·Aᵀ·B + alpha·Bᵀ·A + beta·C.
func (im *Implementation) Ssyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	if few(n, n, k, small) {
		im.Implementation.Ssyr2k(ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	syrk(&im.single, ul, tA, n, k, alpha, a, lda, b, ldb, true, beta, c, ldc)
}

// Dsyr2k is Ssyr2k in float64.
func (im *Implementation) Dsyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	if few(n, n, k, small) {
		im.Implementation.Dsyr2k(ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	syrk(&im.double, ul, tA, n, k, alpha, a, lda, b, ldb, true, beta, c, ldc)
}

// readsC tells whether gonum's Syrk reads C though beta is 0.
func readsC[T kernels.Float](ul blas.Uplo, tA blas.Transpose, beta T) bool {
	return beta == 0 && ul == blas.Lower && tA != blas.NoTrans
}

// syrk has two products, or one without B.
func syrk[T kernels.Float](p *pool[T], ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, two bool, beta T, c []T, ldc int) {
	checkUplo(ul)
	checkTranspose(tA)
	check(n >= 0, negativeN)
	check(k >= 0, negativeK)
	rows, cols := stored(tA, n, k)
	check(lda >= max(1, cols), badLdA)
	check(!two || ldb >= max(1, cols), badLdB)
	check(ldc >= max(1, n), badLdC)
	if n == 0 {
		return
	}
	if alpha != 0 && k > 0 {
		checkLength(len(a), rows, cols, lda, shortA)
		if two {
			checkLength(len(b), rows, cols, ldb, shortB)
		}
	}
	checkLength(len(c), n, n, ldc, shortC)

	u := update[T]{k: k, alpha: alpha, beta: beta, two: two}
	x, z := op(tA, a, lda), lower(ul, c, ldc)
	y := x
	if two {
		y = op(tA, b, ldb)
	}
	if alpha == 0 || k == 0 {
		z.scaleLower(n, beta)
		return
	}
	w := p.get()
	w.update(&u, z, n, x, y)
	p.put(w)
}

// An update of a symmetric matrix: A·Bᵀ, and B·Aᵀ too.
type update[T kernels.Float] struct {
	k           int
	alpha, beta T
	two         bool
}

// updateBlock is the order of a block on the diagonal that is computed whole.
const updateBlock = 48

// update makes the lower triangle of C, of order n, from n rows of A and B.
func (w *worker[T]) update(u *update[T], c view[T], n int, a, b view[T]) {
	if n <= updateBlock {
		w.block = grow(w.block, n*n)
		whole := view[T]{data: w.block, ld: n}
		if u.beta != 0 {
			whole.copyLower(c, n)
		}
		w.products(u, whole, n, n, a, b, a, b)
		c.copyLower(whole, n)
		return
	}
	h := half(n, updateBlock)
	w.update(u, c, h, a, b)
	a2, b2 := a.from(h, 0), b.from(h, 0)
	w.products(u, c.from(h, 0), n-h, h, a2, b2, a, b)
	w.update(u, c.from(h, h), n-h, a2, b2)
}

// products makes all of m×n elements of C, from m rows a and b and n rows a2 and b2.
func (w *worker[T]) products(u *update[T], c view[T], m, n int, a, b, a2, b2 view[T]) {
	w.multiply(c, m, n, u.k, u.alpha, a, b2.t(), u.beta)
	if u.two {
		w.multiply(c, m, n, u.k, u.alpha, b, a2.t(), 1)
	}
}

// scaleLower multiplies the lower triangle by s, where 0 clears.
func (v view[T]) scaleLower(n int, s T) {
	for i := range n {
		if v.transposed {
			v.from(i, i).scale(n-i, 1, s)
		} else {
			v.from(i, 0).scale(1, i+1, s)
		}
	}
}
