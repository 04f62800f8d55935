package kernels

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// A countingJob counts who does its parts, and finds workers that do two at once.
type countingJob struct {
	parts   []atomic.Int32 // how often each was done
	workers []atomic.Int32 // how many each worker did
	atWork  []atomic.Int32
	wrong   atomic.Pointer[string]
	during  func(worker, part int)
}

func newCountingJob(threads, parts int, during func(worker, part int)) *countingJob {
	workers := max(1, min(threads, parts))
	return &countingJob{
		parts: make([]atomic.Int32, parts), workers: make([]atomic.Int32, workers), atWork: make([]atomic.Int32, workers),
		during: during,
	}
}

func (j *countingJob) do(worker, part int) {
	if worker < 0 || worker >= len(j.workers) || part < 0 || part >= len(j.parts) {
		text := fmt.Sprintf("worker %d of %d did part %d of %d", worker, len(j.workers), part, len(j.parts))
		j.wrong.Store(&text)
		return
	}
	if j.atWork[worker].Add(1) != 1 {
		text := fmt.Sprintf("worker %d did two parts at once", worker)
		j.wrong.Store(&text)
	}
	if j.during != nil {
		j.during(worker, part)
	}
	j.parts[part].Add(1)
	j.workers[worker].Add(1)
	j.atWork[worker].Add(-1)
}

// check fails unless every part was done once when run returned.
func (j *countingJob) check(t *testing.T, what ...any) {
	t.Helper()
	if text := j.wrong.Load(); text != nil {
		t.Fatal(fmt.Sprint(what...), ": ", *text)
	}
	for i := range j.parts {
		if n := j.parts[i].Load(); n != 1 {
			t.Fatalf("%s: part %d was done %d times", fmt.Sprint(what...), i, n)
		}
	}
}

// pauses are about as long as helpers wait for the next job, and not.
var pauses = []time.Duration{0, 0, 0, time.Microsecond, helperSpin / 2, helperSpin, helperSpin + 20*time.Microsecond, 2 * helperSpin}

// TestPoolParts runs jobs of all sizes one after another, so that helpers that are
// late for one meet the next.
func TestPoolParts(t *testing.T) {
	rounds := 15
	if brief() {
		rounds = 10
	}
	for _, procs := range []int{1, 2, 5} {
		for _, threads := range []int{1, 2, 3, 7, 16} {
			t.Run(fmt.Sprintf("procs=%d/threads=%d", procs, threads), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				var p pool
				p.init(threads)
				for round := range rounds {
					for i, parts := range []int{0, 1, 2, 3, 100, 7, 2, 16, 17, 2, 2, 300, 3, 5} {
						work := (round + i) % 4 * 1000
						j := newCountingJob(threads, parts, func(worker, part int) {
							if part%3 == 1 {
								runtime.Gosched()
							}
							for start := time.Now(); time.Since(start) < time.Duration(work); {
							}
						})
						p.run(j, parts)
						j.check(t, parts, " parts")
						if p.job != nil {
							t.Fatal("the pool keeps the job")
						}
						time.Sleep(pauses[(round*5+i)%len(pauses)])
					}
				}
			})
		}
	}
}

// TestPoolHelpersThatDoNotBegin has helpers that never run: the caller does all
// parts without them.
func TestPoolHelpersThatDoNotBegin(t *testing.T) {
	const threads, parts = 4, 9
	var p pool
	p.init(threads)
	for w := range p.helpers {
		p.helpers[w].running.Store(true) // none is
	}
	j := newCountingJob(threads, parts, nil)
	p.run(j, parts)
	j.check(t)
	if n := j.workers[0].Load(); n != parts {
		t.Errorf("the caller did %d parts of %d", n, parts)
	}
}

// TestPoolBesideBusyGoroutines counts how often a job lets another goroutine, which
// keeps the processor busy, run: never, where it takes less than the time slice that
// the scheduler gives it.
func TestPoolBesideBusyGoroutines(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var others atomic.Int64
	var stop atomic.Bool
	var busy sync.WaitGroup
	for range 2 {
		busy.Go(func() {
			for !stop.Load() {
				others.Add(1)
				runtime.Gosched()
			}
		})
	}
	defer busy.Wait()
	defer stop.Store(true)
	for _, threads := range []int{2, 7} {
		var p pool
		p.init(threads)
		const jobs, parts = 100, 20
		alone := 0
		for range jobs {
			runtime.Gosched()
			before := others.Load()
			j := newCountingJob(threads, parts, nil)
			p.run(j, parts)
			j.check(t)
			if others.Load() == before && j.workers[0].Load() == parts {
				alone++
			}
		}
		// The scheduler may take the processor away at any time.
		if alone < jobs/2 {
			t.Errorf("%d threads: only %d of %d jobs did not wait for other goroutines", threads, alone, jobs)
		}
	}
}

// TestPoolUsesAllThreads has jobs that end when all workers are at work, at once and
// after pauses: no call to a helper is lost. The caller parks.
func TestPoolUsesAllThreads(t *testing.T) {
	rounds := 300
	if brief() {
		rounds = 60
	}
	for _, procs := range []int{1, 2, 5} {
		for _, threads := range []int{2, 3, 7} {
			t.Run(fmt.Sprintf("procs=%d/threads=%d", procs, threads), func(t *testing.T) {
				defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(procs))
				var p pool
				p.init(threads)
				for round := range rounds {
					// A smaller job does not need the other helpers, and they may be late.
					workers := 2 + round%(threads-1)
					var together sync.WaitGroup
					together.Add(workers)
					j := newCountingJob(threads, workers, func(worker, part int) {
						together.Done()
						together.Wait()
						if worker > 0 && round%8 == 0 {
							time.Sleep(4 * callerSpin)
						}
					})
					p.run(j, workers)
					j.check(t, round)
					for w := range j.workers {
						if n := j.workers[w].Load(); n != 1 {
							t.Fatalf("round %d: worker %d did %d parts", round, w, n)
						}
					}
					time.Sleep(pauses[round%len(pauses)])
				}
			})
		}
	}
}

// TestPoolHelpersEnd counts goroutines after jobs.
func TestPoolHelpersEnd(t *testing.T) {
	before := runtime.NumGoroutine()
	for range 10 {
		var p pool
		p.init(7)
		for range 10 {
			p.run(newCountingJob(7, 20, nil), 20)
		}
	}
	for deadline := time.Now().Add(10 * time.Second); runtime.NumGoroutine() > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d goroutines, %d before", runtime.NumGoroutine(), before)
		}
	}
}

// TestEach calls every part once, each with an engine of its own, and keeps its own in use.
func TestEach(t *testing.T) {
	for _, threads := range []int{1, 2, 4} {
		for _, parts := range []int{0, 1, 2, 7, 100} {
			e := New(Set{&goRow}, threads)
			calls := make([]float32, parts)
			expectPanic(t, "an engine in Each", inUse, func() {
				e.Each(1, func(int) { e.Exp(nil, nil) })
			})
			e.leave()
			e.Each(parts, func(part int) {
				New(Set{&goRow}, 1).Exp(calls[part:][:1], calls[part:][:1]) // of 0, and so 1
			})
			for i, n := range calls {
				if n != 1 {
					t.Fatalf("%d threads: part %d of %d: %v, want exp(0)", threads, i, parts, n)
				}
			}
		}
	}
}
