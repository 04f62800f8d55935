package kernels

// panelBlocks is the route by panels of a packed B, in blocks of columns, each of which is
// done with all steps: of a B that is larger than a cache, the next product finds there what
// this one has read last, if it goes the other way.
func (w *work[T]) panelBlocks(r rect, ps pass) {
	blocks := ceilDiv(r.j1-r.j0, w.nc)
	for i := range blocks {
		if w.backwards {
			i = blocks - 1 - i
		}
		j := r.j0 + i*w.nc
		w.chainsOfPanels(rect{r.i0, r.i1, j, min(j+w.nc, r.j1)}, ps)
	}
}

func (w *work[T]) chainsOfPanels(r rect, ps pass) {
	a, nr, f := &w.a, w.shape().nr, w.set.run[w.tile]
	for p, mode := 0, ps.start; p < w.k; p, mode = p+chainSteps, tileAdd {
		steps := min(chainSteps, w.k-p)
		if p+steps == w.k {
			mode |= ps.end
		}
		b := panelsB[T]{w.b.data[r.j0*w.k+p*nr:], nr, nr * w.k, r.j1 - r.j0}
		w.kernel(f, steps, a.data[p*a.kStride:], a.panelStride, a.kStride, 0, b, 0, r.j0, r.i1, mode)
	}
}
