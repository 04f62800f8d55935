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
	most = min(most, dotRows*cacheSets(w.b.across*sizeOf[T](), l1Sets)) // rows on a set of the first-level cache
	for i := r.i0; i < r.i1; i++ {
		c := w.to.row(i, r.j0, r.j1)
		w.startDots(c, i, r.j0, ps.start)
		for j := r.j0; j < r.j1; {
			rows := min(most, r.j1-j)
			if left := r.j1 - j - rows; 0 < left && left < dotRows { // too few for a call
				if rows > dotRows {
					rows -= dotRows
				} else {
					rows += left
				}
			}
			group := rect{i, i + 1, j, j + rows}
			w.chainOfDots(group, 0, min(chainSteps, ps.p1))
			if ps.p1 > chainSteps {
				w.furtherDots(group, ps.p1)
			}
			j += rows
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

// furtherDots makes the chains after the first, and adds them.
func (w *work[T]) furtherDots(r rect, k int) {
	c, own := w.to.row(r.i0, r.j0, r.j1), *w
	own.scratch.c = grow(own.scratch.c, len(c))
	own.to = target[T]{own.scratch.c, len(c), r.i0, r.j0}
	for p := chainSteps; p < k; p += chainSteps {
		clear(own.to.c)
		own.chainOfDots(r, p, min(chainSteps, k-p))
		w.vec.add(c, own.to.c)
	}
}

// chainOfDots continues one chain of each element; what a dots kernel does not take
// goes by tiles.
func (w *work[T]) chainOfDots(r rect, p, steps int) {
	rows, rest := r.j1-r.j0, steps%quad
	if rows < dotRows {
		rest = steps
	}
	if steps > rest {
		w.set.dots[ceilDiv(rows, dotRows)-1].run(&w.to.c[w.to.at(r.i0, r.j0)], &w.a.data[r.i0*w.a.across+p],
			&w.b.data[r.j0*w.b.across+p], w.b.across, rows, steps/quad)
	}
	if rest > 0 {
		w.rowBlocks(r, p+steps-rest, rest, tileLoad)
	}
}
