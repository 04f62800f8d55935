package kernels

// Windows of one channel are short, and so is each piece of them that lies together.
// They are gathered element by element instead, each for all places: from phases, which
// are rows of an image of which every strideX-th element lies side by side, with the zeros
// around them.

// hasPhases tells whether to gather so; of longer strides, phases would be mostly what no
// window has.
func (x *patches[T]) hasPhases() bool {
	return x.channels == 1 && max(x.strideY, x.strideX) <= 2 && x.outWidth >= transposeStrip
}

// gatherPhases copies elements p0 to p1 of windows i0 to i1 to dst, in rows of an
// element, ld apart.
func (w *work[T]) gatherPhases(dst []T, ld int, x *patches[T], i0, i1, p0, p1 int) {
	for i := i0; i < i1; {
		row, place := i/x.outWidth, i%x.outWidth
		rows, places := 1, min(x.outWidth-place, i1-i)
		if places == x.outWidth { // all whole rows of the image
			rows = min(x.outHeight-row%x.outHeight, (i1-i)/places)
		}
		w.gatherElements(dst[i-i0:], ld, x, row, place, rows, places, p0, p1)
		i += rows * places
	}
}

// gatherElements is gatherPhases for the places of some rows of an image, which are whole
// if there are several. A kernel moves pieces of rows that may be longer than they are:
// what is too much is gathered over, or lies before the next row of dst.
func (w *work[T]) gatherElements(dst []T, ld int, x *patches[T], row, place, rows, places, p0, p1 int) {
	width := places + (x.kernelWidth-1)/x.strideX
	line, run := x.strideX*width, roundUp(places, transposeStrip)
	high := (rows-1)*x.strideY + x.kernelHeight
	w.scratch.phases = grow(w.scratch.phases, high*line+run-places)
	image := x.data[row/x.outHeight*x.height*x.width:][:x.height*x.width]
	w.set.fillPhases(w.scratch.phases[:high*line], x, image, row%x.outHeight*x.strideY-x.top, place*x.strideX-x.left, width)
	ky, kx := p0/x.kernelWidth, p0%x.kernelWidth
	for p := range p1 - p0 {
		to := dst[p*ld:][:rows*places]
		from := w.scratch.phases[ky*line+kx%x.strideX*width+kx/x.strideX:]
		if w.set.windows != nil {
			w.set.windows(&to[0], places, &from[0], x.strideY*line, line, rows, 1, run)
		} else {
			for r := range rows {
				copy(to[r*places:][:places], from[r*x.strideY*line:])
			}
		}
		if kx++; kx == x.kernelWidth {
			ky, kx = ky+1, 0
		}
	}
}

// fillPhases sets dst to rows of an image, from row y and element left on, which may lie
// outside. Each is strideX phases, one behind the other, of width elements.
func (ts *tiles[T]) fillPhases(dst []T, x *patches[T], image []T, y, left, width int) {
	line := x.strideX * width
	high := len(dst) / line
	first := min(high, max(0, -y)) // of the rows that the image has
	rows := max(0, min(high, x.height-y)-first)
	clear(dst[:first*line])
	clear(dst[(first+rows)*line:])
	if rows == 0 {
		return
	}
	dst, image = dst[first*line:], image[(y+first)*x.width:]
	lo := min(width, max(0, ceilDiv(-left, x.strideX))) // what it has of all phases
	hi := max(lo, min(width, floorDiv(x.width-left, x.strideX)))
	switch n := hi - lo; {
	case n == 0:
	case x.strideX == 1:
		for r := range rows {
			copy(dst[r*line+lo:][:n], image[r*x.width+left+lo:])
		}
	case ts.split != nil && n >= splitStep:
		src, whole := image[left+2*lo:], n/splitStep*splitStep
		ts.split(&dst[lo], width, line, &src[0], x.width, rows, whole)
		if whole < n { // some of them again
			ts.split(&dst[hi-splitStep], width, line, &src[2*(n-splitStep)], x.width, rows, splitStep)
		}
	default:
		hi = lo
	}
	for r := range rows {
		src := image[r*x.width:][:x.width]
		for b := range x.strideX {
			phase := dst[r*line+b*width:][:width]
			for i := range lo {
				phase[i] = elementAt(src, left+b+i*x.strideX)
			}
			for i := hi; i < width; i++ {
				phase[i] = elementAt(src, left+b+i*x.strideX)
			}
		}
	}
}

// elementAt is x[i], or 0 where x has no such element.
func elementAt[T Float](x []T, i int) T {
	if i < 0 || i >= len(x) {
		return 0
	}
	return x[i]
}
