package kernels

import "unsafe"

// Bits of a tile's mode, as in gen/gemm.go.
const (
	tileLoad = 1 << iota
	tileBias
	tileBiasRow
	tileAdd
	tileReLU
	tileMask
)

// Block sizes, in steps, bytes, elements, rows and columns. A panel of B, kc×nr,
// stays in the first-level cache while the panels of a block of A pass from the
// second level; with several blocks of A, all panels of B wait in the third.
const (
	kcMax  = 400
	panelB = 25 << 10
	blockA = 64 << 10
	mcMax  = 1536
	ncMax  = 2048
)

// depth is how many steps a block has at most.
func (g *gemm[T]) depth() int {
	if g.tile == g.tiles.row {
		return max(rowwiseDepth, rowwiseBlock/g.n)
	}
	return g.tile.depth()
}

// width is how many columns a block has at most.
func (g *gemm[T]) width() int {
	most := ncMax
	if g.tile == g.tiles.row && g.m > rowwiseFew {
		most = rowwiseWidth / g.k
	}
	return most / g.tile.nr * g.tile.nr
}

func (t *tile[T]) depth() int {
	return min(kcMax, panelB/int(unsafe.Sizeof(T(0)))/t.nr/transposeStrip*transposeStrip)
}

// block continues rows i0 to i1 and columns j0 to j1 of C by kc steps from p.
func (g *gemm[T]) block(s *scratch[T], i0, i1, j0, j1, p, kc, mode int) {
	mr, nr := g.tile.mr, g.tile.nr
	mc := max(mr, min(mcMax, blockA/max(kc, 1))/mr*mr)
	slots := 1
	if i1-i0 > mc {
		slots = ceilDiv(j1-j0, nr) // the next block of A needs them again
	}
	// What fills tiles can be read where it is. Of A this pays if it is used a few
	// times; of B, whose rows have to lie along the panel, also if it stays in the
	// first-level cache.
	stayA := kc > 0 && j1-j0 <= few*nr && g.alpha == 1 && (g.tile.byRows || g.a.across == 1)
	stayB := kc > 0 && slots == 1 && g.b.across == 1 && (i1-i0 <= few*mr || staysCached(g.b.data, g.b.along, kc))
	// A panel of no depth still has an address.
	s.a = grow(s.a, roundUp(min(mc, i1-i0), mr)*kc+1)
	s.b = grow(s.b, slots*nr*kc+1)
	for i := i0; i < i1; i += mc {
		end := min(i+mc, i1)
		packed := i // rows from here on are packed
		if stayA {
			packed += (end - i) / mr * mr
		}
		g.tiles.pack(s.a, mr, kc, &g.a, packed, end-packed, p)
		if g.alpha != 1 {
			for x := range s.a {
				s.a[x] *= g.alpha
			}
		}
		for j := j0; j < j1; j += nr {
			cols := min(nr, j1-j)
			// steps continues C by depth steps, after the first from.
			steps := func(from, depth int, b []T, bs, mode int) {
				if x := &g.a; packed > i {
					g.runTile(depth, x.data[i*x.across+(p+from)*x.along:], x.across, x.along, mr*x.across, b, bs, i, packed, j, cols, mode)
				}
				if packed < end {
					g.runTile(depth, s.a[from*mr:], 1, mr, mr*kc, b, bs, packed, end, j, cols, mode)
				}
			}
			here, start, last := 0, mode, mode
			if stayB && (cols == nr || !g.tiles.strict) {
				here = g.b.wide(p, kc, j, nr)
			}
			if 0 < here && here < kc {
				start, last = mode&(tileLoad|tileBias), mode&^tileBias|tileLoad
			}
			if here > 0 {
				steps(0, here, g.b.data[j+p*g.b.along:], g.b.along, start)
			}
			if here < kc || kc == 0 {
				b := s.b
				if slots > 1 {
					b = b[(j-j0)*kc:]
				}
				if i == i0 {
					g.tiles.pack(b, nr, kc-here, &g.b, j, cols, p+here)
				}
				steps(here, kc-here, b, nr, last)
			}
		}
	}
}

// wide is how many of the steps p to p+n have w elements from column j on. What
// lies behind the columns of C may be read, as long as it is there.
func (x *matrix[T]) wide(p, n, j, w int) int {
	room := len(x.data) - j - w
	if room < 0 {
		return 0
	}
	return max(0, min(n, room/x.along+1-p))
}

// staysCached tells whether rows that lie ld elements apart fall on lines and
// sets of the first-level cache so that it holds all of a panel: 64 sets of 8
// lines, and some for the other operands.
func staysCached[T float](x []T, ld, rows int) bool {
	const line, sets, ways = 64, 64, 7
	perLine := line / int(unsafe.Sizeof(x[0]))
	lines := ld / perLine
	return uintptr(unsafe.Pointer(&x[0]))%line == 0 && ld%perLine == 0 &&
		rows <= ways*sets/min(sets, lines&-lines)
}

// few is how many uses of a panel do not pay for packing it.
const few = 4

// runTile is the tile for rows i to end of C and the columns from j.
func (g *gemm[T]) runTile(kc int, a []T, ai, as, ap int, b []T, bs int, i, end, j, cols, mode int) {
	at := i*g.ldc + j
	var bias, mask *T
	if mode&tileBias != 0 {
		bias = &g.ep.bias[j]
	}
	if mode&tileMask != 0 {
		mask = &g.ep.mask[at]
	}
	g.tile.run(kc, &a[0], ai, as, ap, &b[0], bs, 0, &g.c[at], g.ldc, bias, mask, end-i, cols, mode)
}
