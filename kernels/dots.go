package kernels

// A dots kernel continues the chains of rows of B, which run along k, with a row of
// A: see dots in gen.
type dots[T Float] struct {
	rows int // the most: it takes from rows-7 to rows
	run  func(c, a, b *T, ldb, rows, quads int)
}

// quad is how many steps a dots kernel takes at a time.
const quad = 4

// dots is the route of a row or two of A with a B along k: every row of B is a chain
// of its own.
func (w *work[T]) dots(r rect, ps pass) {
	for j := r.j0; j < r.j1; j += w.nc {
		for i := r.i0; i < r.i1; i++ {
			w.dotsOf(rect{i, i + 1, j, min(j+w.nc, r.j1)}, ps)
		}
	}
}

// dotsOf makes some elements of a row of C, chain by chain.
func (w *work[T]) dotsOf(r rect, ps pass) {
	c := w.to.row(r.i0, r.j0, r.j1)
	switch {
	case ps.start == tileBias:
		copy(c, w.bias[r.j0:])
	case ps.start == tileBiasRow:
		for j := range c {
			c[j] = w.rowBias[r.i0]
		}
	case ps.start != tileLoad:
		clear(c)
	}
	for p := ps.p0; p < ps.p1; p += chainSteps {
		own := *w
		if p > 0 {
			own.scratch.c = grow(own.scratch.c, len(c))
			own.to = target[T]{own.scratch.c, len(c), r.i0, r.j0}
			clear(own.to.c)
		}
		steps := min(chainSteps, ps.p1-p)
		own.chainOfDots(r, p, steps)
		if p > 0 {
			w.vec.add(c, own.to.c)
		}
	}
	w.conclude(r.i0, r.j0, c, ps.end)
}

// chainOfDots continues one chain of each element.
func (w *work[T]) chainOfDots(r rect, p, steps int) {
	c, a, b := w.to.row(r.i0, r.j0, r.j1), w.a.data[r.i0*w.a.across+p:], &w.b
	most := w.set.dots[len(w.set.dots)-1].rows
	most = min(most, dotRows*cacheSets(b.across*sizeOf[T](), l1Sets)) // rows on a set of the first-level cache
	rest := steps % quad
	if len(c) < dotRows {
		rest = steps
	}
	if quads := (steps - rest) / quad; quads > 0 {
		for j := 0; j < len(c); {
			rows := min(most, len(c)-j)
			if left := len(c) - j - rows; 0 < left && left < dotRows { // too few for a call
				if rows > dotRows {
					rows -= dotRows
				} else {
					rows += left
				}
			}
			w.set.dots[ceilDiv(rows, dotRows)-1].run(&c[j], &a[0], &b.data[(r.j0+j)*b.across+p], b.across, rows, quads)
			j += rows
		}
	}
	if rest > 0 {
		w.rowBlocks(r, p+steps-rest, rest, tileLoad)
	}
}
