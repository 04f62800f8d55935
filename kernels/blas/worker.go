package blas

import (
	"sync"

	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// A pool has workers that are idle, and what depends on the element type. To take a
// worker never waits: if there is none it is made.
type pool[T kernels.Float] struct {
	sync.Pool
	theirs theirs[T]
}

// theirs are operations of gonum's.
type theirs[T kernels.Float] struct {
	trmm, trsm triangular[T]
	trmv, trsv triangularVector[T]
	gemv       func(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	symv       func(ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
}

func (p *pool[T]) init(gemm func() gemmFunc[T]) {
	p.New = func() any { return &worker[T]{pool: p, gemm: gemm()} }
	p.put(p.get()) // panics here, if at all
}

func (p *pool[T]) get() *worker[T]  { return p.Get().(*worker[T]) }
func (p *pool[T]) put(w *worker[T]) { p.Put(w) }

// A gemmFunc is Gemm or Gemm64 of an engine.
type gemmFunc[T kernels.Float] func(c kernels.MatrixOf[T], alpha T, a, b kernels.MatrixOf[T], beta T, ep *kernels.EpilogueOf[T])

// A worker makes one operation at a time.
type worker[T kernels.Float] struct {
	pool   *pool[T]
	gemm   gemmFunc[T]
	block  []T // on the diagonal
	x, y   []T // vectors
	scaled []T
}

// multiply makes the m×n C = alpha·A·B + beta·C, with k steps.
func (w *worker[T]) multiply(c view[T], m, n, k int, alpha T, a, b view[T], beta T) {
	switch {
	case m == 0 || n == 0:
	case multiplyTiny(c, m, n, k, alpha, a, b, beta):
	case c.transposed:
		w.gemm(c.t().matrix(n, m), alpha, b.t().matrix(n, k), a.t().matrix(k, m), beta, nil)
	default:
		w.gemm(c.matrix(m, n), alpha, a.matrix(m, k), b.matrix(k, n), beta, nil)
	}
}

// grow returns a slice of n elements, x itself if it is large enough.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
