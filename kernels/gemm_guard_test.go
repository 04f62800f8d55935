package kernels

import (
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestGemmGuarded has each matrix against an inaccessible page, at either end.
func TestGemmGuarded(t *testing.T) {
	t.Run("float32", func(t *testing.T) {
		gemmGuarded(t, func(n int, atEnd bool) []float32 { return guarded(t, n, atEnd) })
	})
	t.Run("float64", func(t *testing.T) {
		gemmGuarded(t, func(n int, atEnd bool) []float64 {
			x := guarded(t, 2*n, atEnd)
			return unsafe.Slice((*float64)(unsafe.Pointer(&x[0])), n)
		})
	})
}

func gemmGuarded[T Float](t *testing.T, memory func(n int, atEnd bool) []T) {
	const most = 1 << 13
	rng := rand.New(rand.NewPCG(9, 10))
	es := testEngines(t)
	for _, atEnd := range []bool{false, true} {
		var mem [5][]T
		for i := range mem {
			mem[i] = memory(most, atEnd)
		}
		place := func(i, n int) []T {
			if atEnd {
				return mem[i][most-n:]
			}
			return mem[i][:n]
		}
		step := 1
		if brief() {
			step = 5
		}
		for m := 1; m <= 26; m++ {
			for n := 1 + m%step; n <= 66; n += step + m%3 {
				k := (m + n) % 4
				p := gemmCall[T]{m%2 == 0, n%2 == 0, m, n, k, 1, T(n % 3)}
				a, b, c := p.mats(n%2*3, 0)
				for i, x := range []*mat[T]{a, b, c} {
					x.fresh(place(i, len(x.x())))
					x.each(func(_, _ int, x *T) { *x = draw[T](rng, false) })
				}
				beta, bias := p.beta, place(3, n)
				for j := range bias {
					bias[j] = draw[T](rng, false)
				}
				start := append([]T(nil), c.buf...)
				want := p.define(a, b, c, nil)
				for _, e := range es {
					if e.Threads() != 1 && (m+n)%8 != 0 {
						continue
					}
					copy(c.buf, start)
					p.beta = beta
					p.run(e, a.x(), a.ld, b.x(), b.ld, c.x(), c.ld)
					c.compare(t, want, e, p)
					ep := &EpilogueOf[T]{Bias: bias, Mask: view(false, m, n, place(4, len(c.x())), c.ld)}
					if p.beta = 0; m%2 == 0 {
						ep.Bias, ep.RowBias = nil, place(3, m)
					}
					p.with(e, a.x(), a.ld, b.x(), b.ld, c.x(), c.ld, ep)
				}
			}
		}
	}
}
