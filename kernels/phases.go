package kernels

// Windows of one channel are short, and so is each piece of them that lies together.
// For a weight gradient they are gathered element by element instead, each for all
// places: from phases, which are rows of an image of which every strideX-th element
// lies side by side, with the zeros around them.

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
// if there are several.
func (w *work[T]) gatherElements(dst []T, ld int, x *patches[T], row, place, rows, places, p0, p1 int) {
	width := places + (x.kernelWidth-1)/x.strideX
	line := x.strideX * width
	high := (rows-1)*x.strideY + x.kernelHeight
	w.scratch.phases = grow(w.scratch.phases, high*line)
	image := x.data[row/x.outHeight*x.height*x.width:][:x.height*x.width]
	y, left := row%x.outHeight*x.strideY-x.top, place*x.strideX-x.left
	for r := range high {
		var src []T
		if y+r >= 0 && y+r < x.height {
			src = image[(y+r)*x.width:][:x.width]
		}
		for b := range x.strideX {
			copyStrided(w.scratch.phases[r*line+b*width:][:width], src, left+b, x.strideX)
		}
	}
	for p := p0; p < p1; p++ {
		ky, kx := p/x.kernelWidth, p%x.kernelWidth
		to := dst[(p-p0)*ld:][:rows*places]
		from := w.scratch.phases[ky*line+kx%x.strideX*width+kx/x.strideX:]
		if w.set.windows != nil {
			w.set.windows(&to[0], ld, &from[0], 1, x.strideY*line, 1, rows, places)
			continue
		}
		for r := range rows {
			copy(to[r*places:][:places], from[r*x.strideY*line:])
		}
	}
}

// copyStrided sets dst[i] = src[at + i·stride], and 0 where src has no such element.
func copyStrided[T Float](dst, src []T, at, stride int) {
	lo := min(len(dst), max(0, ceilDiv(-at, stride)))
	hi := min(len(dst), max(lo, ceilDiv(len(src)-at, stride)))
	clear(dst[:lo])
	clear(dst[hi:])
	if dst = dst[lo:hi]; len(dst) == 0 {
		return
	}
	src = src[at+lo*stride:]
	if stride == 1 {
		copy(dst, src)
		return
	}
	for i := range dst {
		dst[i] = src[i*stride]
	}
}
