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
	footprint   int // bytes of all arrays together: a copy of as many is the measure
}

// A meter measures both in the moment that it is asked.
type meter struct {
	set      string
	threads  int
	src, dst []float32
}

// least is the time that a call takes at least, in seconds; 0 where that is not
// known.
func (m *meter) least(l limit) float64 {
	var t float64
	if l.flop > 0 {
		peak := m.peak()
		if peak == 0 {
			return 0
		}
		t += l.flop / peak
	}
	if l.bytes > 0 {
		t += l.bytes / m.bandwidth(l.footprint)
	}
	return t
}

// peak is the rate of multiply-adds on registers alone, in operations a second.
func (m *meter) peak() float64 {
	const flop = 2e8 // some milliseconds
	if peak.FMA(m.set, 1) == 0 {
		return 0
	}
	done := make([]float64, m.threads)
	t := m.together(func(i int) { done[i] = peak.FMA(m.set, flop) })
	var sum float64
	for _, d := range done {
		sum += d
	}
	return sum / t.Seconds()
}

// copyChunk is a length, in elements, at which Go's copy is fastest where all
// fits into the caches. It bypasses them from a megabyte on.
const copyChunk = 500

// bandwidth is the rate of a copy between two arrays of footprint bytes
// together, in bytes read or written a second.
func (m *meter) bandwidth(footprint int) float64 {
	n := footprint / 8
	if len(m.src) != n {
		m.src, m.dst = uniform(1, n), aligned(n) // memory that nobody has written is not there
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
	m.together(func(i int) { pass(i, 1) }) // warm, as everybody
	reps := 1 + int(2e8)/footprint         // some milliseconds
	t := m.together(func(i int) { pass(i, reps) })
	return float64(reps) * 8 * float64(n) / t.Seconds()
}

// together runs f on all threads.
func (m *meter) together(f func(i int)) time.Duration {
	start := time.Now()
	var wg sync.WaitGroup
	for i := 1; i < m.threads; i++ {
		wg.Go(func() { f(i) })
	}
	f(0)
	wg.Wait()
	return time.Since(start)
}
