package kernels

import (
	"fmt"
	"math/rand/v2"
	"os"
	"testing"
)

// TestGemmRandom makes products of random shapes, strides, places in memory and
// epilogues by every plan that BenchmarkPlan knows, on random numbers of threads, in all
// sets, and packed. All have the same bits, of which some are compared with the
// definition, and every operand lies beside guard pages. LANEWISE_RANDOM is how many
// products there are and, after a comma, from which seed.
func TestGemmRandom(t *testing.T) {
	n, seed := 600, uint64(1)
	if brief() {
		n = 150
	}
	if s := os.Getenv("LANEWISE_RANDOM"); s != "" {
		if _, err := fmt.Sscanf(s, "%d,%d", &n, &seed); err != nil {
			t.Fatalf("LANEWISE_RANDOM: %v", err)
		}
	}
	t.Run("float32", func(t *testing.T) { gemmRandom[float32](t, n, seed) })
	t.Run("float64", func(t *testing.T) { gemmRandom[float64](t, n, seed) })
}

// randomMost is how many elements a random operand has at most.
const randomMost = 1 << 18

// A randomGemm draws products.
type randomGemm[T Float] struct {
	*testing.T
	rng   *rand.Rand
	place func(turn int) func(n int) []T
	near  []int // sizes at which something changes
	es    []*Engine
	calls int
}

func gemmRandom[T Float](t *testing.T, n int, seed uint64) {
	r := &randomGemm[T]{T: t, rng: rand.New(rand.NewPCG(seed, 18)), place: guardedPlaces[T](t, randomMost)}
	r.near = []int{4, 8, 16, 32, 64, 96, 128, 256, 384, 512, 1024, 1536, 2048}
	for _, c := range testCosts(t) {
		r.near = append(r.near, c.blockA/chainSteps, c.nc, c.rowsInCall, c.rowCols, c.transposeSteps)
		for _, rule := range c.rowRules {
			r.near = append(r.near, min(rule.rows, 33), rule.cols, rule.steps)
		}
		for _, x := range c.tiles {
			r.near = append(r.near, x.mr, 2*x.mr, x.nr, 3*x.nr, 4*x.mr, 4*x.nr, 64*x.mr, c.panelB/x.nr)
		}
	}
	for _, row := range testRows(t) {
		for _, threads := range []int{1, 2, 3, 7} {
			r.es = append(r.es, New(Set{row}, threads))
			if threads == 3 && row != &goRow { // many short calls
				short := *row
				short.gemm32.call, short.gemm64.call = 1<<12, 1<<12
				short.gemm32.panelBlock = 1 << 12
				short.gemm32.rowsInCall, short.gemm64.rowsInCall = 3, 3
				r.es[len(r.es)-1] = New(Set{&short}, threads)
			}
		}
	}
	for range n {
		r.one()
	}
	t.Log(r.calls, "calls")
}

func (r *randomGemm[T]) size() int {
	switch r.rng.IntN(4) {
	case 0:
		return 1 + r.rng.IntN(9)
	case 1:
		return 1 + r.rng.IntN(70)
	case 2:
		return 1 + r.rng.IntN(1<<r.rng.IntN(13))
	}
	return max(1, r.near[r.rng.IntN(len(r.near))]+r.rng.IntN(3)-1)
}

// mat is a matrix of random numbers, with a random gap between its rows, at either end
// of guarded memory, or a little off it.
func (r *randomGemm[T]) mat(place func(n int) []T, rows, cols, ld int, special bool) *mat[T] {
	m := &mat[T]{rows: rows, cols: cols, ld: max(1, ld)}
	n := 0
	if rows > 0 && cols > 0 {
		n = (rows-1)*m.ld + cols
	}
	off := [2]int{}
	if r.rng.IntN(2) == 0 {
		off = [2]int{r.rng.IntN(17), r.rng.IntN(17)}
	}
	m.first = off[0]
	m.fresh(place(off[0] + n + off[1]))
	m.each(func(_, _ int, x *T) { *x = draw[T](r.rng, special) })
	return m
}

// draw is a call whose operands have at most so many elements.
func (r *randomGemm[T]) draw() (p gemmCall[T]) {
	work := []int{20_000, 20_000, 20_000, 400_000, 4_000_000}[r.rng.IntN(5)]
	for {
		p.m, p.n, p.k = r.size(), r.size(), r.size()
		switch r.rng.IntN(8) {
		case 0: // chains for several threads
			p.k = 4*chainSteps + r.rng.IntN(5*chainSteps)
		case 1: // several chains of a few rows
			p.m, p.k = 1+r.rng.IntN(3), chainSteps+r.rng.IntN(2*chainSteps)
		}
		if p.m*p.n*p.k <= work && max(p.m*p.n, p.n*p.k, p.m*p.k)*2+100 <= randomMost {
			break
		}
	}
	if r.rng.IntN(40) == 0 {
		p.k = 0
	}
	p.transA, p.transB = r.rng.IntN(2) == 0, r.rng.IntN(2) == 0
	p.alpha = []T{1, 1, 1, 1, -0.7, 0}[r.rng.IntN(6)]
	p.beta = []T{0, 0, 1, 0.9}[r.rng.IntN(4)]
	return p
}

func (r *randomGemm[T]) one() {
	p := r.draw()
	rng := r.rng
	place, special := r.place(rng.IntN(32)), rng.IntN(3) == 0
	gap := func(rows, n int) int {
		switch rng.IntN(4) {
		case 0:
			return n + rng.IntN(min(20, n+1))
		case 1:
			if x := roundUp(n, 16); x <= 2*n {
				return x
			}
		case 2: // rows on one set of the first-level cache
			if x := roundUp(n, 1024); rows*x+100 <= randomMost {
				return x
			}
		}
		return n
	}
	stored := func(trans bool, rows, cols int) *mat[T] {
		if trans {
			rows, cols = cols, rows
		}
		return r.mat(place, rows, cols, gap(rows, cols), special)
	}
	a, b, c := stored(p.transA, p.m, p.k), stored(p.transB, p.k, p.n), stored(false, p.m, p.n)
	var ep *EpilogueOf[T]
	if rng.IntN(2) == 0 {
		ep = &EpilogueOf[T]{Activation: Activation(rng.IntN(2))}
		switch rng.IntN(3) {
		case 0:
			p.beta, ep.Bias = 0, r.mat(place, 1, p.n, p.n, special).x()
		case 1:
			p.beta, ep.RowBias = 0, r.mat(place, 1, p.m, p.m, special).x()
		default:
			place(0)
		}
		if rng.IntN(2) == 0 {
			ep.Mask = view(false, p.m, p.n, r.mat(place, p.m, p.n, c.ld, special).x(), c.ld)
		}
	}
	start := append([]T(nil), c.buf...)
	var want []T
	var by string
	check := func(e *Engine, what string, f func()) {
		r.Helper()
		copy(c.buf, start)
		f()
		r.calls++
		if want == nil {
			want, by = append(want, c.buf...), fmt.Sprint(e, what)
			r.define(p, a, b, c, start, ep)
			return
		}
		for i, x := range c.buf {
			if !sameT(x, want[i]) || bitsOf(want[i]) == bitsOf(canaryOf[T]()) && bitsOf(x) != bitsOf(want[i]) {
				r.Fatalf("%v, ld %d %d %d, epilogue %+v: %v, %s: C[%d,%d] = %v, but %v by %s", p, a.ld, b.ld, c.ld, ep,
					e, what, (i-c.first)/c.ld, (i-c.first)%c.ld, x, want[i], by)
			}
		}
	}
	for i, e := range r.es {
		if e.tooMuch(p.m*p.n*p.k) || i%4 != rng.IntN(4) && rng.IntN(3) > 0 {
			continue
		}
		check(e, "", func() { p.with(e, a.x(), a.ld, b.x(), b.ld, c.x(), c.ld, ep) })
		if e32, ok := any(p).(gemmCall[float32]); ok && rng.IntN(4) == 0 {
			check(e, "packed", func() {
				e32.packed(e, any(a).(*mat[float32]), any(b).(*mat[float32]), any(c).(*mat[float32]), any(ep).(*Epilogue))
			})
		}
		if p.alpha == 0 || p.k == 0 {
			continue
		}
		g := gemmOf[T](e)
		x, y, z := view(p.transA, p.m, p.k, a.x(), a.ld), view(p.transB, p.k, p.n, b.x(), b.ld), view(false, p.m, p.n, c.x(), c.ld)
		q := problem{m: p.m, n: p.n, k: p.k, size: sizeOf[T](), masked: ep != nil && ep.Mask.Data != nil}
		var oa, ob operand[T]
		oa.set(&x, !p.transA, p.alpha)
		ob.set(&y, p.transB, 1)
		oa.describe(&q.a)
		ob.describe(&q.b)
		plans := alternatives(q, &g.set.costs, e.Threads())
		for _, alt := range plans {
			plans = append(plans, alternative{alt.what + ", other blocks", r.blocks(alt.plan, &g.set.costs)})
		}
		for _, alt := range plans {
			if rng.IntN(3) > 0 || !possible(q, alt.plan) {
				continue
			}
			check(e, alt.what, func() {
				pr := g.prepare(&z, p.beta, ep)
				pr.k, pr.a, pr.b = p.k, oa, ob
				g.run(&alt.plan)
			})
		}
	}
	if !a.intact() || !b.intact() || !c.intact() {
		r.Fatalf("%v: changed the surroundings of an operand", p)
	}
}

func (p gemmCall[T]) packed(e *Engine, a, b, c *mat[float32], ep *Epilogue) {
	e.GemmPacked(view(false, p.m, p.n, c.x(), c.ld), float32(p.alpha), view(p.transA, p.m, p.k, a.x(), a.ld),
		e.Pack(nil, view(p.transB, p.k, p.n, b.x(), b.ld)), float32(p.beta), ep)
}

// blocks is pl with blocks of random sizes.
func (r *randomGemm[T]) blocks(pl plan, c *costs) plan {
	t := &c.tiles[pl.tile]
	switch pl.route {
	case byTiles:
		pl.kc, pl.mc, pl.nc = transposeStrip*(1+r.rng.IntN(40)), t.mr*(1+r.rng.IntN(9)), t.nr*(1+r.rng.IntN(9))
	case byRows:
		pl.kc, pl.nc = 1+r.rng.IntN(300), 1+r.rng.IntN(300)
	}
	return pl
}

// possible tells whether pl can make p.
func possible(p problem, pl plan) bool {
	o := p
	if pl.transposed {
		o = p.transpose()
	}
	for x := range pl.grid.rows * pl.grid.cols {
		if r := pl.grid.part(x, o.m, o.n); r.i0 >= r.i1 || r.j0 >= r.j1 {
			return false
		}
	}
	switch {
	case pl.transposed && p.masked, pl.route != byTiles && p.a.has(scaled),
		pl.aInPlace && o.a.has(scaled), pl.bInPlace && o.b.has(scaled):
		return false
	}
	return true
}

// define compares some elements of C, corners among them, with their definition.
func (r *randomGemm[T]) define(p gemmCall[T], a, b, c *mat[T], start []T, ep *EpilogueOf[T]) {
	r.Helper()
	if ep == nil {
		ep = &EpilogueOf[T]{}
	}
	for x := range 4 + 20_000/(p.k+100) {
		i, j := r.rng.IntN(p.m), r.rng.IntN(p.n)
		if x < 4 {
			i, j = x%2*(p.m-1), x/2*(p.n-1)
		}
		at := c.first + i*c.ld + j
		var s T
		switch {
		case ep.Bias != nil:
			s = ep.Bias[j]
		case ep.RowBias != nil:
			s = ep.RowBias[i]
		case p.beta != 0:
			s = p.beta * start[at]
		}
		s = p.chains(a, b, i, j, s)
		if ep.Activation == ReLU && s <= 0 {
			s = 0
		}
		if ep.Mask.Data != nil && !(ep.Mask.Data[i*c.ld+j] > 0) {
			s = 0
		}
		if !sameT(c.buf[at], s) {
			r.Fatalf("%v, epilogue %+v: C[%d,%d] = %v, by definition %v", p, ep, i, j, c.buf[at], s)
		}
	}
}
