package kernels

// A grid cuts C into parts, each of which one thread multiplies by itself. Every
// part packs its operands for itself: what that costs is less than meeting the
// other threads between packing and multiplying. Where C has few tiles, the chains are
// divided instead.
type grid struct {
	rows, cols       int // parts
	rowStep, colStep int // where parts end
	chains           int // parts of k, in whole chains
}

// A rect is rows i0 to i1 and columns j0 to j1 of C.
type rect struct{ i0, i1, j0, j1 int }

func (g *grid) parts() int { return g.rows * g.cols * g.chains }

// part is part number x of an m×n product.
func (g *grid) part(x, m, n int) rect {
	if g.rows*g.cols == 1 {
		return rect{0, m, 0, n}
	}
	i0, i1 := span(m, g.rowStep, x/g.cols, g.rows)
	j0, j1 := span(n, g.colStep, x%g.cols, g.cols)
	return rect{i0, i1, j0, j1}
}

// largest is how many rows and columns the largest part has.
func (g *grid) largest(m, n int) (rows, cols int) {
	r := g.part(0, m, n)
	return r.i1 - r.i0, r.j1 - r.j0
}

// dividesChains tells whether to divide k: C has few tiles, and k chains enough for all
// threads.
func (c *costs) dividesChains(p problem, pl plan, threads int) bool {
	t, most := &c.tiles[pl.tile], threads-1
	if p.a.has(gathered) {
		most = max(most, c.dividedTiles)
	}
	return pl.route == byTiles && !pl.transposed && !p.scatter && c.worth(p, threads) == threads && threads > 1 &&
		ceilDiv(p.m, t.mr)*ceilDiv(p.n, t.nr) <= most && ceilDiv(p.k, chainSteps) >= 2*threads
}

// worth is how many of the threads p gives enough to do.
func (c *costs) worth(p problem, threads int) int {
	return int(min(float64(threads), float64(p.m)*float64(p.n)*float64(p.k)/float64(c.leastWork)))
}

// divide chooses the grid: the one whose largest part costs least.
func (c *costs) divide(p problem, pl plan, rowStep, colStep, threads int) grid {
	g := grid{rows: 1, cols: 1, rowStep: rowStep, colStep: colStep, chains: 1}
	if c.dividesChains(p, pl, threads) {
		g.chains = threads
		return g
	}
	threads = c.worth(p, threads)
	rows, cols := ceilDiv(p.m, rowStep), ceilDiv(p.n, colStep)
	least := 0.0
	for r := 1; r <= min(threads, rows) && threads > 1; r++ {
		try := g
		try.rows, try.cols = r, min(threads/r, cols)
		pm, pn := try.largest(p.m, p.n)
		area := pm * pn
		if pl.route == byTiles {
			area = c.tiles[pl.tile].area(pm, pn)
		}
		cost := float64(area) + c.partEdge*float64(pm+pn)
		if r == 1 || cost <= least { // rather of whole rows
			g, least = try, cost
		}
	}
	return g
}

// span is part i of so many of n rows or columns, in whole steps, the larger parts
// first.
func span(n, step, i, parts int) (from, to int) {
	each, rest := ceilDiv(n, step)/parts, ceilDiv(n, step)%parts
	from = (i*each + min(i, rest)) * step
	if i < rest {
		each++
	}
	return from, min(n, from+each*step)
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
func roundUp(a, b int) int { return ceilDiv(a, b) * b }
