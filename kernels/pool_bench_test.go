package kernels

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lanewise/lanewise/kernels/asm"
)

// A repeatJob is parts of equal work on arrays in the first-level cache.
type repeatJob struct {
	kernel func(*asm.Args)
	args   []asm.Args // by part
	calls  int
}

func newRepeatJob(s Set, parts, calls int) *repeatJob {
	const n = 1024
	j := &repeatJob{kernel: s.ops[asm.Exp], args: make([]asm.Args, parts), calls: calls}
	for i := range j.args {
		a := &j.args[i]
		a.Out[0], a.In[0], a.N = &make([]float32, n)[0], &make([]float32, n)[0], n
	}
	return j
}

func (j *repeatJob) do(_, part int) {
	for range j.calls {
		j.kernel(&j.args[part])
	}
}

// A pinJob binds the threads of two workers to a processor each.
type pinJob struct {
	workers atomic.Int32
	err     [2]error
}

func (j *pinJob) do(worker, _ int) {
	j.workers.Add(1)
	for j.workers.Load() < 2 {
		runtime.Gosched()
	}
	j.err[worker] = pin(worker)
}

// BenchmarkPool times jobs of two equal parts on two threads, beside the same on
// one thread, in the situations that differ for the pool:
//
//   - call after call, with the threads bound to a processor each, and not;
//   - one call, or ten, after a pause, when no helper polls any more;
//   - the same beside other goroutines that keep all processors busy.
//
// The gain is the time of one thread by that of two, of medians and of means.
// Threads that are not bound may share a processor for as long as the
// operating system leaves them there.
func BenchmarkPool(b *testing.B) {
	if runtime.GOMAXPROCS(0) < 2 {
		b.Skip("one processor")
	}
	for _, size := range []struct {
		name string
		time time.Duration // on one thread
	}{{"36us", 36 * time.Microsecond}, {"720us", 720 * time.Microsecond}} {
		for _, c := range []poolCase{
			{name: "pinned", pinned: true},
			{name: "steady"},
			{name: "after1ms", pause: time.Millisecond},
			{name: "after15ms", pause: 15 * time.Millisecond},
			{name: "tenAfter3ms", pause: 3 * time.Millisecond, batch: 10},
			{name: "busy", pause: time.Millisecond, busy: true},
		} {
			b.Run(size.name+"/"+c.name, func(b *testing.B) { c.run(b, size.time) })
		}
	}
}

type poolCase struct {
	name   string
	pause  time.Duration
	batch  int // calls after a pause; 0 is 1
	pinned bool
	busy   bool
}

func (c *poolCase) run(b *testing.B, size time.Duration) {
	s := Sets()[0]
	trial := newRepeatJob(s, 1, 2000)
	once := time.Hour
	for range 5 {
		start := time.Now()
		trial.do(0, 0)
		once = min(once, time.Since(start))
	}
	j := newRepeatJob(s, 2, max(1, int(size*2000/2/once)))

	var one, two pool
	one.init(1)
	two.init(2)
	if c.pinned {
		defer unpin()
		var pins pinJob
		two.run(&pins, 2)
		for _, err := range pins.err {
			if err != nil {
				b.Skip(err)
			}
		}
	}
	if c.busy {
		var busy sync.WaitGroup
		var stop atomic.Bool
		defer busy.Wait()
		defer stop.Store(true)
		for range runtime.GOMAXPROCS(0) {
			busy.Go(func() {
				for !stop.Load() {
				}
			})
		}
	}
	batch := max(1, c.batch)
	timed := func(p *pool) time.Duration {
		time.Sleep(c.pause)
		start := time.Now()
		for range batch {
			p.run(j, 2)
		}
		return time.Since(start) / time.Duration(batch)
	}
	var ones, twos []time.Duration
	for b.Loop() {
		twos = append(twos, timed(&two))
	}
	for range twos {
		ones = append(ones, timed(&one))
	}
	median1, mean1 := medianAndMean(ones)
	median2, mean2 := medianAndMean(twos)
	b.ReportMetric(median2, "µs-median")
	b.ReportMetric(mean2, "µs-mean")
	b.ReportMetric(median1/median2, "gain-median")
	b.ReportMetric(mean1/mean2, "gain-mean")
}

// medianAndMean are in microseconds.
func medianAndMean(times []time.Duration) (median, mean float64) {
	slices.Sort(times)
	var sum time.Duration
	for _, t := range times {
		sum += t
	}
	return times[len(times)/2].Seconds() * 1e6, sum.Seconds() * 1e6 / float64(len(times))
}
