package kernels

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// A repeatJob is parts of equal work on arrays in the first-level cache.
type repeatJob struct {
	kernel unary
	x, y   [][]float32 // by part
	calls  int
}

func newRepeatJob(s Set, parts, calls int) *repeatJob {
	j := &repeatJob{kernel: s.exp, calls: calls}
	for range parts {
		j.x = append(j.x, make([]float32, 1024))
		j.y = append(j.y, make([]float32, 1024))
	}
	return j
}

func (j *repeatJob) do(_, part int) {
	for range j.calls {
		j.kernel(&j.y[part][0], &j.x[part][0], len(j.x[part]))
	}
}

// BenchmarkPool times jobs of two equal parts on one and two threads, in the
// situations that differ for the pool: call after call; a single call, or a few
// calls, after a pause; and a call after a pause while other goroutines keep all
// processors busy. It reports the median and the mean of a call on two threads,
// and what of the time of one thread the median is.
func BenchmarkPool(b *testing.B) {
	s := Sets()[0]
	for _, size := range []struct {
		name string
		time time.Duration
	}{{"36us", 36 * time.Microsecond}, {"720us", 720 * time.Microsecond}} {
		// How many calls take so long on one thread.
		once := newRepeatJob(s, 1, 10_000)
		once.do(0, 0)
		start := time.Now()
		once.do(0, 0)
		calls := max(1, int(size.time*10_000/2/time.Since(start)))
		for _, c := range []struct {
			name  string
			pause time.Duration
			batch int
			busy  bool
		}{
			{"steady", 0, 1, false},
			{"after1ms", time.Millisecond, 1, false},
			{"after15ms", 15 * time.Millisecond, 1, false},
			{"tenAfter3ms", 3 * time.Millisecond, 10, false},
			{"busy", time.Millisecond, 1, true},
		} {
			b.Run(size.name+"/"+c.name, func(b *testing.B) {
				j := newRepeatJob(s, 2, calls)
				var stop atomic.Bool
				if c.busy {
					for range runtime.GOMAXPROCS(0) {
						go func() {
							for !stop.Load() {
							}
						}()
					}
					defer stop.Store(true)
				}
				var two, one []time.Duration
				var ps [3]pool
				ps[1].init(1)
				ps[2].init(2)
				timed := func(p *pool) time.Duration {
					if c.pause > 0 {
						time.Sleep(c.pause)
					}
					start := time.Now()
					for range c.batch {
						p.run(j, 2)
					}
					return time.Since(start) / time.Duration(c.batch)
				}
				// Not in turns, so that helpers stay where calls are steady.
				for b.Loop() {
					two = append(two, timed(&ps[2]))
				}
				for range two {
					one = append(one, timed(&ps[1]))
				}
				slices.Sort(one)
				slices.Sort(two)
				var sum time.Duration
				for _, t := range two {
					sum += t
				}
				us := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
				b.ReportMetric(us(two[len(two)/2]), "µs-median")
				b.ReportMetric(us(sum)/float64(len(two)), "µs-mean")
				b.ReportMetric(us(two[len(two)*9/10]), "µs-p90")
				b.ReportMetric(us(two[len(two)-1]), "µs-max")
				b.ReportMetric(us(one[len(one)/2])/us(two[len(two)/2]), "gain")
				var sum1 time.Duration
				for _, t := range one {
					sum1 += t
				}
				b.ReportMetric(us(sum1)/us(sum), "gain-mean")
			})
		}
	}
}
