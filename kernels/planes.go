package kernels

// A transposed convolution to few channels is a product of few columns: tiles would be
// nearly empty. Here it is made of planes instead. A part of y is transposed so that the
// places of a filter lie side by side, with the zeros around them; then the elements of x
// that a class of taps reaches are rows of them, and each tap is a product of its weights
// and of the planes where they are, a little further on:
//
//	c[ch, q] += Σ w[ch, f] · plane[f][q + shift of the tap],  f ascending,
//
// tap by tap as the places of y ascend, which is the order of the chains.
type planeJob struct {
	engine *Engine
	g      Convolution
	x, y   []float32
	ep     Epilogue // the zero value is none

	classes            []planeClass
	weights            []float32 // of all classes
	outHeight          int
	outWidth           int
	top, left          int // zeros before the places of y
	width              int // of a row of a plane
	rows, below, strip int // rows of all classes; of y below those of a class; of a part
	plane              int // from plane to plane
	strips             int // of an image
	columns            int // of a call
}

// A planeClass is a class of taps.
type planeClass struct {
	v, h            axis
	y0, x0          int // the first place
	rows, cols      int
	shift           int // of the first tap
	weights, length int // where they begin, and how many a channel has
}

const (
	planeBlock   = 1 << 16 // elements of the planes of a part, which wait in the second-level cache
	planeColumns = 1 << 13 // and of what a call reads, in the first-level cache
	planeSlack   = 64      // elements that tiles may read beyond
)

// fits tells whether the job is for a transposed convolution, and lays out its planes.
func (j *planeJob) fits(g *Convolution, ep *Epilogue, c *costs) bool {
	if g.Channels < 1 || g.Channels > c.planeChannels || g.Filters < transposeStrip || ep != nil && ep.RowBias != nil {
		return false
	}
	j.g, j.classes = *g, j.classes[:0]
	j.outHeight, j.outWidth = g.Out()
	j.top, j.left, j.rows, j.below = 0, 0, 0, 0
	right, weights := j.outWidth, 0
	for a := range g.StrideY {
		for b := range g.StrideX {
			var k planeClass
			k.v, k.h = g.axes(a, b)
			if k.rows, k.cols = k.v.places(), k.h.places(); k.rows*k.cols == 0 {
				continue
			}
			if k.length = k.v.taps() * k.h.taps() * g.Filters; k.length < 1 || k.length > chainSteps {
				return false
			}
			var top, left int
			k.y0, top = k.v.first()
			k.x0, left = k.h.first()
			k.weights, weights = weights, weights+k.length*g.Channels
			j.top, j.left, j.rows = max(j.top, top), max(j.left, left), max(j.rows, k.rows)
			j.below = max(j.below, k.v.taps()-1-top)
			right = max(right, k.cols+k.h.taps()-1-left)
			j.classes = append(j.classes, k)
		}
	}
	// Where pads are as large as images, windows are zeros for the most part.
	if j.width = j.left + right; j.outHeight*j.outWidth == 0 || len(j.classes) == 0 || j.width > 2*j.outWidth+8 {
		return false
	}
	for i := range j.classes {
		k := &j.classes[i]
		_, top := k.v.first()
		_, left := k.h.first()
		k.shift = (j.top-top)*j.width + j.left - left
	}
	most := max(1, planeBlock/(j.width*g.Filters)-j.top-j.below)
	j.strips = ceilDiv(j.rows, most)
	j.strip = ceilDiv(j.rows, j.strips)
	j.plane = patchStride[float32]((j.strip + j.top + j.below) * j.width)
	j.columns = max(planeSlack, planeColumns/g.Filters/planeSlack*planeSlack)
	j.weights = grow(j.weights, weights)
	return true
}

// run makes x.
func (j *planeJob) run(e *Engine, x, y, w []float32, ep *Epilogue) {
	j.engine, j.x, j.y = e, x, y
	if ep != nil {
		j.ep = *ep
	}
	for i := range j.classes {
		k := &j.classes[i]
		gatherTaps(j.weights[k.weights:], w, &j.g, &k.v, &k.h)
	}
	parts := j.g.Images * j.strips
	for i := range min(parts, e.Threads()) { // zeros beside images stay for all parts
		s := &e.gemm32.workers[i]
		s.patches = grow(s.patches, j.g.Filters*j.plane+planeSlack)
		clear(s.patches)
		s.c = grow(s.c, j.g.Channels*(j.strip*j.width+planeSlack))
	}
	e.pool.run(j, parts)
	j.x, j.y, j.ep = nil, nil, Epilogue{} // it keeps no memory of the caller's
}

// do makes a strip of an image.
func (j *planeJob) do(worker, part int) {
	s := &j.engine.gemm32.workers[worker]
	image, r0 := part/j.strips, part%j.strips*j.strip
	j.fill(s.patches, image, r0-j.top)
	for i := range j.classes {
		k := &j.classes[i]
		if rows := min(j.strip, k.rows-r0); rows > 0 {
			j.multiply(k, s.patches, s.c, rows)
			j.store(k, s.c, image, r0, rows)
		}
	}
}

// fill transposes rows of y, from row first on, which may lie outside.
func (j *planeJob) fill(planes []float32, image, first int) {
	ts, f := &j.engine.set.gemm32, j.g.Filters
	for i := range j.strip + j.top + j.below {
		at := i * j.width
		if row := first + i; row < 0 || row >= j.outHeight {
			for p := range f {
				clear(planes[p*j.plane+at:][:j.width])
			}
		} else {
			ts.transpose(planes[at+j.left:], j.plane, f, j.y[(image*j.outHeight+row)*j.outWidth*f:], f, j.outWidth)
		}
	}
}

// multiply makes rows of a class, as long as those of the planes.
func (j *planeJob) multiply(k *planeClass, planes, c []float32, rows int) {
	ts, f := &j.engine.set.gemm32, j.g.Filters
	kernel, width := ts.row, 0
	if kernel == nil {
		last := len(ts.run) - 1
		kernel, width = ts.run[last], ts.tiles[last].nr
	}
	var bias *float32
	start, end := 0, 0
	if j.ep.Bias != nil {
		start, bias = tileBiasRow, &j.ep.Bias[0]
	}
	if j.ep.Activation == ReLU {
		end = tileReLU
	}
	n, taps := (rows-1)*j.width+k.cols, k.length/f
	ld := j.strip * j.width
	for q := 0; q < n; q += j.columns {
		for t := range taps {
			mode := tileLoad
			if t == 0 {
				mode = start
			}
			if t == taps-1 {
				mode |= end
			}
			from := q + k.shift + t/k.h.taps()*j.width + t%k.h.taps()
			kernel(f, &j.weights[k.weights+t*f], k.length, 1, k.length, &planes[from], j.plane, width,
				&c[q], ld, bias, nil, j.g.Channels, min(j.columns, n-q), mode)
		}
	}
}

// store moves rows of a class to where they go, and applies the mask there.
func (j *planeJob) store(k *planeClass, c []float32, image, r0, rows int) {
	g := &j.g
	step := g.StrideX * g.Channels
	for r := range rows {
		first := ((image*g.Height+k.y0+(r0+r)*g.StrideY)*g.Width + k.x0) * g.Channels
		for ch := range g.Channels {
			from, to := c[(ch*j.strip+r)*j.width:][:k.cols], j.x[first+ch:]
			if j.ep.Mask.Data == nil {
				for i, v := range from {
					to[i*step] = v
				}
				continue
			}
			mask := j.ep.Mask.Data[first+ch:]
			for i, v := range from {
				if !(mask[i*step] > 0) {
					v = 0
				}
				to[i*step] = v
			}
		}
	}
}
