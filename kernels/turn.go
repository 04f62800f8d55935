package kernels

// A product of few rows, with a B whose rows run along k, would spend its time
// on packing B. As Cᵀ = Bᵀ·Aᵀ it takes B as it lies. The chains are the same.

// Where that outweighs writing C twice, by measurement.
const (
	turnDepth = 384
	turnRows  = 32 // at most
	turnCols  = 64 // at least
)

// turns is the tile to do so with, or nil.
func (g *gemm[T]) turns() *tile[T] {
	if g.b.across == 1 || g.m > turnRows || g.n < turnCols || g.k < turnDepth || g.alpha != 1 || g.ep.masked {
		return nil
	}
	t := g.tiles.suit(g.n, g.m, g.a.across != 1)
	if !t.byRows || 7*roundUp(g.m, t.nr) > 8*g.m {
		return nil
	}
	return t
}

// turned multiplies into scratch, and writes C from there.
func (g *gemm[T]) turned(t *tile[T]) {
	m, n, c, ldc := g.m, g.n, g.c, g.ldc
	g.turn = grow(g.turn, m*n)
	for j := range n {
		row := g.turn[j*m:][:m]
		for i := range row {
			switch {
			case g.ep.bias != nil:
				row[i] = g.ep.bias[j]
			case g.beta != 0:
				row[i] = g.beta * c[i*ldc+j]
			}
		}
	}
	if g.ep.bias != nil || g.beta != 0 {
		g.beta = 1
	}
	g.m, g.n, g.a, g.b = n, m, g.b, g.a
	g.c, g.ldc, g.ep = g.turn, m, epilogue[T]{relu: g.ep.relu}
	g.run(t)
	g.tiles.transposePanel(c, ldc, m, g.turn, m, n)
}
