package kernels

// A matrix is an operand as its panels see it: element (i, p), where i runs
// along the panel and p along k, is at data[i*across + p*along]; one of the
// steps is 1.
type matrix[T float] struct {
	data          []T
	across, along int
}

// operand describes x, whose rows run along k if alongK.
func operand[T float](x []T, ld int, alongK bool) matrix[T] {
	if alongK {
		return matrix[T]{x, ld, 1}
	}
	return matrix[T]{x, 1, ld}
}

// An epilogue is what the tiles do besides multiplying.
type epilogue[T float] struct {
	bias   []T // where chains start, by column
	relu   bool
	masked bool // C becomes 0 where not mask > 0
	mask   []T
}

// A gemm runs the products of one element type: it cuts C into a grid of
// parts, each of which a worker multiplies by itself.
type gemm[T float] struct {
	tiles    tiles[T]
	pool     *pool
	scaleRow func(c []T, beta T)
	scratch  []scratch[T] // by worker

	// The product under way.
	tile               *tile[T]
	m, n, k            int
	alpha, beta        T
	a, b               matrix[T]
	c                  []T
	ldc                int
	ep                 epilogue[T]
	rowParts, colParts int

	turn []T // Cᵀ
}

// scratch is what a worker packs into.
type scratch[T float] struct{ a, b []T }

func (g *gemm[T]) init(t tiles[T], p *pool, scaleRow func([]T, T)) {
	g.tiles, g.pool, g.scaleRow = t, p, scaleRow
	g.scratch = make([]scratch[T], p.threads)
}

func (g *gemm[T]) multiply(e *Engine, transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int, ep epilogue[T]) {
	checkGemm(transA, transB, m, n, k, alpha == 0, a, lda, b, ldb, c, ldc, ep)
	if m == 0 || n == 0 {
		return
	}
	e.enter()
	if alpha == 0 {
		k = 0
	}
	g.m, g.n, g.k, g.alpha, g.beta = m, n, k, alpha, beta
	g.a, g.b = operand(a, lda, !transA), operand(b, ldb, transB)
	g.c, g.ldc, g.ep = c, ldc, ep
	if g.dotted() {
		g.dot()
	} else if g.rowwise() {
		g.run(g.tiles.row)
	} else if t := g.turns(); t != nil {
		g.turned(t)
	} else {
		g.run(g.tiles.suit(m, n, g.b.across != 1))
	}
	g.a, g.b, g.c, g.ep = matrix[T]{}, matrix[T]{}, nil, epilogue[T]{}
	e.leave()
}

func (g *gemm[T]) run(t *tile[T]) {
	g.tile = t
	g.cut()
	g.pool.run(g, g.rowParts*g.colParts)
}

// suit is the first tile, or one that wastes less on edges: by 5 %, where B may be
// read in place, which the first does best; by 1 %, where it is packed. The tile of
// a single row loads as much as it multiplies: it is for one or two.
func (ts *tiles[T]) suit(m, n int, packsB bool) *tile[T] {
	best, least, clearly := 0, 0.0, 0.95
	if packsB {
		clearly = 0.99
	}
	for i := range ts.shapes {
		t := &ts.shapes[i]
		if t.mr == 1 && m > 2 {
			continue
		}
		area := float64(roundUp(m, t.mr)) * float64(roundUp(n, t.nr))
		if i == 0 || area < clearly*least {
			best, least = i, area
		}
	}
	return &ts.shapes[best]
}

// packCost is that of packing an element, in multiply-adds.
const packCost = 10

// smallest is how many multiply-adds are worth another thread.
const smallest = 1 << 17

// cut chooses the grid. Every part packs its operands for itself: what that
// costs is less than meeting the other threads between packing and multiplying.
func (g *gemm[T]) cut() {
	g.rowParts, g.colParts = 1, 1
	threads := min(float64(g.pool.threads), float64(g.m)*float64(g.n)*float64(g.k)/smallest)
	if threads < 2 {
		return
	}
	rows, cols := ceilDiv(g.m, g.tile.mr), ceilDiv(g.n, g.tile.nr)
	least := 0.0
	for r := 1; r <= min(int(threads), rows); r++ {
		c := min(int(threads)/r, cols)
		pm, pn := float64(ceilDiv(rows, r)*g.tile.mr), float64(ceilDiv(cols, c)*g.tile.nr)
		cost := pm*pn + packCost*(pm+pn)
		if r == 1 || cost < least {
			g.rowParts, g.colParts, least = r, c, cost
		}
	}
}

// span is part i of parts of n rows or columns, in whole panels of w.
func span(n, w, i, parts int) (from, to int) {
	if parts == 1 {
		return 0, n
	}
	each, rest := ceilDiv(n, w)/parts, ceilDiv(n, w)%parts
	from = (i*each + min(i, rest)) * w
	if i < rest {
		each++
	}
	return from, min(n, from+each*w)
}

func (g *gemm[T]) do(worker, part int) {
	i0, i1 := span(g.m, g.tile.mr, part/g.colParts, g.rowParts)
	j0, j1 := span(g.n, g.tile.nr, part%g.colParts, g.colParts)
	start := tileLoad
	switch {
	case g.ep.bias != nil:
		start = tileBias
	case g.beta == 0:
		start = 0
	case g.beta != 1:
		for i := i0; i < i1; i++ {
			g.scaleRow(g.c[i*g.ldc:][j0:j1], g.beta)
		}
	}
	end := 0
	if g.ep.relu {
		end |= tileReLU
	}
	if g.ep.masked {
		end |= tileMask
	}

	// The k-blocks are of about equal length, all but the last a multiple of what a
	// transpose takes, if anything is packed; k = 0 has a block, so that C is written.
	depth := g.k
	if most := g.depth(); depth > most {
		depth = min(most, roundUp(ceilDiv(g.k, ceilDiv(g.k, most)), transposeStrip))
	}
	nc := g.width()
	for j := j0; j < j1; j += nc {
		for p, mode := 0, start; ; p, mode = p+depth, tileLoad {
			kc := min(depth, g.k-p)
			last := p+kc == g.k
			if last {
				mode |= end
			}
			if g.tile == g.tiles.row {
				g.rows(i0, i1, j, min(j1, j+nc), p, kc, mode)
			} else {
				g.block(&g.scratch[worker], i0, i1, j, min(j1, j+nc), p, kc, mode)
			}
			if last {
				break
			}
		}
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
func roundUp(a, b int) int { return ceilDiv(a, b) * b }

// grow returns a slice of n elements, x itself if it is large enough.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}

func (s Set) scaleRow(c []float32, beta float32) {
	for i := 0; i < len(c); i += chunk {
		s.scale(&c[i], &c[i], min(chunk, len(c)-i), beta)
	}
}

func scaleRow64(c []float64, beta float64) {
	for i := range c {
		c[i] *= beta
	}
}
