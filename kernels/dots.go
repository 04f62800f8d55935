package kernels

// A product of a row or two, with a B whose rows run along k, is over before B
// would be packed. Every row of B is a chain of its own.

// dots are chains of rows of B: see dots in gen/transpose_avx.go.
type dots[T float] struct {
	rows int // the most: it takes from rows-7 to rows
	run  func(c, a, b *T, ldb, rows, quads int)
}

const (
	dotRows  = 2 // of A
	dotDepth = 1 << 12
	dotLeast = 8 // rows of B, and steps
)

// dotted tells whether to do so.
func (g *gemm[T]) dotted() bool {
	return len(g.tiles.dots) > 0 && g.m <= dotRows && g.n >= dotLeast && g.k >= dotLeast &&
		g.a.along == 1 && g.b.across != 1 && g.alpha == 1 && !g.ep.masked
}

func (g *gemm[T]) dot() {
	const quad = 4
	k, rest := g.k/quad*quad, g.k%quad
	most := g.tiles.dots[len(g.tiles.dots)-1].rows
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
			for j := 0; j < g.n; {
				rows := min(most, g.n-j)
				if left := g.n - j - rows; 0 < left && left < dotLeast {
					rows -= dotLeast // which the last ones need
				}
				g.tiles.dots[ceilDiv(rows, dotLeast)-1].run(&c[j], &a[p], &g.b.data[j*g.b.across+p], g.b.across, rows, min(dotDepth, k-p)/quad)
				j += rows
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
