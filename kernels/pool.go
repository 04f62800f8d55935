package kernels

import (
	"runtime"
	"sync/atomic"
	"time"
)

// A job is work in parts that may be done in any order, on any thread.
type job interface {
	// do does a part, 0 <= part < parts, on behalf of a worker,
	// 0 <= worker < min(threads, parts). A worker does one part at a time.
	do(worker, part int)
}

// A pool shares the parts of a job among its caller, worker 0, and helpers,
// which are goroutines. All claim parts until none is left, so the caller never
// waits for a helper that has not begun: what no helper claims in time, it does
// itself. It waits only for parts that helpers have begun. The caller claims from
// the first part on and helpers from the last one back, so that from job to job
// each finds more or less the same arrays in its caches.
//
// To wake a goroutine takes longer than many a job, so a helper that finds no
// more parts polls for the next job for a while. Then its goroutine ends: an
// engine needs no closing. Nothing is allocated per job: helpers start from
// function values that exist already.
type pool struct {
	threads int
	helpers []poolHelper  // 1 to threads-1
	wake    chan struct{} // wakes the caller where it is parked

	job job
	_   [cacheLine]byte

	// unclaimed is which parts no worker has claimed, and how many workers may claim
	// one: see claims. To claim a part is to replace this word by one with a part
	// less. From then on job stays as it is until the part is done, because the
	// caller waits for that. A helper therefore reads it after its claim, and it does
	// not matter whether the word that it compared with was written for this job or
	// for an earlier one.
	unclaimed atomic.Uint64
	_         [cacheLine]byte

	// undone is the number of parts that are not done. The caller subtracts what it
	// did itself when it parks, and adds parked.
	undone atomic.Int64
	_      [cacheLine]byte
}

type poolHelper struct {
	running atomic.Bool // it has a goroutine
	start   func()
	_       [cacheLine]byte
}

const (
	cacheLine = 64

	// helperSpin is how long a helper polls for the next job before its goroutine
	// ends. firstSpin is the same for one that has not found a job by polling since
	// it started: its thread may share the caller's processor, where the operating
	// system tends to wake it, and then polling only keeps the caller from
	// working. BenchmarkPool measures both.
	helperSpin = 200 * time.Microsecond
	firstSpin  = 20 * time.Microsecond

	// callerSpin is how long the caller polls for the end of helpers' parts before
	// it parks: more than parts of equal work differ by, and little for a thread
	// that waits for this processor, which may be the helper's.
	callerSpin = 50 * time.Microsecond

	// polls is how many times to poll between looks at the clock.
	polls = 256

	parked = 1 << 62
)

func (p *pool) init(threads int) {
	p.threads = threads
	p.helpers = make([]poolHelper, threads)
	p.wake = make(chan struct{}, 1)
	for w := range p.helpers {
		p.helpers[w].start = func() { p.help(w) }
	}
}

// run does all parts of j and returns when they are done.
func (p *pool) run(j job, parts int) {
	workers := min(p.threads, parts, 1<<(64-2*claimBits)-1)
	if workers <= 1 || parts >= 1<<claimBits {
		for i := range parts {
			j.do(0, i)
		}
		return
	}
	p.job = j
	p.undone.Store(int64(parts))
	p.unclaimed.Store(claims(workers, 0, parts))
	for w := 1; w < workers; w++ {
		if h := &p.helpers[w]; !h.running.Load() && h.running.CompareAndSwap(false, true) {
			go h.start()
		}
	}
	own := 0
	for part, ok := p.claim(0); ok; part, ok = p.claim(0) {
		j.do(0, part)
		own++
	}
	p.wait(int64(own))
	p.job = nil
}

// claimBits are what the number of a part takes in a word of claims.
const claimBits = 24

// claims is the word that says that so many workers may claim parts first to end-1.
func claims(workers, first, end int) uint64 {
	return uint64(workers)<<(2*claimBits) | uint64(first)<<claimBits | uint64(end)
}

// claim returns a part that no other worker does, if there is one for the worker.
func (p *pool) claim(worker int) (part int, ok bool) {
	for {
		u := p.unclaimed.Load()
		if !claimable(u, worker) {
			return 0, false
		}
		next, part := u-1, int(u&(1<<claimBits-1))-1
		if worker == 0 {
			next, part = u+1<<claimBits, int(u>>claimBits&(1<<claimBits-1))
		}
		if p.unclaimed.CompareAndSwap(u, next) {
			return part, true
		}
	}
}

func claimable(unclaimed uint64, worker int) bool {
	first, end := unclaimed>>claimBits&(1<<claimBits-1), unclaimed&(1<<claimBits-1)
	return first < end && worker < int(unclaimed>>(2*claimBits))
}

// wait returns when all parts are done but those that the caller did itself.
func (p *pool) wait(own int64) {
	if p.undone.Load() == own {
		return
	}
	for start := time.Now(); time.Since(start) < callerSpin; {
		for range polls {
			if p.undone.Load() == own {
				return
			}
		}
	}
	if p.undone.Add(parked-own) != parked {
		<-p.wake
	}
}

// help is what a helper's goroutine runs.
func (p *pool) help(worker int) {
	running := &p.helpers[worker].running
	spin, polled := firstSpin, false
	for start := time.Now(); ; runtime.Gosched() {
		for part, ok := p.claim(worker); ok; part, ok = p.claim(worker) {
			if polled {
				spin = helperSpin
			}
			p.job.do(worker, part)
			if p.undone.Add(-1) == parked {
				p.wake <- struct{}{}
			}
			start = time.Now()
		}
		polled = true
		for range polls {
			if claimable(p.unclaimed.Load(), worker) {
				break
			}
		}
		if time.Since(start) < spin {
			continue
		}
		running.Store(false)
		// The caller may have seen it running, and a job wait.
		if !claimable(p.unclaimed.Load(), worker) || !running.CompareAndSwap(false, true) {
			return
		}
	}
}
