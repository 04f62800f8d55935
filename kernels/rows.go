package kernels

// rows is the route row by row of C, with both operands where they are, in blocks of
// steps that are short enough for rows of B to be read side by side.
func (w *work[T]) rows(r rect, ps pass) {
	if ps.p1 <= chainSteps && r.j1-r.j0 <= w.nc {
		w.chainOfRows(r, 0, ps.p1, ps.start, ps.end)
		return
	}
	for j := r.j0; j < r.j1; j += w.nc {
		w.rowsOf(rect{r.i0, r.i1, j, min(j+w.nc, r.j1)}, ps)
	}
}

func (w *work[T]) rowsOf(r rect, ps pass) {
	for p, mode := ps.p0, ps.start; p < ps.p1; {
		end := min(p/chainSteps*chainSteps+chainSteps, ps.p1)
		switch {
		case p < chainSteps:
			w.chainOfRows(r, p, end, mode, w.endAt(end, ps))
		case w.kc >= end-p: // in one block
			w.chainOfRows(r, p, end, tileAdd, w.endAt(end, ps))
		default:
			own := *w
			own.scratch.c = grow(own.scratch.c, (r.i1-r.i0)*(r.j1-r.j0))
			own.to = target[T]{own.scratch.c, r.j1 - r.j0, r.i0, r.j0}
			own.chainOfRows(r, p, end, 0, 0)
			w.finish(r, own.to.c, own.to.ld, w.endAt(end, ps))
		}
		p = end
	}
}

func (w *work[T]) endAt(p int, ps pass) int {
	if p < ps.p1 {
		return 0
	}
	return ps.end
}

// chainOfRows makes steps p to end, which are of one chain.
func (w *work[T]) chainOfRows(r rect, p, end, mode, ending int) {
	a, b, c := &w.a, &w.b, &w.set.costs
	for ; p < end; p, mode = p+w.kc, tileLoad {
		steps := min(w.kc, end-p)
		if p+steps == end {
			mode |= ending
		}
		panel := panelsB[T]{b.data[r.j0+p*b.kStride:], b.kStride, 0, r.j1 - r.j0}
		most := min(c.rowsInCall, max(1, c.call/(steps*panel.cols)))
		for i := r.i0; i < r.i1; i += most {
			w.kernel(w.set.row, steps, a.data[i*a.panelStride+p*a.kStride:], a.panelStride, a.kStride, a.panelStride, panel, i, r.j0, min(most, r.i1-i), mode)
		}
	}
}
