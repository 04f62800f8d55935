package kernels

import (
	"fmt"
	"math/bits"
	"testing"
)

// TestGemmCallsAreShort counts the work of every call into assembly, for a goroutine
// cannot be stopped there: multiply-adds at most as the set's costs have it, which is
// less than 100 µs, or a tile; 2^17 elements to be moved; and 512 KiB of B, which may be
// in no cache.
func TestGemmCallsAreShort(t *testing.T) {
	for _, r := range testRows(t) {
		if r == &goRow { // which can be stopped
			continue
		}
		set := *r
		countCalls(t, r.name, &set.gemm32)
		countCalls(t, r.name, &set.gemm64)
		e := New(Set{&set}, 1)
		callsOf[float32](t, e)
		callsOf[float64](t, e)
		set.gemm32.blockWindows = 1 << 18
		for _, move := range []float64{set.gemm32.moveWindow, 0, 1e12} { // as costs have it, no direct convolution, all that can be
			set.gemm32.moveWindow = move
			callsOfConvolutions(New(Set{&set}, 1))
		}
		callsOfPacked(e)
		set.gemm32.panelBlock = 0
		callsOfPacked(New(Set{&set}, 1))
	}
}

// countCalls replaces the kernels of ts by some that count and do nothing.
func countCalls[T Float](t *testing.T, name string, ts *tiles[T]) {
	check := func(what string, work, most int) {
		if work > most {
			t.Errorf("%s, float%d: %s: a call of %d, more than %d", name, 8*sizeOf[T](), what, work, most)
		}
	}
	const most = 1 << 17
	counted := func(what string, least int) microKernel[T] {
		return func(k int, _ *T, _, _, _ int, _ *T, _, _ int, _ *T, _ int, _, _ *T, m, n, mode int) {
			check(what, m*max(n*k, rowWork), max(ts.call, least))
			check(what+", bytes of B", n*k*sizeOf[T](), 1<<19)
			check(what+" with several starts", bits.OnesCount(uint(mode&(tileStart|tileAdd))), 1)
		}
	}
	ts.run = append([]microKernel[T](nil), ts.run...)
	for i, shape := range ts.tiles {
		ts.run[i] = counted("a tile", shape.mr*shape.nr*chainSteps)
	}
	if ts.row != nil {
		ts.row = counted("a row", 0)
	}
	if ts.windows != nil {
		ts.windows = func(_ *T, _ int, _ *T, _, _, places, rows, run int) { check("windows", places*rows*run, most) }
	}
	packers := func(what string, ps []packer[T], each int) []packer[T] {
		ps = append([]packer[T](nil), ps...)
		for i := range ps {
			ps[i].run = func(_ *T, _ int, _ *T, _ int, n int) { check(what, ps[i].w*n*each, most) }
		}
		return ps
	}
	ts.transposes = packers("a transpose", ts.transposes, transposeStrip)
	ts.copies = packers("a copy", ts.copies, 1)
	ts.dots = append([]dots[T](nil), ts.dots...)
	for i := range ts.dots {
		ts.dots[i].run = func(_, _, _ *T, _, rows, quads int) { check("dot products", rows*quads*quad, most) }
	}
}

// callsOf makes products that are long in one direction or all, in every way. The
// workspace of none has more than 2^21 elements, and few of C: it is bounded by blocks.
func callsOf[T Float](t *testing.T, e *Engine) {
	g := gemmOf[T](e)
	for _, s := range [][3]int{
		{1, 2047, 600}, {2, 3000, 520}, {20_000, 33, 1}, {2000, 700, 4}, {1, 3000, 50}, {1, 90_000, 9}, {2, 9, 90_000}, {1500, 40, 600}, {30_000, 3, 16},
		{3, 30_000, 16}, {16, 200_000, 12}, {16, 30_000, 40}, {700, 700, 700}, {3000, 3000, 9}, {12, 32, 40_000}, {100_000, 1, 1}, {1, 100_000, 1}, {50_000, 9, 60}, {40, 50, 90},
	} {
		m, n, k := s[0], s[1], s[2]
		a, b, c := make([]T, m*k), make([]T, k*n), make([]T, m*n)
		transposes(func(transA, transB bool) {
			for _, alpha := range []T{1, 2} {
				x, y, z := view(transA, m, k, a, columns(transA, m, k)), view(transB, k, n, b, columns(transB, k, n)), NewMatrix(c, m, n)
				clear(g.workers)
				g.multiply(&z, alpha, &x, &y, 0, &EpilogueOf[T]{Bias: make([]T, n)})
				if w := &g.workers[0]; cap(w.a)+cap(w.b)+cap(w.c) > 1<<21 || cap(w.c) > transposedBlock {
					t.Errorf("%v: %v %v %v takes a workspace of %d, %d and %d elements", e, s, transA, transB, cap(w.a), cap(w.b), cap(w.c))
				}
			}
		})
	}
}

func callsOfPacked(e *Engine) {
	for _, s := range [][3]int{{1, 3000, 1100}, {2, 3000, 500}, {3, 2100, 513}, {4, 700, 2000}, {12, 2100, 512}, {1, 100_000, 4}, {1, 40, 20_000}} {
		m, n, k := s[0], s[1], s[2]
		e.GemmPacked(NewMatrix(make([]float32, m*n), m, n), 1, NewMatrix(make([]float32, m*k), m, k),
			e.Pack(nil, NewMatrix(make([]float32, k*n), k, n)), 0, nil)
	}
}

func callsOfConvolutions(e *Engine) {
	for _, g := range []Convolution{
		{1, 1, 9000, 16, 1, 3, 40, 1, 2, 0, 0, 1, 1}, {2, 5, 3000, 70, 1, 2, 32, 2, 3, 0, 0, 0, 0}, {1, 2, 1000, 512, 1, 1, 4, 1, 2, 0, 0, 0, 0},
		{1, 130, 130, 40, 5, 5, 3, 2, 2, 2, 2, 2, 2}, {9, 30, 30, 40, 3, 3, 48, 1, 1, 1, 1, 1, 1}, {2, 9, 64, 200, 1, 2, 48, 1, 2, 0, 0, 0, 0}, {1, 400, 400, 1, 3, 3, 32, 2, 2, 1, 1, 1, 1},
	} {
		nx, ny, nw := g.lengths()
		x, y, w := make([]float32, nx), make([]float32, ny), make([]float32, nw)
		e.Conv(y, x, w, g, nil)
		e.ConvTranspose(x, y, w, g, nil)
		e.ConvWeightGrad(w, x, y, g)
	}
}

// TestGemmAllocatesNothing has every route, again and again.
func TestGemmAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, r := range testRows(t) {
		for _, threads := range []int{1, 2} {
			e := New(Set{r}, threads)
			allocsOf[float32](t, e)
			allocsOf[float64](t, e)
			a, b, c, dst := make([]float32, 900), make([]float32, 2400), make([]float32, 600), make([]float32, 4000)
			p := Packed{}
			expectNoAllocs(t, e, "Pack", func() { p = e.Pack(dst, NewMatrix(b, 60, 40)) })
			expectNoAllocs(t, e, "GemmPacked", func() { e.GemmPacked(NewMatrix(c, 15, 40), 2, NewMatrix(a, 15, 60), p, 0, nil) })
		}
	}
}

func allocsOf[T Float](t *testing.T, e *Engine) {
	for _, s := range []planShape{
		{m: 40, n: 50, k: 600}, {m: 1, n: 300, k: 50}, {m: 1, n: 100, k: 1100}, {transB: true, m: 2, n: 20, k: 1100},
		{m: 300, n: 9, k: 400}, {m: 9, n: 11, k: 6 * chainSteps},
	} {
		a, b, c := make([]T, s.m*s.k), make([]T, s.k*s.n), make([]T, s.m*s.n)
		x, y, z := NewMatrix(a, s.m, s.k), view(s.transB, s.k, s.n, b, columns(s.transB, s.k, s.n)), NewMatrix(c, s.m, s.n)
		expectNoAllocs(t, e, fmt.Sprintf("%T, %v", c, s), func() { gemmOf[T](e).multiply(&z, 1, &x, &y, 0, nil) })
	}
}
