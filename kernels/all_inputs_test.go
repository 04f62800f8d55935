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
)

var exhaustive = flag.Bool("exhaustive", false, "all 2^32 inputs of every map; where a machine has two sets, these are compared with each other alone")

// allInputs are the kernels to go through, and which of their inputs takes all
// values. The others have the same value everywhere.
var allInputs = map[string]int{
	"exp": 0, "log": 0, "sigmoid": 0, "tanh": 0, "softplus": 0, "relu": 0,
	"expGrad": 0, "logGrad": 0, "sigmoidGrad": 0, "tanhGrad": 0, "softplusGrad": 0, "reluGrad": 0,
	"bce": 0, "squaredError": 0, "kl": 1, "reparam": 1, "reparamGrad": 2,
}

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
	seen := 0
	for _, op := range rowOps() {
		at, ok := allInputs[op.name]
		if !ok {
			continue
		}
		seen++
		t.Run(op.name, func(t *testing.T) {
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
		})
	}
	if seen != len(allInputs) {
		t.Errorf("%d kernels of %d are there", seen, len(allInputs))
	}
}

const sweepBlock = 4096

// A sweep is one goroutine's arrays.
type sweep struct {
	op  rowOp
	rs  []*row
	in  [][]float32
	out [][][]float32 // of every set
}

func newSweep(op rowOp, rs []*row) *sweep {
	s := &sweep{op: op, rs: rs}
	arrays := func(n int) (xs [][]float32) {
		for range n {
			xs = append(xs, slices.Repeat([]float32{0.3}, sweepBlock))
		}
		return xs
	}
	s.in = arrays(op.nin)
	for range rs {
		s.out = append(s.out, arrays(op.nout))
	}
	return s
}

// compare runs the kernel of every set on a block of inputs from first.
func (s *sweep) compare(at int, first, stride uint64) string {
	x := s.in[at]
	for i := range x {
		x[i] = math.Float32frombits(uint32(first + uint64(i)*stride))
	}
	var sums [2][3]float32
	for k, r := range s.rs {
		sum := &sums[min(k, 1)]
		s.op.call(r, pointers(s.out[k]), pointers(s.in), len(x), sum)
		if k == 0 {
			continue
		}
		for o, want := range s.out[0] {
			for i, got := range s.out[k][o][:len(want)] {
				if !same(got, want[i]) {
					return s.difference(k, at, i, o)
				}
			}
		}
		for j := range sum {
			if !same(sum[j], sums[0][j]) {
				return s.difference(k, at, 0, 0) + ": its block's sum"
			}
		}
	}
	return ""
}

func (s *sweep) difference(k, at, i, o int) string {
	return fmt.Sprintf("%s(%x): out[%d] is %x in %s and %x in %s", s.op.name, s.in[at][i], o,
		math.Float32bits(s.out[k][o][i]), s.rs[k].name, math.Float32bits(s.out[0][o][i]), s.rs[0].name)
}
