package kernels

import "github.com/lanewise/lanewise/internal/ref"

// A product by tiles is five loops around the micro-kernel, named as by Goto and van
// de Geijn, "Anatomy of High-Performance Matrix Multiplication" (2008), and BLIS:
//
//	5  columnBlocks  nc columns of C and B: what waits in the third-level cache
//	4  stepBlocks    kc steps of A and B: a chain
//	3  rowBlocks     mc rows of C and A, packed: what waits in the second level
//	2  panels        nr columns of C and B: a panel, packed, in the first level
//	1  tiles         mr rows of C and A: a tile, in the micro-kernel's registers
//
// The micro-kernel runs loop 1 itself, and as much of loop 2 as needs no packing.

// Bits of a tile's mode.
const (
	tileLoad    = ref.TileLoad
	tileBias    = ref.TileBias
	tileBiasRow = ref.TileBiasRow
	tileAdd     = ref.TileAdd
	tileReLU    = ref.TileReLU
	tileMask    = ref.TileMask
	tileFetch   = ref.TileFetch

	tileStart = tileLoad | tileBias | tileBiasRow // none of them: 0
)

// columnBlocks is loop 5.
func (w *work[T]) columnBlocks(r rect, ps pass) {
	for j := r.j0; j < r.j1; j += w.nc {
		w.stepBlocks(rect{r.i0, r.i1, j, min(j+w.nc, r.j1)}, ps)
	}
}

// stepBlocks is loop 4. A chain is a block, but the first may be several, as it
// continues in C. k = 0 has a block, so that C is written.
func (w *work[T]) stepBlocks(r rect, ps pass) {
	for p, mode := ps.p0, ps.start; ; {
		depth := min(chainSteps, ps.p1-p)
		if p < chainSteps {
			depth = min(w.kc, chainSteps-p, ps.p1-p)
		}
		last := p+depth == ps.p1
		if last {
			mode |= ps.end
		}
		w.rowBlocks(r, p, depth, mode)
		if last {
			return
		}
		if p, mode = p+depth, tileLoad; p >= chainSteps {
			mode = tileAdd
		}
	}
}

// rowBlocks is loop 3: it continues r by depth steps from p.
func (w *work[T]) rowBlocks(r rect, p, depth, mode int) {
	t := w.shape()
	slots := 1
	if r.i1-r.i0 > w.mc {
		slots = ceilDiv(r.j1-r.j0, t.nr) // the next block of A needs them again
	}
	w.scratch.b = grow(w.scratch.b, slots*t.nr*depth+1) // a panel of no depth still has an address
	for i := r.i0; i < r.i1; i += w.mc {
		a := blockA[T]{i: i, end: min(i+w.mc, r.i1), p: p, depth: depth}
		a.packed = a.i
		switch {
		case w.a.gathered:
			w.gather(&a)
		case w.aInPlace:
			a.panelStride, a.kStride = w.a.panelStride, w.a.kStride
			a.data = w.a.data[i*a.panelStride+p*a.kStride:]
			a.packed = a.end
			if rest := (a.end - i) % t.mr; rest > 0 && form(rest, t.mr, t.heights) != rest {
				a.packed -= rest // a tile would read rows that A does not have
			}
		}
		rows := a.end - a.packed
		w.scratch.a = grow(w.scratch.a, roundUp(rows, t.mr)*depth+1)
		w.set.pack(w.scratch.a, t.mr, depth, &w.a, a.packed, rows, p)
		w.panels(r, &a, mode)
	}
}

// A blockA is rows i to end of A, and depth steps from p: in place, but packed from
// one row on.
type blockA[T Float] struct {
	i, packed, end, p, depth int

	data                 []T // what is in place
	panelStride, kStride int
}

// gather makes patches lie in memory, so that they are in place, as whole tiles.
func (w *work[T]) gather(a *blockA[T]) {
	x, rows := &w.a.patches, a.end-a.i
	height, slack := roundUp(rows, w.shape().mr), 0
	if w.a.phases {
		slack = transposeStrip
	}
	a.packed, a.panelStride, a.kStride = a.end, 1, patchStride[T](height+slack)
	if w.a.kStride == 1 {
		a.panelStride, a.kStride = patchStride[T](a.depth+slack), 1
	}
	w.scratch.patches = grow(w.scratch.patches, max(height*a.panelStride, a.depth*a.kStride))
	a.data = w.scratch.patches
	switch {
	case w.a.phases && w.a.kStride == 1:
		w.gatherPhases(a.data, a.panelStride, x, a.p, a.p+a.depth, a.i, a.end)
	case w.a.phases:
		w.gatherPhases(a.data, a.kStride, x, a.i, a.end, a.p, a.p+a.depth)
	case w.a.kStride == 1:
		w.set.gather(a.data, a.panelStride, x, a.i, a.end, a.p, a.p+a.depth)
	default:
		w.set.gather(a.data, a.kStride, x, a.p, a.p+a.depth, a.i, a.end)
	}
}

// A panelsB is columns of B, cols of them, in panels that lie bp elements apart, and
// their steps bs.
type panelsB[T Float] struct {
	data   []T
	bs, bp int
	cols   int
}

// panels is loop 2, for one block of A.
func (w *work[T]) panels(r rect, a *blockA[T], mode int) {
	for j := r.j0; j < r.j1; {
		b, steps := w.ready(j, r, a, mode)
		if steps == a.depth && steps > 0 {
			w.tiles(a, b, j, 0, steps, mode)
			j += b.cols
			continue
		}
		if steps > 0 {
			w.tiles(a, b, j, 0, steps, mode&tileStart)
			mode = mode&^tileStart | tileLoad // and this is the last panel
		}
		b = w.packPanel(j, r, a, steps)
		w.tiles(a, b, j, steps, a.depth-steps, mode)
		j += b.cols
	}
}

// ready are the panels from column j on that need no packing, as many as a call
// takes, with how many of the block's steps they have.
func (w *work[T]) ready(j int, r rect, a *blockA[T], mode int) (b panelsB[T], steps int) {
	t := w.shape()
	nr, cols := t.nr, r.j1-j
	depth := max(1, a.depth)
	if most := min(w.set.call/((a.end-a.i)*depth), callBytes/(depth*sizeOf[T]())); cols > most {
		cols = min(cols, max(1, most/nr)*nr)
	}
	switch {
	case w.b.packed:
		return panelsB[T]{w.b.data[j*w.k+a.p*nr:], nr, nr * w.k, cols}, a.depth
	case w.bInPlace:
		steps = a.depth
		if cut := cols % nr; cut > 0 { // C ends in the last panel, and there B's memory may
			steps = w.b.wide(a.p, a.depth, j+cols-cut, form(cut, nr, t.widths))
			switch {
			case steps == a.depth && !w.set.strict:
			case cols > cut:
				cols, steps = cols-cut, a.depth
			case w.set.strict || mode&tileAdd != 0 || a.depth <= r.i1-r.i0:
				steps = 0 // to pass C twice would take longer than to pack
			}
		}
		return panelsB[T]{w.b.data[j+a.p*w.b.kStride:], w.b.kStride, nr, cols}, steps
	case a.i > r.i0: // the block of A before has packed them
		return panelsB[T]{w.scratch.b[(j-r.j0)*a.depth:], nr, nr * a.depth, cols}, a.depth
	}
	return b, 0
}

// packPanel packs the panel from column j on, from one of the block's steps on.
func (w *work[T]) packPanel(j int, r rect, a *blockA[T], from int) panelsB[T] {
	nr, slot := w.shape().nr, w.scratch.b
	if r.i1-r.i0 > w.mc { // it stays for the next block of A
		slot = slot[(j-r.j0)*a.depth:]
	}
	cols := min(nr, r.j1-j)
	w.set.pack(slot, nr, a.depth-from, &w.b, j, cols, a.p+from)
	return panelsB[T]{slot, nr, nr * a.depth, cols}
}

// tiles is loop 1, and as much of loop 2 as needs no packing: it continues a block's
// rows and the columns of b, from column j of C on, by some of the block's steps.
func (w *work[T]) tiles(a *blockA[T], b panelsB[T], j, from, steps, mode int) {
	t := w.shape()
	if a.packed > a.i {
		w.call(a.i, a.packed, a.data[from*a.kStride:], a.panelStride, a.kStride, t.mr*a.panelStride, b, j, steps, mode)
	}
	if a.packed < a.end {
		w.call(a.packed, a.end, w.scratch.a[from*t.mr:], 1, t.mr, t.mr*a.depth, b, j, steps, mode)
	}
}

// rowWork is what a row of a tile counts for at least, in multiply-adds: each may miss
// every cache.
const rowWork = 256

// callBytes is how much of B a call reads at most, or a panel: it may be in no cache.
const callBytes = 1 << 19

// call is the micro-kernel for rows i to end of C, in calls of bounded length: a
// goroutine cannot be stopped in assembly.
func (w *work[T]) call(i, end int, a []T, ai, as, ap int, b panelsB[T], j, steps, mode int) {
	f := w.set.run[w.tile]
	if w.fetchC {
		mode |= tileFetch
	}
	if each := max(steps*b.cols, rowWork); (end-i)*each > w.set.call {
		mr := w.shape().mr
		tiles := max(1, w.set.call/(each*mr))
		for ; end-i > tiles*mr; i, a = i+tiles*mr, a[tiles*ap:] {
			w.kernel(f, steps, a, ai, as, ap, b, i, j, tiles*mr, mode)
		}
	}
	w.kernel(f, steps, a, ai, as, ap, b, i, j, end-i, mode)
}

// kernel calls a micro-kernel.
func (w *work[T]) kernel(f microKernel[T], steps int, a []T, ai, as, ap int, b panelsB[T], i, j, rows, mode int) {
	var bias, mask *T
	switch {
	case mode&tileBias != 0:
		bias = &w.bias[j]
	case mode&tileBiasRow != 0:
		bias = &w.rowBias[i]
	}
	if mode&tileMask != 0 {
		mask = &w.mask[i*w.ldc+j]
	}
	f(steps, &a[0], ai, as, ap, &b.data[0], b.bs, b.bp, &w.to.c[w.to.at(i, j)], w.to.ld, bias, mask, rows, b.cols, mode)
}

func (w *work[T]) shape() *tileShape { return &w.set.tiles[w.tile] }
