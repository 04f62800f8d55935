package main

import (
	"sync"
	"time"

	"github.com/lanewise/lanewise/bench/internal/peak"
)

// A limit is what stands between a call and no time at all: operations that
// cannot be faster than fused multiply-adds on registers alone, and bytes, read
// and written, that cannot move faster than a copy moves them.
type limit struct {
	flop, bytes float64
	footprint   int  // bytes of all arrays together: a copy of as many is the measure
	double      bool // operations are in float64, of which a vector holds half as many
}

// A gauge measures the machine between the rounds of a case.
type gauge interface {
	// least is the time that a call takes at least, in seconds; 0 where that is
	// not known. The threads have to have settled, as ownProcessors leaves them.
	least(l limit) float64
	// ownProcessors tells whether each thread has a processor for itself.
	ownProcessors() bool
}

// A meter measures both in the moment that it is asked.
type meter struct {
	set      string
	threads  int
	src, dst []float32
}

func (m *meter) least(l limit) float64 {
	var t float64
	if l.flop > 0 {
		peak := m.peak(m.threads)
		if peak == 0 {
			return 0
		}
		if l.double {
			peak /= 2
		}
		t += l.flop / peak
	}
	if l.bytes > 0 {
		t += l.bytes / m.bandwidth(l.footprint)
	}
	return t
}

// peakFlop is how many operations a measurement of the peak takes, a thread:
// some milliseconds.
const peakFlop = 2e8

// peak is the rate of float32 multiply-adds on registers alone, in operations a
// second; 0 where the set has no loop for it.
func (m *meter) peak(threads int) float64 {
	if peak.FMA(m.set, 1) == 0 {
		return 0
	}
	done := make([]float64, threads)
	t := together(threads, func(i int) { done[i] = peak.FMA(m.set, peakFlop) })
	var sum float64
	for _, d := range done {
		sum += d
	}
	return sum / t.Seconds()
}

// ownProcessors is true where it cannot be measured.
func (m *meter) ownProcessors() bool {
	if m.threads == 1 || peak.FMA(m.set, 1) == 0 {
		return true
	}
	one := m.peak(1)
	start := time.Now()
	together(m.threads, func(int) {
		for time.Since(start) < settle {
			peak.FMA(m.set, peakFlop/100)
		}
	})
	return m.peak(m.threads) >= ownProcessorsFrom*float64(m.threads)*one
}

// ownProcessorsFrom is the part of the rate of one thread, times the number of
// threads, that these have together if each has a processor. It leaves room for
// a clock that is lower when all cores work, and none, on two or three threads,
// for one that has half a processor.
const ownProcessorsFrom = 0.85

// copyChunk is a length, in elements, at which Go's copy is fastest where all
// fits into the caches. It bypasses them from a megabyte on.
const copyChunk = 500

// bandwidth is the rate of a copy between two arrays of footprint bytes
// together, in bytes read or written a second.
func (m *meter) bandwidth(footprint int) float64 {
	n := footprint / 8
	if len(m.src) != n {
		m.src, m.dst = uniform[float32](1, n), aligned[float32](n) // memory is not there before it is written
	}
	each := (n + m.threads - 1) / m.threads
	pass := func(i, reps int) {
		src, dst := m.src[min(i*each, n):min((i+1)*each, n)], m.dst[min(i*each, n):]
		for range reps {
			for at := 0; at < len(src); at += copyChunk {
				copy(dst[at:], src[at:min(at+copyChunk, len(src))])
			}
		}
	}
	together(m.threads, func(i int) { pass(i, 1) }) // warm, as the implementations are
	reps := 1 + int(2e8)/footprint                  // some milliseconds
	t := together(m.threads, func(i int) { pass(i, reps) })
	return float64(reps) * 8 * float64(n) / t.Seconds()
}

// together runs f on a number of threads.
func together(threads int, f func(i int)) time.Duration {
	start := time.Now()
	var wg sync.WaitGroup
	for i := 1; i < threads; i++ {
		wg.Go(func() { f(i) })
	}
	f(0)
	wg.Wait()
	return time.Since(start)
}
