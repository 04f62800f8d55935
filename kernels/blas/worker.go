package blas

import (
	"math"
	"sync"

	"github.com/lanewise/lanewise/internal/ref"
	"github.com/lanewise/lanewise/kernels"
)

// A pool has workers that are idle, and what depends on the element type. To take a
// worker never waits: if there is none it is made.
type pool[T kernels.Float] struct {
	sync.Pool
	addScaled  func(row []T, x T, y []T, step int)
	trmm, trsm triangular[T]
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
	pool  *pool[T]
	gemm  gemmFunc[T]
	block []T // on the diagonal
}

// multiply makes the m×n C = alpha·A·B + beta·C, with k steps.
func (w *worker[T]) multiply(c view[T], m, n, k int, alpha T, a, b view[T], beta T) {
	switch {
	case m == 0 || n == 0:
	case w.pool.multiplyTiny(c, m, n, k, alpha, a, b, beta):
	case c.transposed:
		w.gemm(c.t().matrix(n, m), alpha, b.t().matrix(n, k), a.t().matrix(k, m), beta, nil)
	default:
		w.gemm(c.matrix(m, n), alpha, a.matrix(m, k), b.matrix(k, n), beta, nil)
	}
}

// BenchmarkLevel3 measures these numbers of multiply-adds.
const (
	tiny  = 160  // up to so many an engine takes longer than a loop
	small = 1024 // up to so many gonum's symmetric operations take less time than ours
)

// few tells whether m·n·k is at most limit, where all are positive.
func few(m, n, k, limit int) bool {
	return 0 < min(m, n, k) && max(m, n, k) <= limit && m*n <= limit && m*n*k <= limit
}

// multiplyTiny makes what is done sooner without an engine. It has the bits of the
// kernels.
func (p *pool[T]) multiplyTiny(c view[T], m, n, k int, alpha T, a, b view[T], beta T) bool {
	switch {
	case alpha == 0 || k == 0:
		c.scale(m, n, beta)
		return true
	case !few(m, n, k, tiny):
		return false
	case c.transposed:
		c, a, b, m, n = c.t(), b.t(), a.t(), n, m
	}
	c.scale(m, n, beta)
	ai, ak := a.steps()
	bk, bj := b.steps()
	for i := range m {
		row := c.data[i*c.ld:][:n]
		for l := range k {
			p.addScaled(row, alpha*a.data[i*ai+l*ak], b.data[l*bk:], bj)
		}
	}
	return true
}

// addScaled32 is row[j] = fma(x, y[j·step], row[j]).
func addScaled32(row []float32, x float32, y []float32, step int) {
	for j := range row {
		row[j] = ref.FMA(x, y[j*step], row[j])
	}
}

// addScaled64 is addScaled32 for float64.
func addScaled64(row []float64, x float64, y []float64, step int) {
	for j := range row {
		row[j] = math.FMA(x, y[j*step], row[j])
	}
}

// grow returns a slice of n elements, x itself if it is large enough.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
