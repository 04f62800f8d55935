package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// A product is C = A·B under way: what was asked for, oriented as the plan has it.
type product[T Float] struct {
	*plan
	m, n, k int
	a, b    operand[T]
	beta    T
	c       []T // never transposed
	ldc     int

	bias, rowBias []T // where chains start
	relu          bool
	mask          []T // nil: none
	scattered     scattering
}

// A gemm makes the products of one element type, one at a time: it cuts C into a
// grid of parts, each of which a worker multiplies by itself.
type gemm[T Float] struct {
	engine  *Engine
	set     *tiles[T]
	vec     vectors[T]
	workers []scratch[T]
	plans   plans

	product[T]
	chains divided[T]
}

// scratch is the memory of a worker: packed panels, gathered patches, the phases that
// they are gathered from, and a block of C that is not C itself.
type scratch[T Float] struct {
	a, b, c, patches []T
	phases           []T
	args             asm.Args // of vectors
}

func (g *gemm[T]) init(e *Engine, t *tiles[T], v vectors[T]) {
	g.engine, g.set, g.vec = e, t, v
	g.workers = make([]scratch[T], e.Threads())
}

func (g *gemm[T]) multiply(c *MatrixOf[T], alpha T, a, b *MatrixOf[T], beta T, ep *EpilogueOf[T]) {
	if checkShapes(c, a, b.Rows, b.Cols); c.Rows == 0 || c.Cols == 0 {
		return
	}
	read := checkProduct(c, alpha, a, beta, ep)
	if read {
		checkOperand(c, b)
	}
	x := g.prepare(c, beta, ep)
	if read {
		x.k = a.Cols
		x.a.set(a, !a.transposed, alpha)
		x.b.set(b, b.transposed, 1)
	}
	g.make()
}

// prepare begins the use of the engine, and a product.
func (g *gemm[T]) prepare(c *MatrixOf[T], beta T, ep *EpilogueOf[T]) *product[T] {
	g.engine.enter()
	return g.begin(c, beta, ep)
}

// begin makes the product under way one of no steps.
func (g *gemm[T]) begin(c *MatrixOf[T], beta T, ep *EpilogueOf[T]) *product[T] {
	x := &g.product
	x.m, x.n, x.k, x.beta, x.c, x.ldc = c.Rows, c.Cols, 0, beta, c.Data, c.Stride
	if ep != nil {
		x.bias, x.rowBias, x.relu, x.mask = ep.Bias, ep.RowBias, ep.Activation == ReLU, ep.Mask.Data
	}
	return x
}

// make makes the product as it is planned, and ends the use of the engine.
func (g *gemm[T]) make() { g.run(g.planned()) }

func (g *gemm[T]) planned() *plan {
	x := &g.product
	var p problem
	p.m, p.n, p.k, p.size, p.masked = x.m, x.n, x.k, sizeOf[T](), x.mask != nil
	p.scatter = x.scattered.cols > 0
	x.a.describe(&p.a)
	x.b.describe(&p.b)
	return g.plans.of(&p, &g.set.costs, g.engine.Threads())
}

// run makes the product as pl has it, and ends the use of the engine.
func (g *gemm[T]) run(pl *plan) {
	g.execute(pl)
	g.engine.leave()
}

func (g *gemm[T]) execute(pl *plan) {
	x := &g.product
	if x.plan = pl; pl.transposed {
		x.m, x.n, x.a, x.b, x.bias, x.rowBias = x.n, x.m, x.b, x.a, x.rowBias, x.bias
	}
	switch {
	case x.grid.chains > 1:
		g.divideChains()
	case x.grid.parts() == 1:
		g.do(0, 0)
	default:
		g.engine.pool.run(g, x.grid.parts())
	}
	*x = product[T]{} // it keeps no memory of the caller's
}

// do makes a part of the grid.
func (g *gemm[T]) do(worker, part int) {
	w := work[T]{gemm: g, scratch: &g.workers[worker]}
	if g.grid.chains > 1 {
		g.doChains(&w, part)
		return
	}
	r := g.grid.part(part, g.m, g.n)
	if g.transposed {
		for j := r.j0; j < r.j1; j += g.nc {
			w.makeTransposed(rect{r.i0, r.i1, j, min(j+g.nc, r.j1)})
		}
		return
	}
	if g.scattered.cols > 0 {
		w.makeScattered(r)
		return
	}
	w.to = target[T]{c: g.c, ld: g.ldc}
	w.multiply(r, pass{p1: g.k, start: w.begin(r), end: g.ending()})
}

// A target is where elements of the oriented product go.
type target[T Float] struct {
	c      []T
	ld     int
	i0, j0 int // the first one
}

func (t *target[T]) at(i, j int) int { return (i-t.i0)*t.ld + j - t.j0 }

// row is elements j0 to j1 of row i.
func (t *target[T]) row(i, j0, j1 int) []T { return t.c[t.at(i, j0):][:j1-j0] }

// A pass is steps p0 to p1 of k, with the mode of a tile's start and its end.
type pass struct{ p0, p1, start, end int }

// begin is how the chains of a part of C start; C itself is multiplied by beta.
func (w *work[T]) begin(r rect) int {
	switch {
	case w.bias != nil:
		return tileBias
	case w.rowBias != nil:
		return tileBiasRow
	case w.beta == 0:
		return 0
	case w.beta != 1:
		for i := r.i0; i < r.i1; i++ {
			w.vec.scale(&w.scratch.args, w.to.row(i, r.j0, r.j1), w.beta)
		}
	}
	return tileLoad
}

// ending is what the last step of every chain is followed by.
func (x *product[T]) ending() (mode int) {
	if x.relu {
		mode |= tileReLU
	}
	if x.mask != nil {
		mode |= tileMask
	}
	return mode
}

// A work is a part of a product while a worker makes it.
type work[T Float] struct {
	*gemm[T]
	scratch *scratch[T]
	to      target[T]
}

// multiply continues the chains of r by the steps of a pass, in chains of their own
// after the first.
func (w *work[T]) multiply(r rect, ps pass) {
	switch w.route {
	case byRows:
		w.rows(r, ps)
	case byDots:
		w.dots(r, ps)
	case byPanels:
		w.panelBlocks(r, ps)
	default:
		w.columnBlocks(r, ps)
	}
}

// transposedBlock is how many elements of Cᵀ wait to be transposed.
const transposedBlock = 1 << 16

// scratchRows makes scratch.c large enough for blocks of rows of r, and is their height.
func (w *work[T]) scratchRows(r rect) int {
	width, mr := r.j1-r.j0, w.shape().mr
	rows := max(mr, transposedBlock/width/mr*mr)
	w.scratch.c = grow(w.scratch.c, min(rows, r.i1-r.i0)*width)
	return rows
}

// makeTransposed makes r of Cᵀ, of at most nc columns, in blocks of rows that are
// transposed into C while they are in the second-level cache.
func (w *work[T]) makeTransposed(r rect) {
	width, rows := r.j1-r.j0, w.scratchRows(r)
	for i := r.i0; i < r.i1; i += rows {
		end := min(i+rows, r.i1)
		block := rect{i, end, r.j0, r.j1}
		c := w.c[r.j0*w.ldc+i:]
		w.to = target[T]{w.scratch.c, width, i, r.j0}
		if w.beta != 0 {
			w.set.transpose(w.to.c, width, end-i, c, w.ldc, width)
		}
		w.multiply(block, pass{p1: w.k, start: w.begin(block), end: w.ending()})
		w.set.transpose(c, w.ldc, width, w.to.c, width, end-i)
	}
}

// finish adds chains of their own, which lie in rows ld elements apart, to C.
func (w *work[T]) finish(r rect, chains []T, ld int, end int) {
	for i := r.i0; i < r.i1; i++ {
		c := w.to.row(i, r.j0, r.j1)
		w.vec.add(&w.scratch.args, c, chains[(i-r.i0)*ld:][:len(c)])
		w.conclude(i, r.j0, c, end)
	}
}

// conclude does to a row of C, from column j on, what a tile does in its registers.
func (w *work[T]) conclude(i, j int, c []T, end int) {
	if end&tileReLU != 0 {
		w.vec.rectify(&w.scratch.args, c)
	}
	if end&tileMask != 0 {
		w.vec.keep(&w.scratch.args, c, w.mask[i*w.ldc+j:][:len(c)])
	}
}

// grow returns a slice of n elements, x itself if it is large enough.
func grow[T any](x []T, n int) []T {
	if cap(x) < n {
		return make([]T, n)
	}
	return x[:n]
}
