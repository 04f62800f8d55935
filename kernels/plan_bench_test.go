package kernels

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"
	"unsafe"
)

// planShapes are the products of a training step of 784-400-20-400-784 with 128, 64,
// 8 images and 1, squares, and some beside the bounds of plans.
var planShapes = func() (ps []planShape) {
	for _, n := range []int{64, 256, 512, 1024} {
		ps = append(ps, planShape{m: n, n: n, k: n}, planShape{transB: true, m: n, n: n, k: n})
	}
	for _, images := range []int{128, 64, 8, 4, 1} {
		for _, s := range [][2]int{{400, 784}, {20, 400}, {400, 20}, {784, 400}} {
			ps = append(ps,
				planShape{transB: true, m: images, n: s[0], k: s[1]},
				planShape{m: images, n: s[1], k: s[0]},
				planShape{transA: true, m: s[0], n: s[1], k: images})
		}
	}
	return append(ps, planShape{m: 300, n: 2000, k: 2000}, planShape{m: 128, n: 1000, k: 2000},
		planShape{transA: true, m: 288, n: 32, k: 25088}, planShape{transA: true, m: 32, n: 32, k: 25088},
		planShape{transB: true, m: 1, n: 1024, k: 1024}, planShape{m: 1, n: 1024, k: 1024}, planShape{m: 1, n: 2048, k: 2048}, planShape{m: 2, n: 784, k: 400}, planShape{m: 2, n: 2048, k: 2048}, planShape{m: 4, n: 2048, k: 2048}, planShape{m: 8, n: 2048, k: 2048}, planShape{m: 4, n: 2000, k: 2000},
		planShape{m: 8, n: 512, k: 512}, planShape{m: 3, n: 400, k: 10}, planShape{m: 4, n: 400, k: 16}, planShape{m: 8, n: 400, k: 4},
		planShape{m: 8, n: 400, k: 8}, planShape{m: 8, n: 400, k: 16}, planShape{m: 16, n: 100, k: 16}, planShape{m: 16, n: 400, k: 4},
		planShape{m: 32, n: 400, k: 4}, planShape{m: 100, n: 400, k: 4}, planShape{m: 100, n: 100, k: 2}, planShape{m: 8, n: 40, k: 8}, planShape{m: 40, n: 400, k: 8}, planShape{m: 20, n: 400, k: 16},
		planShape{m: 2000, n: 2000, k: 16}, planShape{m: 2000, n: 2000, k: 64})
}()

type planShape struct {
	transA, transB bool
	m, n, k        int
}

func (s planShape) String() string {
	kind := func(t bool) string { return map[bool]string{false: "N", true: "T"}[t] }
	return fmt.Sprintf("%s%s-%dx%dx%d", kind(s.transA), kind(s.transB), s.m, s.n, s.k)
}

// An alternative is a plan that differs from the one chosen.
type alternative struct {
	what string
	plan plan
}

// alternatives are the plan of p and those that decide otherwise.
func alternatives(p problem, c *costs, threads int) (as []alternative) {
	chosen := planFor(p, c, threads)
	add := func(what string, pl plan) {
		for _, a := range as {
			if a.plan == pl {
				return
			}
		}
		as = append(as, alternative{what, pl})
	}
	add("the plan", chosen)
	if !p.b.has(alongK) && c.rowCols > 0 {
		add("by rows", c.finish(p, plan{route: byRows}, threads))
	}
	if c.dotMaxRows > 0 && p.m <= 4 && p.n >= dotRows && p.k >= dotRows && p.a.has(alongK) && p.b.has(alongK) {
		add("by dots", c.finish(p, plan{route: byDots}, threads))
	}
	for i, t := range c.tiles {
		name := fmt.Sprintf("%dx%d", t.mr, t.nr)
		add("tile "+name, c.finish(p, plan{tile: i}, threads))
		add("transposed, tile "+name, c.finish(p.transpose(), plan{tile: i, transposed: true}, threads))
	}
	o := p
	if chosen.transposed {
		o = p.transpose()
	}
	vary := func(what string, f func(pl *plan)) {
		pl := chosen
		f(&pl)
		add(what, pl)
	}
	switch chosen.route {
	case byTiles:
		t := &c.tiles[chosen.tile]
		if chosen.aInPlace || o.k > 0 {
			vary(fmt.Sprint("A in place: ", !chosen.aInPlace), func(pl *plan) { pl.aInPlace = !pl.aInPlace })
		}
		if rows, _ := chosen.grid.largest(o.m, o.n); chosen.bInPlace || o.k > 0 && !o.b.has(alongK) && rows <= chosen.mc {
			vary(fmt.Sprint("B in place: ", !chosen.bInPlace), func(pl *plan) { pl.bInPlace = !pl.bInPlace })
		}
		vary("half the steps of a block", func(pl *plan) { pl.kc = roundUp(ceilDiv(pl.kc, 2), transposeStrip) })
		vary("half the rows of a block", func(pl *plan) { pl.mc = max(t.mr, pl.mc/2/t.mr*t.mr) })
		vary(fmt.Sprint("C fetched: ", !chosen.fetchC), func(pl *plan) { pl.fetchC = !pl.fetchC })
		if rows, _ := chosen.grid.largest(o.m, o.n); rows > chosen.mc {
			vary("twice the rows of a block", func(pl *plan) { pl.mc *= 2 })
		}
	case byRows:
		for _, kc := range []int{16, 32, 64, 128, 512} {
			vary(fmt.Sprint(kc, " steps of a block"), func(pl *plan) { pl.kc = kc })
		}
	}
	if threads > 1 {
		for r := 1; r <= threads; r++ {
			vary(fmt.Sprintf("%dx%d parts", r, threads/r), func(pl *plan) { pl.grid.rows, pl.grid.cols, pl.grid.chains = r, threads/r, 1 })
		}
	}
	return as
}

// BenchmarkPlan measures every decision of the plans against its alternatives, on
// the fastest set or the one that LANEWISE_ISA names, and says where one of them is
// more than 3 % faster than the plan (with -v, what all of them gain or lose): what to
// change in the set's costs for a new processor. One round of all is enough:
//
//	go test ./kernels -run - -bench Plan -benchtime 1x -cpu 2
func BenchmarkPlan(b *testing.B) {
	for _, threads := range []int{1, 2} {
		benchPlans[float32](b, threads)
		benchPlans[float64](b, threads)
	}
}

func benchPlans[T Float](b *testing.B, threads int) {
	e := New(Default(), threads)
	for _, s := range planShapes {
		b.Run(fmt.Sprintf("%s/float%d/threads=%d/%v", e.set.name, 8*sizeOf[T](), threads, s), func(b *testing.B) { benchPlan[T](b, e, s) })
	}
}

// benchPlan runs the alternatives alternately.
func benchPlan[T Float](b *testing.B, e *Engine, s planShape) {
	const enough, rounds = 200 * time.Microsecond, 41
	g := gemmOf[T](e)
	x, y, z := atLine[T](s.m*s.k), atLine[T](s.k*s.n), atLine[T](s.m*s.n)
	for i := range x {
		x[i] = T(i%7) - 3
	}
	for i := range y {
		y[i] = T(i%5) - 2
	}
	left, right := view(s.transA, s.m, s.k, x, columns(s.transA, s.m, s.k)), view(s.transB, s.k, s.n, y, columns(s.transB, s.k, s.n))
	c := NewMatrix(z, s.m, s.n)
	as := alternatives(problemOf(s, sizeOf[T]()), &g.set.costs, e.Threads())
	run := func(pl *plan) {
		p := g.prepare(&c, 0, nil)
		p.k = s.k
		p.a.set(&left, !s.transA, 1)
		p.b.set(&right, s.transB, 1)
		g.run(pl)
	}
	times := make([][]time.Duration, len(as))
	for range b.N {
		for round := range rounds {
			for x := range as {
				i := (x + round) % len(as)
				start, n := time.Now(), 0
				for n = 0; n == 0 || time.Since(start) < enough; n++ {
					run(&as[i].plan)
				}
				start = time.Now()
				for range n {
					run(&as[i].plan)
				}
				times[i] = append(times[i], time.Since(start)/time.Duration(n))
			}
		}
	}
	median, order := make([]float64, len(as)), make([]int, len(as))
	for i := range as {
		slices.Sort(times[i])
		median[i], order[i] = times[i][len(times[i])/2].Seconds(), i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(median[i], median[j]) })
	flop := 2 * float64(s.m) * float64(s.n) * float64(s.k)
	b.ReportMetric(flop/median[0]/1e9, "GFLOP/s")
	b.ReportMetric(100*median[order[0]]/median[0], "%best")
	b.ReportMetric(0, "ns/op")
	for _, i := range order {
		if median[i] > 0.97*median[0] && !testing.Verbose() {
			break
		}
		b.Logf("%s: %.2f times the plan (%.4g GFLOP/s)", as[i].what, median[0]/median[i], flop/median[i]/1e9)
	}
}

// atLine is memory that starts at a cache line.
func atLine[T Float](n int) []T {
	x := make([]T, n+cacheLine/4)
	for uintptr(unsafe.Pointer(&x[0]))%cacheLine != 0 {
		x = x[1:]
	}
	return x[:n:n]
}
