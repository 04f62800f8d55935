package kernels

// A product of few rows or few steps is over before packing has paid, or a tile
// has got going. Where the rows of B lie along those of C, it is made row by row
// of C, with both operands where they are.

const (
	rowwiseFew   = 2       // rows of C that share nothing worth caching
	rowwiseDepth = 16      // steps in a block, as the rows of B are read side by side,
	rowwiseBlock = 1 << 12 // or more, if they are short: elements of B
	rowwiseWidth = 1 << 13 // elements of B that rows of C share in the first-level cache
	rowwiseCall  = 1 << 18 // multiply-adds in a call
	rowwiseMost  = 512     // rows in a call, each of which may miss every cache
)

// rowwise tells whether to do so. Its bounds are measured.
func (g *gemm[T]) rowwise() bool {
	if g.tiles.row == nil || g.b.across != 1 || g.alpha != 1 || g.k == 0 {
		return false
	}
	if g.m <= rowwiseFew {
		return true
	}
	steps, cols := 16, 32
	if g.m > 16 {
		steps, cols = 8, 96
	}
	if g.m > 5 && g.k*g.n > rowwiseWidth {
		steps /= 2
	}
	return g.k <= steps && g.n >= cols
}

// rows is block, row by row.
func (g *gemm[T]) rows(i0, i1, j0, j1, p, kc, mode int) {
	a, b := &g.a, &g.b
	most := rowwiseMost
	if each := (j1 - j0) * kc; most*each > rowwiseCall {
		most = rowwiseCall / each
	}
	for i := i0; i < i1; i += most {
		g.runTile(kc, a.data[i*a.across+p*a.along:], a.across, a.along, a.across, b.data[j0+p*b.along:], b.along, i, min(i1, i+most), j0, j1-j0, mode)
	}
}
