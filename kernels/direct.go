package kernels

// A direct convolution reads its windows where they are: in strips of images, copied with
// the zeros around them, where the windows of neighbouring places lie one step apart.
// Tiles read A there, row by row of the window, and write C where it belongs: a row of
// places, which in a transposed convolution lie apart, or the same place of several images.
// So an image is copied once, not once for each tap, and C not at all; but calls are shorter.
type directJob struct {
	engine   *Engine
	src, dst []float32
	ep       Epilogue // the zero value is none

	images         int
	from, to       imageShape
	stepY, stepX   int // from window to window, in places of src
	apartY, apartX int // from place to place, in those of dst
	classes        []directClass
	panels         []float32 // the weights of all classes, packed

	top, left     int // what comes before the first place of src
	rows, strip   int // of places, of all classes at most, and of a strip
	strips        int // of an image
	height, width int // of a strip of src
	size          int // from strip to strip, of several images
	block         int // images whose places make tiles; 1: rows of places do
}

// An imageShape is that of an image, channels last.
type imageShape struct{ height, width, channels int }

// A directClass is the places that the same taps reach: all of a convolution, and one of
// the classes of a transposed one.
type directClass struct {
	v, h                      axis // of a transposed one
	kernelHeight, kernelWidth int  // taps
	top, left                 int  // how far the first window lies outside of src
	rows, cols                int  // places
	y0, x0                    int  // the first, in dst
	panels                    int  // where its weights begin
}

// directBlock is how many elements of strips wait in the second-level cache.
const directBlock = 1 << 17

// conv tells whether the job is for a convolution, and prepares it.
func (j *directJob) conv(e *Engine, g *Convolution, w []float32, ep *Epilogue) bool {
	height, width := g.Out()
	j.from, j.to = imageShape{g.Height, g.Width, g.Channels}, imageShape{height, width, g.Filters}
	j.stepY, j.stepX, j.apartY, j.apartX = g.StrideY, g.StrideX, 1, 1
	j.classes = append(j.classes[:0], directClass{
		kernelHeight: g.KernelHeight, kernelWidth: g.KernelWidth, top: g.Top, left: g.Left, rows: height, cols: width,
	})
	if !j.fits(e, g.Images, ep) {
		return false
	}
	m := NewMatrix(w, g.KernelHeight*g.KernelWidth*g.Channels, g.Filters)
	var b operand[float32]
	b.set(&m, false, 1)
	j.pack(&j.classes[0], &b)
	return true
}

// convTranspose is conv for a transposed one.
func (j *directJob) convTranspose(e *Engine, g *Convolution, w []float32, ep *Epilogue) bool {
	height, width := g.Out()
	j.from, j.to = imageShape{height, width, g.Filters}, imageShape{g.Height, g.Width, g.Channels}
	j.stepY, j.stepX, j.apartY, j.apartX = 1, 1, g.StrideY, g.StrideX
	j.classes = j.classes[:0]
	for a := range g.StrideY {
		for b := range g.StrideX {
			v, h := g.axes(a, b)
			k := directClass{v: v, h: h, kernelHeight: v.taps(), kernelWidth: h.taps(), rows: v.places(), cols: h.places()}
			if k.rows*k.cols == 0 {
				continue
			}
			k.y0, k.top = v.first()
			k.x0, k.left = h.first()
			j.classes = append(j.classes, k)
		}
	}
	if !j.fits(e, g.Images, ep) {
		return false
	}
	for i := range j.classes {
		k := &j.classes[i]
		steps := j.steps(k)
		e.taps = grow(e.taps, g.Channels*steps)
		gatherTaps(e.taps, w, g, &k.v, &k.h)
		m := NewMatrix(e.taps, g.Channels, steps)
		var b operand[float32]
		b.set(&m, true, 1)
		j.pack(k, &b)
	}
	return true
}

func (j *directJob) steps(k *directClass) int {
	return k.kernelHeight * k.kernelWidth * j.from.channels
}

// pack makes panels of the weights of a class.
func (j *directJob) pack(k *directClass, b *operand[float32]) {
	ts := &j.engine.set.gemm32
	ts.pack(j.panels[k.panels:], ts.tiles[0].nr, j.steps(k), b, 0, j.to.channels, 0)
}

// fits tells whether the job is for the classes, and lays out strips.
func (j *directJob) fits(e *Engine, images int, ep *Epilogue) bool {
	c := &e.set.gemm32.costs
	if c.moveWindow == 0 || images*len(j.classes)*j.from.height*j.from.width == 0 || ep != nil && ep.RowBias != nil {
		return false
	}
	j.engine, j.images = e, images
	j.top, j.left, j.rows = j.classes[0].top, j.classes[0].left, 0
	panels := 0
	for i := range j.classes {
		k := &j.classes[i]
		if !j.chained(k) {
			return false
		}
		j.top, j.left, j.rows = max(j.top, k.top), max(j.left, k.left), max(j.rows, k.rows)
		k.panels = panels
		panels += roundUp(j.to.channels, c.tiles[0].nr) * j.steps(k)
	}
	below, right := 0, 0
	for i := range j.classes {
		k := &j.classes[i]
		below = max(below, k.kernelHeight-1-k.top)
		right = max(right, (k.cols-1)*j.stepX+k.kernelWidth-k.left)
	}
	// Where pads are as large as images, windows are zeros for the most part.
	if j.width = j.left + right; j.width > 2*j.from.width+8 || !j.pays(c) {
		return false
	}
	most := max(1, (directBlock/(j.block*j.width*j.from.channels)-j.top-below-1)/j.stepY+1)
	j.strips = ceilDiv(j.rows, most)
	j.strip = ceilDiv(j.rows, j.strips)
	j.height = (j.strip-1)*j.stepY + j.top + below + 1
	j.size = patchStride[float32](j.height * j.width * j.from.channels)
	j.panels = grow(j.panels, panels)
	return true
}

// pays tells whether more calls, and tiles that end with each row of places or after few
// images, cost less than to gather windows and to move what is made of them. It chooses
// between both: images have to gain 5 %, for their strips are shorter.
func (j *directJob) pays(c *costs) bool {
	t, out := &c.tiles[0], j.to.channels
	first := &j.classes[0]
	other := &c.tiles[c.tileFor(problem{m: j.images * first.rows * first.cols, n: out})] // of a gathered one
	byRows, gathered := 0.0, 0.0                                                         // for an image
	steps, calls := 0.0, 0.0                                                             // of all its places
	for i := range j.classes {
		k := &j.classes[i]
		depth, places := float64(j.steps(k)), float64(k.rows*k.cols)
		call := float64(k.kernelHeight*ceilDiv(out, t.nr)) * c.directCall
		byRows += float64(k.rows) * (depth*t.step(k.cols, out) + call)
		gathered += places * depth * (other.step(other.mr, out)/float64(other.mr) + c.moveWindow)
		if j.apartY*j.apartX > 1 {
			gathered += places * c.moveApart * float64(out)
		}
		steps, calls = steps+places*depth, calls+places*call
	}
	rounds := func(block int) float64 { // of parts, for the thread that has most
		return float64(ceilDiv(ceilDiv(j.images, block), j.engine.Threads()))
	}
	least := 0.95 * rounds(1) * byRows
	j.block = 1
	for i := range 1 + len(t.heights) {
		block := t.mr
		if i > 0 {
			block = t.heights[i-1]
		}
		block = min(block, j.images)
		if cost := rounds(block) * (steps*t.step(block, out) + calls); block > 1 && cost < least {
			j.block, least = block, cost
		}
	}
	if j.block == 1 {
		least = rounds(1) * byRows
	}
	return least < rounds(1)*gathered
}

// step is what a step of m×n costs, in multiply-adds: each tile loads a row of B, which takes
// as long as a row of C.
func (t *tileShape) step(m, n int) float64 { return float64(t.area(m, n) + ceilDiv(m, t.mr)*n) }

// chained tells whether a class has taps, and no chain but the first has several rows of
// them: the second would continue in C, which has the sum of the chains before, too.
func (j *directJob) chained(k *directClass) bool {
	run, steps := k.kernelWidth*j.from.channels, j.steps(k)
	for p := chainSteps; p < steps; p += chainSteps {
		if p/run != (min(p+chainSteps, steps)-1)/run {
			return false
		}
	}
	return steps > 0
}

// run makes dst.
func (j *directJob) run(dst, src []float32, ep *Epilogue) {
	j.src, j.dst = src, dst
	if ep != nil {
		j.ep = *ep
	}
	mr := j.engine.set.gemm32.tiles[0].mr // rows that the last tile may read
	size := j.size + mr*j.stepX*j.from.channels
	if j.block > 1 {
		size = roundUp(j.block, mr) * j.size
	}
	parts := ceilDiv(j.images, j.block) * j.strips
	for i := range min(parts, j.engine.Threads()) {
		s := &j.engine.gemm32.workers[i]
		s.patches = grow(s.patches, size)
	}
	j.engine.pool.run(j, parts)
	j.src, j.dst, j.ep = nil, nil, Epilogue{} // it keeps no memory of the caller's
}

// do makes a strip of an image, or of several.
func (j *directJob) do(worker, part int) {
	s := &j.engine.gemm32.workers[worker]
	image, r0 := part/j.strips*j.block, part%j.strips*j.strip
	images := min(j.block, j.images-image)
	for i := range images {
		j.fill(s.patches[i*j.size:], image+i, r0*j.stepY-j.top)
	}
	for i := range j.classes {
		k := &j.classes[i]
		if rows := min(j.strip, k.rows-r0); rows > 0 {
			j.multiply(k, s.patches, image, images, r0, rows)
		}
	}
}

// fill copies rows of an image, from row first on, which may lie outside.
func (j *directJob) fill(strip []float32, image, first int) {
	line, own := j.width*j.from.channels, j.from.width*j.from.channels
	for r := range j.height {
		to, row := strip[r*line:][:line], first+r
		if row < 0 || row >= j.from.height {
			clear(to)
		} else {
			copyRow(to, j.src[(image*j.from.height+row)*own:][:own], -j.left*j.from.channels)
		}
	}
}

// copyRow sets dst to what a row of an image has from at on, and 0 outside of it.
func copyRow(dst, row []float32, at int) {
	lo := min(max(0, -at), len(dst))
	hi := max(lo, min(len(row)-at, len(dst)))
	clear(dst[:lo])
	if lo < hi {
		copy(dst[lo:hi], row[at+lo:])
	}
	clear(dst[hi:])
}

// multiply makes rows of places of a class, from row r0 on, of some images.
func (j *directJob) multiply(k *directClass, strips []float32, image, images, r0, rows int) {
	ts := &j.engine.set.gemm32
	t, kernel := &ts.tiles[0], ts.run[0]
	c, out, run, steps := j.from.channels, j.to.channels, k.kernelWidth*j.from.channels, j.steps(k)
	// A tile's rows are all places of a row, or one of each image.
	places, high, step, apart := 1, k.cols, j.stepX*c, j.apartX*out
	if j.block > 1 {
		places, high, step, apart = k.cols, images, j.size, j.to.height*j.to.width*out
	}
	for col := 0; col < out; col += t.nr {
		panel := j.panels[k.panels+col*steps:]
		for p, depth := 0, 0; p < steps; p += depth {
			depth = min((p/run+1)*run, (p/chainSteps+1)*chainSteps, steps) - p
			bias, mode := j.mode(p, p+depth == steps, col)
			most := max(1, ts.call/(max(depth*t.nr, rowWork)*t.mr)) * t.mr // rows of a call
			for place := range rows * places {
				r, q := place/places, place%places
				from := ((r*j.stepY+p/run+j.top-k.top)*j.width+q*j.stepX+j.left-k.left)*c + p%run
				to := ((image*j.to.height+k.y0+(r0+r)*j.apartY)*j.to.width+k.x0+q*j.apartX)*out + col
				for m := high; m > 0; m -= most {
					var mask *float32
					if mode&tileMask != 0 {
						mask = &j.ep.Mask.Data[to]
					}
					kernel(depth, &strips[from], step, 1, t.mr*step, &panel[p*t.nr], t.nr, 0,
						&j.dst[to], apart, bias, mask, min(m, most), min(t.nr, out-col), mode)
					from, to = from+most*step, to+most*apart
				}
			}
		}
	}
}

// mode is that of tiles from step p on, which may be the last ones, with their bias.
func (j *directJob) mode(p int, last bool, col int) (bias *float32, mode int) {
	switch {
	case p > 0 && p%chainSteps == 0:
		mode = tileAdd
	case p > 0:
		mode = tileLoad
	case j.ep.Bias != nil:
		mode, bias = tileBias, &j.ep.Bias[col]
	}
	if last && j.ep.Activation == ReLU {
		mode |= tileReLU
	}
	if last && j.ep.Mask.Data != nil {
		mode |= tileMask
	}
	return bias, mode
}
