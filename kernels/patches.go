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

// patchBlock is how many elements a worker gathers at a time, and patchRows how many
// windows at most, which bounds a call.
const (
	patchBlock = 1 << 15
	patchRows  = 1 << 10
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
	run, lineLen := x.kernelWidth*x.channels, x.width*x.channels
	y0 := row%x.outHeight*x.strideY - x.top
	at0, step := (place*x.strideX-x.left)*x.channels, x.strideX*x.channels
	for ky := p0 / run; ky*run < p1; ky++ {
		q0, q1 := max(p0-ky*run, 0), min(p1-ky*run, run)
		to, n := dst[ky*run+q0-p0:], q1-q0
		y := y0 + ky
		if y < 0 || y >= x.height {
			for i := range places {
				clear(to[i*ld:][:n])
			}
			continue
		}
		line := x.data[(row/x.outHeight*x.height+y)*lineLen:][:lineLen]
		at := at0 + q0
		// The first window that does not begin outside, and the first that ends there.
		inside := min(places, max(0, ceilDiv(-at, step)))
		outside := places
		if room := lineLen - n - at; room < (places-1)*step {
			outside = max(inside, floorDiv(room, step)+1)
		}
		for i := range inside {
			copyInside(to[i*ld:][:n], line, at+i*step)
		}
		if outside > inside {
			ts.copyPanel(to[inside*ld:], ld, outside-inside, line[at+inside*step:], step, n)
		}
		for i := outside; i < places; i++ {
			copyInside(to[i*ld:][:n], line, at+i*step)
		}
	}
}

// copyInside copies what line has from index at on, and 0 for what it has not.
func copyInside[T Float](dst, line []T, at int) {
	from := min(max(-at, 0), len(dst))
	to := min(max(len(line)-at, from), len(dst))
	clear(dst[:from])
	if to > from {
		copy(dst[from:to], line[at+from:])
	}
	clear(dst[to:])
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
	width := r.j1 - r.j0
	mr := w.shape().mr
	rows := max(mr, transposedBlock/width/mr*mr)
	w.scratch.c = grow(w.scratch.c, min(rows, r.i1-r.i0)*width)
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
