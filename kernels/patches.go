package kernels

// patches is the matrix whose rows are the windows of a convolution, one for each of
// its places: element (i, p) is what lies under the window of place i, in rows of the
// kernel, columns and channels. It exists a block at a time, as a worker gathers it.
type patches[T Float] struct {
	data                      []T // images, channels last
	height, width, channels   int
	kernelHeight, kernelWidth int
	strideY, strideX          int
	top, left                 int // how far the first window lies outside
	outHeight, outWidth       int // places of an image
}

// patchBlock is how many elements a worker gathers at a time, patchRows how many windows
// are moved in a call at most, and windowsCall how many elements.
const (
	patchBlock  = 1 << 15
	patchRows   = 1 << 10
	windowsCall = 1 << 16
)

// patchStride is the distance of gathered rows of n elements: an odd number of cache
// lines, so that they lie on all sets of a cache.
func patchStride[T Float](n int) int {
	line := cacheLine / sizeOf[T]()
	return (ceilDiv(n, line) | 1) * line
}

// gather copies rows i0 to i1, columns p0 to p1, to dst, in rows ld apart.
func (ts *tiles[T]) gather(dst []T, ld int, x *patches[T], i0, i1, p0, p1 int) {
	for i := i0; i < i1; {
		row, place := i/x.outWidth, i%x.outWidth
		places := min(x.outWidth-place, i1-i)
		ts.gatherRow(dst[(i-i0)*ld:], ld, x, row, place, places, p0, p1)
		i += places
	}
}

// gatherRow is gather for some places of one row, counted through all images.
func (ts *tiles[T]) gatherRow(dst []T, ld int, x *patches[T], row, place, places, p0, p1 int) {
	run := x.kernelWidth * x.channels
	w := windows[T]{data: x.data, top: row / x.outHeight * x.height, height: x.height, line: x.width * x.channels}
	w.step, w.places = x.strideX*x.channels, places
	for p := p0; p < p1; p += w.rows * w.run {
		first := p % run
		w.y, w.at = row%x.outHeight*x.strideY-x.top+p/run, (place*x.strideX-x.left)*x.channels+first
		w.rows, w.run = 1, min(run-first, p1-p) // a part of a row,
		if w.run == run {
			w.rows = (p1 - p) / run // or some whole ones
		}
		ts.gatherWindows(dst[p-p0:], ld, &w)
	}
}

// windows are parts of the windows of neighbouring places: run elements of each of some
// rows of an image, from row y and element at of the first place on, which may lie
// outside.
type windows[T Float] struct {
	data              []T // of all images
	top, height, line int // of this one: its first row, and what it has
	y, at             int
	rows, run         int
	places, step      int // how many, and how far apart
}

func (ts *tiles[T]) gatherWindows(dst []T, ld int, w *windows[T]) {
	above := min(w.rows, max(0, -w.y)) // rows above the image, inside, and below
	rows := max(0, min(w.rows, w.height-w.y)-above)
	if rows < w.rows {
		for p := range w.places {
			clear(dst[p*ld:][:above*w.run])
			clear(dst[p*ld+(above+rows)*w.run:][:(w.rows-above-rows)*w.run])
		}
		if rows == 0 {
			return
		}
	}
	dst = dst[above*w.run:]
	// Where windows lie outside, what is beside the rows is read, if anything is, and
	// then cleared.
	first := (w.top+w.y+above)*w.line + w.at
	last := first + (rows-1)*w.line + w.run
	from, to := w.between(-first, len(w.data)-last)
	if from < to {
		most := max(1, windowsCall/(rows*w.run))
		for p := from; p < to; p += most {
			ts.copyWindows(dst[p*ld:], ld, w.data[first+p*w.step:], w, min(most, to-p), rows)
		}
	}
	inside, outside := w.between(-w.at, w.line-w.run-w.at)
	for p := 0; p < w.places; p++ {
		if p == inside && inside < outside {
			p = outside
			if p >= w.places {
				break
			}
		}
		at := w.at + p*w.step
		lo := min(max(-at, 0), w.run)
		hi := max(min(w.line-at, w.run), lo)
		for r := range rows {
			x := dst[p*ld+r*w.run:][:w.run]
			if lo < hi && (p < from || p >= to) {
				copy(x[lo:hi], w.data[first+p*w.step+r*w.line+lo:])
			}
			clear(x[:lo])
			clear(x[hi:])
		}
	}
}

// copyWindows is gatherWindows for some places and rows that lie inside.
func (ts *tiles[T]) copyWindows(dst []T, ld int, src []T, w *windows[T], places, rows int) {
	if ts.windows != nil {
		ts.windows(&dst[0], ld, &src[0], w.step, w.line, places, rows, w.run)
		return
	}
	for p := range places {
		for r := range rows {
			copy(dst[p*ld+r*w.run:][:w.run], src[p*w.step+r*w.line:])
		}
	}
}

// between are the places from the first that is not below low to the last that is not
// above high, which are distances from the first place.
func (w *windows[T]) between(low, high int) (from, to int) {
	from = min(w.places, max(0, ceilDiv(low, w.step)))
	to = w.places
	if high < (w.places-1)*w.step {
		to = max(from, floorDiv(high, w.step)+1)
	}
	return from, to
}

func floorDiv(a, b int) int {
	if a < 0 {
		return -ceilDiv(-a, b)
	}
	return a / b
}

// A scattering is where rows of a product go that are not the rows of a matrix: every
// strideX-th place of every strideY-th row of images, channels last.
type scattering struct {
	rows, cols       int // of the places of an image
	height, width    int // of an image
	y0, x0           int // the first place
	strideY, strideX int
}

// at is the number of the place of row i.
func (s *scattering) at(i int) int {
	row, col := i/s.cols, i%s.cols
	return (row/s.rows*s.height+s.y0+row%s.rows*s.strideY)*s.width + s.x0 + col*s.strideX
}

// makeScattered makes r of a product whose rows are scattered, in blocks that are
// moved to C while they are in the second-level cache.
func (w *work[T]) makeScattered(r rect) {
	width, rows := r.j1-r.j0, w.scratchRows(r)
	for i := r.i0; i < r.i1; i += rows {
		block := rect{i, min(i+rows, r.i1), r.j0, r.j1}
		w.to = target[T]{w.scratch.c, width, i, r.j0}
		w.multiply(block, pass{p1: w.k, start: w.begin(block), end: w.ending() &^ tileMask})
		w.scatter(block)
	}
}

// scatter moves rows to where they go, and applies the mask there.
func (w *work[T]) scatter(r rect) {
	width, step := r.j1-r.j0, w.scattered.strideX*w.ldc
	for i := r.i0; i < r.i1; {
		places := min(w.scattered.cols-i%w.scattered.cols, r.i1-i, patchRows)
		first := w.scattered.at(i)*w.ldc + r.j0
		w.set.copyPanel(w.c[first:], step, places, w.to.c[(i-r.i0)*width:], width, width)
		if w.mask != nil {
			for p := range places {
				at := first + p*step
				w.vec.keep(&w.scratch.args, w.c[at:][:width], w.mask[at:][:width])
			}
		}
		i += places
	}
}
