package kernels

import (
	"flag"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lanewise/lanewise/kernels/asm"
)

var exhaustive = flag.Bool("exhaustive", false, "all 2^32 inputs of every map; where a machine has two sets, these are compared with each other alone")

// TestAllInputs compares sets on all 2^32 inputs, in ascending order of their
// bits, so that a call has usual elements alone, rare ones alone, or both:
//
//	go test ./kernels -run AllInputs -exhaustive -timeout 1h -v
//
// Without the flag every 8191st input is compared with the reference, too.
func TestAllInputs(t *testing.T) {
	rs := testRows(t)
	stride := uint64(8191)
	if *exhaustive {
		stride = 1
		if len(rs) > 2 {
			rs = rs[:len(rs)-1]
		}
	}
	if brief() {
		stride *= 31
	}
	if len(rs) == 1 {
		t.Skip("one set has nothing to be compared with")
	}
	for _, op := range opCases() {
		for at, name := range op.In {
			t.Run(op.String()+"/"+name, func(t *testing.T) { allInputs(t, op, at, rs, stride) })
		}
	}
}

// allInputs has input number at take the values, and the others the same everywhere.
func allInputs(t *testing.T, op opCase, at int, rs []*row, stride uint64) {
	start := time.Now()
	var wg sync.WaitGroup
	var stop atomic.Bool
	workers := uint64(runtime.GOMAXPROCS(0))
	for w := range workers {
		wg.Go(func() {
			s := newSweep(op, rs)
			for first := w * sweepBlock * stride; first < 1<<32 && !stop.Load(); first += workers * sweepBlock * stride {
				if err := s.compare(at, first, stride); err != "" {
					t.Error(err)
					stop.Store(true)
				}
			}
		})
	}
	wg.Wait()
	var names []string
	for _, r := range rs {
		names = append(names, r.name)
	}
	t.Logf("%s, stride %d, %v", strings.Join(names, " = "), stride, time.Since(start).Round(time.Millisecond))
}

const sweepBlock = 4096

// A sweep is one goroutine's arrays.
type sweep struct {
	op  opCase
	rs  []*row
	in  [][]float32
	out [][][]float32 // of every set

	start []float32 // what is updated in place
}

func newSweep(op opCase, rs []*row) *sweep {
	s := &sweep{op: op, rs: rs, start: slices.Repeat([]float32{0.3}, sweepBlock)}
	arrays := func(n int) (xs [][]float32) {
		for range n {
			xs = append(xs, slices.Clone(s.start))
		}
		return xs
	}
	s.in = arrays(len(op.In))
	for range rs {
		s.out = append(s.out, arrays(op.outputs))
	}
	return s
}

// compare runs the kernel of every set on a block of inputs from first.
func (s *sweep) compare(at int, first, stride uint64) string {
	x := s.in[at]
	for i := range x {
		x[i] = math.Float32frombits(uint32(first + uint64(i)*stride))
	}
	var want *asm.Args
	for k, r := range s.rs {
		if s.op.InPlace {
			for _, y := range s.out[k] {
				copy(y, s.start)
			}
		}
		got := s.op.call(r, s.out[k], s.in, len(x))
		if k == 0 {
			want = got
			continue
		}
		for o, want := range s.out[0] {
			for i, got := range s.out[k][o][:len(want)] {
				if !same(got, want[i]) {
					return s.difference(k, at, i, o)
				}
			}
		}
		if !sameArgs(got, want) {
			return fmt.Sprintf("%v of a block from %x leaves %+v in %s and %+v in %s", &s.op, x[0], got, r.name, want, s.rs[0].name)
		}
	}
	return ""
}

func (s *sweep) difference(k, at, i, o int) string {
	return fmt.Sprintf("%s(%x): out[%d] is %x in %s and %x in %s", s.op.Name, s.in[at][i], o,
		math.Float32bits(s.out[k][o][i]), s.rs[k].name, math.Float32bits(s.out[0][o][i]), s.rs[0].name)
}
