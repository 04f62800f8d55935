package kernels

// How a product is made is decided before anything is computed, by a pure function
// of its shape, the set's tiles and costs, and the number of threads. BenchmarkPlan
// measures each of its decisions against the alternatives.

// A problem is what a plan depends on.
type problem struct {
	m, n, k int
	a, b    storage
	size    int  // bytes of an element
	masked  bool // the epilogue has a mask, which lies as C does
	scatter bool // rows of C are scattered
}

// A storage is how an operand lies in memory.
type storage struct {
	ld int // elements from row to row
	is traits
}

// traits are bits of a storage.
type traits int

const (
	alongK   traits = 1 << iota // rows run along k; if not, along the panels
	aligned                     // it starts at a cache line
	scaled                      // it has a factor, which packing applies
	packed                      // it is packed already
	gathered                    // it is patches: A alone can be
	phased                      // they are gathered by phases
)

func (s *storage) has(t traits) bool { return s.is&t != 0 }

// A route is one of the ways to make a product.
type route int

const (
	byTiles  route = iota // blocked, tile by tile
	byRows                // row by row of C, with B in place
	byDots                // rows of B, along k, times a row of A
	byPanels              // a few rows of A, where they are, times panels that are packed
)

// A plan is how to make a product.
type plan struct {
	route      route
	transposed bool // Cᵀ = Bᵀ·Aᵀ is made: what follows is about that product
	tile       int  // of the set's tiles
	grid       grid
	kc, mc, nc int // a block's steps, rows and columns at most

	aInPlace, bInPlace bool // read where they are, as far as tiles are filled
	fetchC             bool // of the next tile, before a tile
	backwards          bool // by panels: see plans
}

// planFor chooses the plan of p. It is pure.
func planFor(p problem, c *costs, threads int) plan {
	switch {
	case p.a.has(gathered):
		return c.finish(p, plan{tile: c.tileFor(p)}, threads)
	case p.b.has(packed):
		pl := plan{tile: c.packedTile}
		if c.panelwise(p) && !c.dividesChains(p, pl, threads) {
			pl.route = byPanels
		}
		return c.finish(p, pl, threads)
	case c.dotted(p):
		return c.finish(p, plan{route: byDots}, threads)
	case c.rowwise(p):
		return c.finish(p, plan{route: byRows}, threads)
	}
	straight := plan{tile: c.tileFor(p)}
	if !c.transposable(p) || c.dividesChains(p, straight, threads) {
		return c.finish(p, straight, threads)
	}
	t := p.transpose()
	transposed := plan{transposed: true, tile: c.tileFor(t)}
	if c.workOf(t, transposed) < c.workOf(p, straight) {
		return c.finish(t, transposed, threads)
	}
	return c.finish(p, straight, threads)
}

// finish adds what follows from the route, the orientation and the tile; p is
// oriented as the plan is.
func (c *costs) finish(p problem, pl plan, threads int) plan {
	t, chain := &c.tiles[pl.tile], min(p.k, chainSteps) // the first one
	rowStep, colStep := 1, dotRows
	switch pl.route {
	case byTiles:
		rowStep, colStep = t.rowStep(), t.colStep()
		if p.b.has(packed) {
			colStep = t.nr // a part starts with a panel
		}
		pl.kc, pl.nc = evenly(chain, min(chainSteps, c.panelB/t.nr), transposeStrip), c.nc/t.nr*t.nr
	case byRows:
		colStep = c.rowCols
		pl.kc = min(chainSteps, max(c.rowDepth, c.rowBlock/p.n), l2Ways*cacheSets(p.b.ld*p.size, l2Sets))
		pl.nc = c.nc
		if p.m > c.rowAlways {
			pl.nc = max(1, c.rowShared/p.k/colStep) * colStep
		}
		pl.kc = min(pl.kc, max(1, callBytes/(min(p.n, pl.nc)*p.size)))
	case byPanels:
		rowStep, colStep = p.m, t.nr
		pl.nc = min(c.nc, c.call/(p.m*chain), callBytes/(chain*p.size))
		if c.panelBlock > 0 {
			pl.nc = min(pl.nc, c.panelBlock/p.k)
		}
		pl.nc = max(1, pl.nc/t.nr) * t.nr
	case byDots:
		pl.mc = p.m // for steps that no dots kernel takes, which go by tiles
	}
	pl.grid = c.divide(p, pl, rowStep, colStep, threads)
	if pl.route == byTiles {
		rows, cols := pl.grid.largest(p.m, p.n)
		block := c.blockA
		if p.a.has(gathered) {
			block = min(block, patchBlock)
			if !p.a.has(alongK) && !p.a.has(phased) {
				block = max(block, c.blockWindows)
			}
		}
		pl.mc = evenly(rows, block/max(1, chain), t.mr)
		depth := max(min(pl.kc, chain), min(p.k-chainSteps, chainSteps)) // of the longest block
		pl.aInPlace = c.readsA(p, t, cols, depth)
		pl.bInPlace = c.readsB(p, t, rows, depth, rows > pl.mc)
		if rows > pl.mc && c.blocksA > 0 && !p.a.has(gathered) {
			pl.mc = evenly(rows, c.blocksA/max(1, chain), t.mr)
		}
		if c.panelFewUses > 0 && rows <= c.packUses*t.mr && !pl.bInPlace && !p.b.has(packed) {
			pl.kc = evenly(chain, min(chainSteps, c.panelFewUses/t.nr), transposeStrip)
		}
		pl.fetchC = c.fetchesC(rows*cols, min(pl.kc, chain), pl.transposed)
	}
	return pl
}

// fetchesC tells whether to fetch C of the next tile before a tile of so many steps, of
// a part of so many elements.
func (c *costs) fetchesC(area, steps int, transposed bool) bool {
	if transposed {
		area = min(area, transposedBlock)
	}
	return area >= c.fetchLeast && (c.fetchSteps == 0 || steps <= c.fetchSteps)
}

// plans are those of recent problems: a small product is over before it is planned. One by
// panels begins where the last one like it has ended, as what a cache still has of B is there.
type plans [16]struct {
	problem
	plan
}

func (ps *plans) of(p *problem, c *costs, threads int) *plan {
	x := &ps[(p.m*7+p.n*5+p.k*3)&(len(ps)-1)]
	if q := &x.problem; q.m != p.m || q.n != p.n || q.k != p.k || q.a != p.a || q.b != p.b || q.masked != p.masked || q.scatter != p.scatter {
		x.problem, x.plan = *p, planFor(*p, c, threads)
	}
	if x.route == byPanels {
		x.backwards = !x.backwards
	}
	return &x.plan
}

// evenly is the length of blocks of n, at most so long, but a multiple of step, and
// about equal.
func evenly(n, most, step int) int {
	most = max(step, most/step*step)
	if n <= most {
		return most
	}
	return roundUp(ceilDiv(n, ceilDiv(n, most)), step)
}

func (p problem) transpose() problem {
	return problem{m: p.n, n: p.m, k: p.k, a: p.b, b: p.a, size: p.size, masked: p.masked}
}

// tileFor is the first tile, or one that wastes less on edges: by 5 %, where B may
// be read in place, which the first does best; by 1 %, where it is packed.
func (c *costs) tileFor(p problem) int {
	best, least, clearly := 0, 0, 0.95
	if p.b.has(alongK) {
		clearly = 0.99
	}
	for i := range c.tiles {
		t := &c.tiles[i]
		if t.mostCols > 0 && p.n > t.mostCols {
			continue
		}
		area := t.area(p.m, p.n)
		if i == 0 || float64(area) < clearly*float64(least) {
			best, least = i, area
		}
	}
	return best
}

// transposable tells whether Cᵀ can be made instead of C: a mask would have to be
// transposed, too.
func (c *costs) transposable(p problem) bool {
	return !p.masked && p.m >= c.transposeRows && p.k >= c.transposeSteps
}

// workOf is what the product costs by tiles, in multiply-adds: those of whole
// tiles, and what has to be packed, or of a transposed product, moved.
func (c *costs) workOf(p problem, pl plan) float64 {
	m, n, k, t := float64(p.m), float64(p.n), float64(p.k), &c.tiles[pl.tile]
	work := k * float64(t.area(p.m, p.n))
	if !c.readsA(p, t, p.n, min(p.k, chainSteps)) {
		work += c.move * k * m
	}
	if p.b.has(alongK) || p.b.has(scaled) {
		work += c.move * k * n
	} else if !pl.transposed {
		work *= 1 - c.inPlaceGain
	}
	if pl.transposed {
		work += c.moveC * m * n
	}
	return work
}

// rowwise tells whether to go row by row of C: a product of few rows or few steps
// is over before packing has paid, or a tile has got going.
func (c *costs) rowwise(p problem) bool {
	if c.rowCols == 0 || p.b.has(alongK) || p.a.has(scaled) || p.k == 0 {
		return false
	}
	if p.m <= c.rowAlways {
		return true
	}
	for _, r := range c.rowRules {
		if p.m <= r.rows {
			steps := r.steps
			if p.m > 5 && p.k*p.n > c.rowShared {
				steps /= 2
			}
			return p.k <= steps && p.n >= r.cols
		}
	}
	return false
}

// panelwise tells whether to read a few rows of A where they are, a tile of them at most, for
// a packed B: no block of A has to wait for another.
func (c *costs) panelwise(p problem) bool {
	t := c.packedShape()
	return 0 < p.k && form(p.m, t.mr, t.heights) == p.m &&
		!p.a.has(scaled) && p.a.spread(p.m, min(p.k, chainSteps), p.size)
}

// dotted tells whether to multiply rows of B by a row or two of A, both along k:
// packing B would take longer than the product.
func (c *costs) dotted(p problem) bool {
	return p.m <= c.dotMaxRows && p.n >= dotRows && p.k >= dotRows &&
		p.a.has(alongK) && p.b.has(alongK) && !p.a.has(scaled) && !p.masked
}

// readsA tells whether to read A in place, for so many columns of C, in blocks of
// depth steps.
func (c *costs) readsA(p problem, t *tileShape, cols, depth int) bool {
	switch {
	case p.k == 0 || p.a.has(scaled):
		return false
	case p.a.has(gathered):
		return true
	case cols <= c.packUses*t.nr && t.nr > narrow:
		return true
	}
	return (c.aInPlace || cols <= c.packUses*t.nr) && p.a.spread(t.mr, depth, p.size)
}

// narrow is the width of a tile that has no time to wait for elements of A that the
// first-level cache has lost.
const narrow = 8

// readsB tells whether to read B in place, for so many rows of C, which may make
// several blocks, of depth steps.
func (c *costs) readsB(p problem, t *tileShape, rows, depth int, blocks bool) bool {
	switch {
	case p.b.has(packed), p.k == 0 || p.b.has(scaled) || p.b.has(alongK) || blocks:
		return false
	case rows <= c.packUses*t.mr:
		return true
	case rows <= c.bInPlaceUses*t.mr && p.b.spread(t.nr, depth, p.size):
		return true
	}
	return c.bInCache && p.b.has(aligned) && p.b.ld*p.size%cacheLine == 0 &&
		cacheSets(p.b.ld*p.size, l1Sets)*(l1Ways-1) >= depth
}

// Caches: 32 KiB, and 1 MiB, which is what processors with AVX-512 have at least; of
// the second level tiles fill half.
const (
	l1Sets = 64 // of 8 lines
	l1Ways = 8
	l2Sets = 2048 // of 8 lines
	l2Ways = 8
)

// spread tells whether a panel, of so many rows or columns and steps, lies on
// enough sets of the caches where it is: of lines that are a power of two apart,
// few have room.
func (l storage) spread(lines, steps, size int) bool {
	if l.has(alongK) {
		return cacheSets(l.ld*size, l1Sets)*(l1Ways-1) >= lines
	}
	return cacheSets(l.ld*size, l2Sets)*l2Ways/2 >= steps
}

// cacheSets is on how many of the sets of a cache lines fall that lie so many
// bytes apart.
func cacheSets(stride, all int) int {
	if stride%cacheLine != 0 || stride <= 0 { // of one row it may overflow
		return all
	}
	lines := stride / cacheLine
	return all / min(all, lines&-lines)
}
