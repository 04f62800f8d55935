package kernels

import "runtime"

// An Engine runs the kernels of one set on a number of threads. It owns the
// scratch memory that they need, so that calls allocate nothing once it has
// grown to the largest shape.
//
// The number of threads changes the speed and not one bit of any result.
//
// An Engine does one thing at a time: its methods may not be called
// concurrently. Several engines may work side by side.
type Engine struct {
	set  Set
	pool pool

	maps    mapJob
	losses  lossJob
	reparam reparamJob
	updates adamJob
	columns columnJob
	packs   packJob
	gemm32  gemm[float32]
	gemm64  gemm[float64]
}

// New makes an engine. Where threads is 0 it uses GOMAXPROCS.
func New(set Set, threads int) *Engine {
	if set.row == nil {
		panic("kernels: New with the zero Set")
	}
	if threads < 0 {
		panic("kernels: New with a negative number of threads")
	}
	if threads == 0 {
		threads = runtime.GOMAXPROCS(0)
	}
	e := &Engine{set: set}
	e.pool.init(threads)
	e.gemm32.init(&set.gemm32, set.vectors32(), &e.pool)
	e.gemm64.init(&set.gemm64, vectors64, &e.pool)
	return e
}

// Set is the set that the engine runs.
func (e *Engine) Set() Set { return e.set }

// Threads is the number of threads that the engine runs on.
func (e *Engine) Threads() int { return e.pool.threads }
