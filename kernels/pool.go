package kernels

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A job is work in parts that may be done in any order, on any thread.
type job interface {
	// do does part i on behalf of a worker, 0 <= worker < threads.
	do(worker, i int)
}

// A pool shares the parts of a job among goroutines: the caller, worker 0, and
// helpers. To wake a parked goroutine takes longer than many a job, so a helper
// that is done looks out for the next job for a while. Then its goroutine ends:
// an engine needs no closing. Nothing is allocated: helpers start from function
// values that exist already.
type pool struct {
	threads int
	helpers []mate // 1 to threads-1
	job     job
	parts   int64
	next    atomic.Int64
	busy    atomic.Int64 // helpers at work
}

type mate struct {
	state atomic.Int32
	start func()
	_     [64]byte // others' states are in other cache lines
}

// States of a helper.
const (
	gone    = iota // it has no goroutine
	waiting        // its goroutine looks out for work
	called         // there is work
)

// patience is how long to look out for work, or for the end of it.
const patience = 200 * time.Microsecond

func (p *pool) init(threads int) {
	p.threads = threads
	p.helpers = make([]mate, threads)
	for w := range p.helpers {
		p.helpers[w].start = func() { p.help(w) }
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
	p.busy.Store(int64(n - 1))
	for w := 1; w < n; w++ {
		if h := &p.helpers[w]; h.state.Swap(called) == gone {
			go h.start()
		}
	}
	p.work(0)
	for start := time.Now(); !spin(func() bool { return p.busy.Load() == 0 }); {
		if time.Since(start) < patience {
			runtime.Gosched()
		} else {
			time.Sleep(patience / 4) // a helper may be without a processor
		}
	}
	p.job = nil
}

// work does parts as long as there are any.
func (p *pool) work(worker int) {
	for {
		i := p.next.Add(1) - 1
		if i >= p.parts {
			return
		}
		p.job.do(worker, int(i))
	}
}

// help is the life of a helper's goroutine.
func (p *pool) help(worker int) {
	h := &p.helpers[worker]
	for {
		p.work(worker)
		h.state.Store(waiting)
		p.busy.Add(-1)
		for start := time.Now(); !spin(func() bool { return h.state.Load() == called }); runtime.Gosched() {
			if time.Since(start) > patience && h.state.CompareAndSwap(waiting, gone) {
				return
			}
		}
	}
}

// spin asks a few times whether done.
func spin(done func() bool) bool {
	for range 64 {
		if done() {
			return true
		}
	}
	return false
}
