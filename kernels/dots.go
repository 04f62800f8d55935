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
// of its own, or several, one after the other.
func (w *work[T]) dots(r rect, ps pass) {
	most := w.set.dots[len(w.set.dots)-1].rows
	most = min(most, dotRows*cacheSets(w.b.panelStride*sizeOf[T](), l1Sets)) // rows on a set of the first-level cache
	first := min(chainSteps, ps.p1)
	for i := r.i0; i < r.i1; i++ {
		c := w.to.row(i, r.j0, r.j1)
		w.startDots(c, i, r.j0, ps.start)
		for j := 0; j < len(c); {
			rows := min(most, len(c)-j)
			if left := len(c) - j - rows; 0 < left && left < dotRows { // too few for a call
				if rows > dotRows {
					rows -= dotRows
				} else {
					rows += left
				}
			}
			w.dotProducts(c[j:][:rows], i, r.j0+j, 0, first)
			if ps.p1 > chainSteps {
				w.restOfDots(rect{i, i + 1, r.j0 + j, r.j0 + j + rows}, 0, first)
				w.furtherDots(c[j:][:rows], i, r.j0+j, ps.p1)
			}
			j += rows
		}
		if ps.p1 <= chainSteps {
			w.restOfDots(rect{i, i + 1, r.j0, r.j1}, 0, first)
		}
		w.conclude(i, r.j0, c, ps.end)
	}
}

// startDots sets part of row i of C, from column j on, to where its chains start.
func (w *work[T]) startDots(c []T, i, j, mode int) {
	switch mode {
	case 0:
		clear(c)
	case tileBias:
		copy(c, w.bias[j:])
	case tileBiasRow:
		for j := range c {
			c[j] = w.rowBias[i]
		}
	}
}

// furtherDots makes the chains after the first of elements c, from column j of row i
// on, and adds them.
func (w *work[T]) furtherDots(c []T, i, j, k int) {
	own := *w
	own.scratch.c = grow(own.scratch.c, len(c))
	own.to = target[T]{own.scratch.c, len(c), i, j}
	for p := chainSteps; p < k; p += chainSteps {
		steps := min(chainSteps, k-p)
		clear(own.to.c)
		own.dotProducts(own.to.c, i, j, p, steps)
		own.restOfDots(rect{i, i + 1, j, j + len(c)}, p, steps)
		w.vec.add(&w.scratch.args, c, own.to.c)
	}
}

// dotProducts continues chains c, of column j of row i on, by whole quads of some
// steps from p, if they are enough rows of B.
func (w *work[T]) dotProducts(c []T, i, j, p, steps int) {
	if rows := len(c); rows >= dotRows {
		w.set.dots[(rows+dotRows-1)/dotRows-1].run(&c[0], &w.a.data[i*w.a.panelStride+p], &w.b.data[j*w.b.panelStride+p], w.b.panelStride, rows, steps/quad)
	}
}

// restOfDots continues chains by the steps that dotProducts leaves, by tiles.
func (w *work[T]) restOfDots(r rect, p, steps int) {
	rest := steps % quad
	if r.j1-r.j0 < dotRows {
		rest = steps
	}
	if rest > 0 {
		w.rowBlocks(r, p+steps-rest, rest, tileLoad)
	}
}
