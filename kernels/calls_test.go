package kernels

import (
	"slices"
	"testing"

	"github.com/lanewise/lanewise/kernels/asm"
)

// TestCallsAreShort: a goroutine cannot be stopped in assembly. A chunk takes the
// slowest kernel of any set, whose arrays are in no cache, less than 100 µs.
func TestCallsAreShort(t *testing.T) {
	const most = 8192
	r := *rows()[0]
	var calls [asm.NumOps]int
	for op, run := range r.ops {
		r.ops[op] = func(a *asm.Args) {
			if calls[op]++; a.N > most {
				t.Errorf("a call of %v has %d elements", asm.Op(op), a.N)
			}
			run(a)
		}
	}

	e := New(Set{&r}, 1)
	for _, n := range []int{most + 1, 5*most + 3} {
		arrays := func(k int) (xs [][]float32) {
			for range k {
				xs = append(xs, slices.Repeat([]float32{0.25}, n))
			}
			return xs
		}
		for _, m := range methods {
			m.call(e, arrays(m.out), arrays(m.in))
		}
		x := arrays(5)
		for _, samples := range []int{1, n} { // of all there is, and of one component
			kl := make([]float32, samples)
			e.Reparameterize(samples, x[0], kl, x[2], x[3], Kept(x[1], Noise{}))
			e.Reparameterize(samples, x[0], kl, x[2], x[3], Given(x[4]))
		}
		e.ColumnSums(x[0][:n/4], x[1][:n/4*4])
	}
	for op, n := range calls {
		if n == 0 && asm.Op(op) != asm.Scale { // which products call
			t.Errorf("%v was not called", asm.Op(op))
		}
	}
}
