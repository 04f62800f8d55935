package kernels

import (
	"runtime"
	"sync/atomic"
)

// An Engine runs the kernels of one set on a number of threads. It owns the
// scratch memory that they need, so that calls allocate nothing once it has
// grown to the largest shape.
//
// The number of threads changes the speed and not one bit of any result.
//
// An Engine does one thing at a time: a method that is called while another
// goroutine is in one panics before it writes anything, and the other is not
// disturbed. Several engines may work side by side.
type Engine struct {
	set   Set
	pool  pool
	inUse atomic.Bool

	elements elementwise
	columns  columnJob
	packs    packJob
	gemm32   gemm[float32]
	gemm64   gemm[float64]
	planes   planeJob
	direct   directJob
	weights  directWeightsJob
	taps     []float32 // of a transposed convolution
	each     eachJob
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
	e.elements.init(e)
	e.gemm32.init(e, &set.gemm32, set.vectors32())
	e.gemm64.init(e, &set.gemm64, vectors64)
	return e
}

// enter begins, and leave ends, the use of what the engine owns. A method calls
// enter after its checks, so that an engine is as before when a caller recovers
// from their panics, and before it writes anything. What panics between the two is
// a mistake in this package: helpers may still be at work then, and the engine
// stays in use.
func (e *Engine) enter() {
	if !e.inUse.CompareAndSwap(false, true) {
		panic("kernels: an Engine is in use by another goroutine")
	}
}

func (e *Engine) leave() { e.inUse.Store(false) }

// Set is the set that the engine runs.
func (e *Engine) Set() Set { return e.set }

// Threads is the number of threads that the engine runs on.
func (e *Engine) Threads() int { return e.pool.threads }

// Each calls f for 0 <= part < parts, in any order and on the threads of the engine, and
// returns when all calls have. Until then the engine is in use: f works with others. f
// must not panic.
func (e *Engine) Each(parts int, f func(part int)) {
	e.enter()
	e.each.f = f
	e.pool.run(&e.each, parts)
	e.each.f = nil
	e.leave()
}

type eachJob struct{ f func(part int) }

func (j *eachJob) do(_, part int) { j.f(part) }
