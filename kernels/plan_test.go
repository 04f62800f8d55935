package kernels

import (
	"fmt"
	"strings"
	"testing"
)

// allCosts are those of every set, which any machine can plan with.
var allCosts = []struct {
	name string
	size int
	*costs
}{
	{"avx512", 4, &costs32AVX512}, {"avx512 float64", 8, &costs64AVX512},
	{"avx512 Intel", 4, &costs32AVX512Intel}, {"avx512 Intel float64", 8, &costs64AVX512Intel},
	{"avx2", 4, &costs32AVX2}, {"avx2 float64", 8, &costs64AVX2},
	{"avx2 Intel", 4, &costs32AVX2Intel}, {"avx2 Intel float64", 8, &costs64AVX2Intel},
	{"neon", 4, &costs32NEON}, {"neon float64", 8, &costs64NEON},
	{"go", 4, &costsGo}, {"go float64", 8, &costsGo},
}

// problemOf is that of a shape, its operands without gaps and at cache lines.
func problemOf(s planShape, size int) problem {
	p := problem{m: s.m, n: s.n, k: s.k, size: size, a: storage{s.k, alongK | aligned}, b: storage{s.n, aligned}}
	if s.transA {
		p.a = storage{s.m, aligned}
	}
	if s.transB {
		p.b = storage{s.k, alongK | aligned}
	}
	return p
}

// describe says what a plan decides: "C" or, transposed, "Cᵀ"; how; what is packed;
// the blocks; and the parts, if there are several.
func describe(pl plan, c *costs) string {
	var b strings.Builder
	if b.WriteString("C"); pl.transposed {
		b.WriteString("ᵀ")
	}
	switch t := &c.tiles[pl.tile]; pl.route {
	case byRows:
		fmt.Fprintf(&b, " by rows, kc %d", pl.kc)
	case byDots:
		b.WriteString(" by dots")
	case byPanels:
		fmt.Fprintf(&b, " by panels, nc %d", pl.nc)
	default:
		in := func(x bool) string { return map[bool]string{true: "in place", false: "packed"}[x] }
		fmt.Fprintf(&b, " %dx%d, A %s, B %s, kc %d, mc %d", t.mr, t.nr, in(pl.aInPlace), in(pl.bInPlace), pl.kc, pl.mc)
		if !pl.fetchC {
			b.WriteString(", C not fetched")
		}
	}
	if g := &pl.grid; g.parts() > 1 {
		fmt.Fprintf(&b, ", %dx%dx%d parts", g.rows, g.cols, g.chains)
	}
	return b.String()
}

// TestPlans has the plans of a few shapes in every set. BenchmarkPlan says whether they
// are good.
func TestPlans(t *testing.T) {
	for _, c := range planTable {
		found := false
		for _, x := range allCosts {
			if x.name != c.set {
				continue
			}
			found = true
			if got := describe(planFor(problemOf(c.shape, x.size), x.costs, c.threads), x.costs); got != c.want {
				t.Errorf("%s, %v on %d threads:\n got %s\nwant %s", c.set, c.shape, c.threads, got, c.want)
			}
		}
		if !found {
			t.Errorf("no set %q", c.set)
		}
	}
}

// TestPlansKept has problems that differ in one thing and would be kept in the same
// place.
func TestPlansKept(t *testing.T) {
	first := problemOf(planShape{m: 3, n: 70, k: 9}, 4)
	for i, change := range []func(p *problem){
		func(p *problem) { p.m += 16 }, func(p *problem) { p.n += 16 }, func(p *problem) { p.k += 16 },
		func(p *problem) { p.a.ld++ }, func(p *problem) { p.b.ld++ },
		func(p *problem) { p.a.is ^= alongK }, func(p *problem) { p.b.is ^= alongK },
		func(p *problem) { p.masked = true },
	} {
		var ps plans
		p := first
		ps.of(&p, &costs32AVX512, 1)
		change(&p)
		for range 2 {
			if got, want := *ps.of(&p, &costs32AVX512, 1), planFor(p, &costs32AVX512, 1); got != want {
				t.Errorf("change %d: another problem's plan", i)
			}
		}
		kept := 0
		for _, x := range ps {
			if x.problem == p {
				kept++
			} else if x.problem != (problem{}) {
				t.Errorf("change %d: kept in another place", i)
			}
		}
		if kept != 1 {
			t.Errorf("change %d: kept %d times", i, kept)
		}
	}
}

// TestPlansTurn has products by panels, which go to and fro, whatever is between them, and
// others, which do not.
func TestPlansTurn(t *testing.T) {
	c := &costs32AVX512
	b := storage{c.packedShape().nr, aligned | packed}
	first, second, other := problemOf(planShape{m: 1, n: 400, k: 784}, 4), problemOf(planShape{m: 2, n: 784, k: 400}, 4), problemOf(planShape{m: 3, n: 400, k: 784}, 4)
	first.b, second.b = b, b
	var ps plans
	for i, want := range []bool{true, false, true} {
		for _, p := range []problem{first, second, other} {
			turned := want && p != other
			if got, pure := *ps.of(&p, c, 1), planFor(p, c, 1); got.backwards != turned || pure.backwards {
				t.Errorf("%+v, time %d: backwards %v, and as planned %v", p, i, got.backwards, pure.backwards)
			}
		}
	}
}

// TestPlansHold checks what every plan must be for its product to be right, over the
// shapes of all tests.
func TestPlansHold(t *testing.T) {
	sizes := []int{1, 2, 3, 5, 8, 13, 24, 33, 64, 127, 400, 785, 2049, 70_000}
	for _, x := range allCosts {
		for _, m := range sizes {
			for _, n := range sizes {
				for _, k := range append(sizes, 0, 511, 512, 513, 1_000_000) {
					for i := range 24 {
						p := problemOf(planShape{i&1 != 0, i&2 != 0, m, n, k}, x.size)
						p.masked = i&4 != 0
						switch i & 24 {
						case 8:
							p.a.is |= scaled
						case 16:
							p.b = storage{x.packedShape().nr, aligned | packed}
						}
						for _, threads := range []int{1, 2, 7, 16} {
							checkPlan(t, x.name, p, planFor(p, x.costs, threads), x.costs, threads)
						}
					}
				}
			}
		}
	}
}

func checkPlan(t *testing.T, set string, p problem, pl plan, c *costs, threads int) {
	t.Helper()
	o := p
	if pl.transposed {
		o = p.transpose()
	}
	fail := func(what string) {
		t.Helper()
		t.Fatalf("%s, %+v on %d threads: %s: %s", set, p, threads, what, describe(pl, c))
	}
	tile := &c.tiles[pl.tile]
	switch {
	case pl.transposed && (p.masked || pl.route != byTiles || pl.grid.chains > 1):
		fail("a transposed product that cannot be")
	case pl.route != byTiles && (p.a.has(scaled) || p.k == 0):
		fail("a route without packing")
	case pl.route == byRows && (c.rowCols == 0 || p.b.has(alongK)):
		fail("a B that rows cannot be read of")
	case pl.route == byDots && (c.dotMaxRows == 0 || !p.b.has(alongK) || !p.a.has(alongK) || p.masked):
		fail("no dots")
	case pl.route == byPanels && (!p.b.has(packed) || form(p.m, tile.mr, tile.heights) != p.m || pl.nc < tile.nr || pl.nc%tile.nr != 0):
		fail("panels that are not there, or more rows than there are")
	case pl.grid.parts() > threads || pl.grid.parts() < 1:
		fail("a part too many")
	case pl.grid.chains > 1 && (pl.grid.rows*pl.grid.cols > 1 || pl.route != byTiles):
		fail("chains and C divided at once")
	}
	if pl.route == byTiles {
		rows, _ := pl.grid.largest(o.m, o.n)
		switch {
		case pl.aInPlace && o.a.has(scaled):
			fail("an A that cannot be read in place")
		case pl.bInPlace && (o.b.has(scaled) || o.b.has(alongK) || rows > pl.mc):
			fail("a B that cannot be read in place")
		case pl.kc < 1 || pl.kc > chainSteps || pl.mc < tile.mr || pl.mc%tile.mr != 0 || pl.nc < tile.nr || pl.nc%tile.nr != 0:
			fail("blocks that tiles do not fill")
		case pl.kc < min(p.k, chainSteps) && pl.kc%transposeStrip != 0:
			fail("a block that transposes do not fill")
		}
	}
	covered := 0
	for x := range pl.grid.rows * pl.grid.cols {
		r := pl.grid.part(x, o.m, o.n)
		if r.i0 >= r.i1 || r.j0 >= r.j1 {
			fail("an empty part")
		}
		covered += (r.i1 - r.i0) * (r.j1 - r.j0)
	}
	if covered != o.m*o.n {
		fail("parts that do not make C")
	}
}

// TestPlansBalance computes what each of 2 to 16 threads would do of the larger
// products of a training step and of squares, in elements of C that tiles compute:
// no thread has much more than its share, and packing in every part costs little.
func TestPlansBalance(t *testing.T) {
	c := &costs32AVX512
	for _, s := range []planShape{
		{false, false, 128, 400, 784}, {false, true, 128, 400, 784}, {false, false, 128, 784, 400}, {false, true, 128, 784, 400},
		{true, false, 784, 400, 128}, {true, false, 400, 784, 128},
		{false, false, 512, 512, 512}, {false, true, 1024, 1024, 1024}, {false, false, 1024, 1024, 1024}, {false, false, 2048, 2048, 2048},
	} {
		for threads := 2; threads <= 16; threads++ {
			p := problemOf(s, 4)
			pl := planFor(p, c, threads)
			if pl.transposed {
				p = p.transpose()
			}
			most, moved := 0, 0
			for x := range pl.grid.parts() {
				r := pl.grid.part(x, p.m, p.n)
				rows, cols := r.i1-r.i0, r.j1-r.j0
				most = max(most, c.tiles[pl.tile].area(rows, cols))
				bytes := 0
				if !pl.aInPlace {
					bytes += 4 * rows * p.k
				}
				if !pl.bInPlace {
					bytes += 4 * cols * p.k
				}
				moved = max(moved, bytes)
			}
			balance := float64(p.m*p.n) / float64(threads) / float64(most)
			least := 0.88
			if threads&(threads-1) != 0 { // which divides few shapes
				least = 0.75
			}
			t.Logf("%v, %d threads: %dx%d parts, balance %.0f %%, %d KiB packed by a part", s, threads, pl.grid.rows, pl.grid.cols, 100*balance, moved>>10)
			if balance < least {
				t.Errorf("%v on %d threads: a part of %dx%d has %.2f of its share", s, threads, pl.grid.rows, pl.grid.cols, 1/balance)
			}
		}
	}
}

// TestPlansOfPacked has the plans of a few rows times a packed B.
func TestPlansOfPacked(t *testing.T) {
	const tiles = "C 12x32, A packed, B packed, kc 512, mc 444"
	for _, x := range []struct {
		m, n, k, ld int
		is          traits // of A
		threads     int
		want        string
	}{
		{1, 3000, 784, 784, alongK, 1, "C by panels, nc 160"},
		{1, 3000, 784, 784, alongK, 2, "C by panels, nc 160, 1x2x1 parts"},
		{1, 3000, 5000, 5000, alongK, 1, "C by panels, nc 32"},
		{2, 3000, 60, 60, alongK, 1, "C by panels, nc 2048"},
		{12, 3000, 512, 512, alongK, 1, "C by panels, nc 256"},
		{12, 3000, 512, 1024, alongK, 1, tiles}, // rows of A share sets of a cache
		{2, 3000, 784, 784, alongK | scaled, 1, tiles},
		{3, 3000, 784, 784, alongK, 1, "C 12x32, A in place, B packed, kc 512, mc 444"}, // no form of three rows
		{2, 64, 20_000, 20_000, alongK, 4, "C 12x32, A in place, B packed, kc 512, mc 444, 1x1x4 parts"},
	} {
		c := &costs32AVX512
		p := problem{m: x.m, n: x.n, k: x.k, size: 4, a: storage{x.ld, x.is}, b: storage{c.packedShape().nr, aligned | packed}}
		if got := describe(planFor(p, c, x.threads), c); got != x.want {
			t.Errorf("%dx%dx%d, ld %d, on %d threads:\n got %s\nwant %s", x.m, x.n, x.k, x.ld, x.threads, got, x.want)
		}
	}
}
