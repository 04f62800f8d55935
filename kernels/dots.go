package kernels

// A product of a row or two, with a B whose rows run along k, is over before B
// would be packed. Every row of B is a chain of its own.

// dots are the chains of so many rows of B: see dots in gen/transpose_avx.go.
type dots[T float] struct {
	rows int
	run  func(c, a, b *T, ldb int, quads int)
}

const (
	dotRows  = 2 // of A
	dotDepth = 1 << 12
	dotLeast = 8
)

// dotted tells whether to do so.
func (g *gemm[T]) dotted() bool {
	ds := g.tiles.dots
	return len(ds) > 0 && g.m <= dotRows && g.n >= ds[len(ds)-1].rows && g.k >= dotLeast &&
		g.a.along == 1 && g.b.across != 1 && g.alpha == 1 && !g.ep.masked
}

func (g *gemm[T]) dot() {
	const quad = 4
	k, rest := g.k/quad*quad, g.k%quad
	least := g.tiles.dots[len(g.tiles.dots)-1]
	g.turn = grow(g.turn, least.rows)
	for i := range g.m {
		c, a := g.c[i*g.ldc:][:g.n], g.a.data[i*g.a.across:]
		switch {
		case g.ep.bias != nil:
			copy(c, g.ep.bias)
		case g.beta == 0:
			clear(c)
		case g.beta != 1:
			g.scaleRow(c, g.beta)
		}
		for p := 0; p < k; p += dotDepth {
			j, n := 0, min(dotDepth, k-p)/quad
			for _, d := range g.tiles.dots {
				for ; j+d.rows <= g.n; j += d.rows {
					d.run(&c[j], &a[p], &g.b.data[j*g.b.across+p], g.b.across, n)
				}
			}
			if j < g.n { // the last rows again, for those that are left
				at := g.n - least.rows
				copy(g.turn, c[at:])
				least.run(&g.turn[0], &a[p], &g.b.data[at*g.b.across+p], g.b.across, n)
				copy(c[j:], g.turn[j-at:])
			}
		}
	}
	if rest > 0 || g.ep.relu {
		mode := tileLoad
		if g.ep.relu {
			mode |= tileReLU
		}
		g.tile = g.tiles.suit(g.m, g.n, true)
		g.block(&g.scratch[0], 0, g.m, 0, g.n, g.k-rest, rest, mode)
	}
}
