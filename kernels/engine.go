package kernels

import (
	"runtime"
	"sync"
	"sync/atomic"
)

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
	e.gemm32.init(set.gemm, &e.pool, set.scaleRow)
	e.gemm64.init(set.gemm8, &e.pool, scaleRow64)
	return e
}

// Set is the set that the engine runs.
func (e *Engine) Set() Set { return e.set }

// Threads is the number of threads that the engine runs on.
func (e *Engine) Threads() int { return e.pool.threads }

// A job is work in parts that may be done in any order, on any thread.
type job interface {
	// do does part i on behalf of a worker, 0 <= worker < threads.
	do(worker, i int)
}

// A pool shares the parts of a job among goroutines. They live as long as the
// job, so an engine needs no closing, and are started from function values
// that exist already, so starting one allocates nothing.
type pool struct {
	threads int
	workers []func()
	job     job
	parts   int64
	next    atomic.Int64
	done    sync.WaitGroup
}

func (p *pool) init(threads int) {
	p.threads = threads
	p.workers = make([]func(), threads)
	for w := range p.workers {
		p.workers[w] = func() {
			p.work(w)
			p.done.Done()
		}
	}
}

// run does all parts of j and returns when they are done.
func (p *pool) run(j job, parts int) {
	n := min(p.threads, parts)
	if n <= 1 {
		for i := range parts {
			j.do(0, i)
		}
		return
	}
	p.job, p.parts = j, int64(parts)
	p.next.Store(0)
	p.done.Add(n - 1)
	for _, w := range p.workers[1:n] {
		go w()
	}
	p.work(0)
	p.done.Wait()
	p.job = nil
}

func (p *pool) work(worker int) {
	for {
		i := p.next.Add(1) - 1
		if i >= p.parts {
			return
		}
		p.job.do(worker, int(i))
	}
}
