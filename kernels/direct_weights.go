package kernels

// A direct gradient of weights reads the elements of windows where they are, in copies of
// images: A of the product is windows, with a row for each element of one and a step for
// each place. Rows of an image that lie strideY apart are copied side by side, and strideX
// columns for each place, so that steps are as long everywhere, and rows of the window that
// lie strideY apart begin a row of places later. What windows have beyond strideX columns is
// another copy. So an element is copied ⌈kernelWidth/strideX⌉ times instead of once for each tap
// that reaches it, and the copies of a chain stay in the second-level cache. Chains are divided
// among threads.
type directWeightsJob struct {
	engine    *Engine
	g         Convolution
	dw, x, dy []float32

	height, width int // places of an image
	taps          int // rows of the window that a copy serves, at most
	rows          int // of places, for which a chain has copies at a time
	groups        int // of columns of the window

	first, count int // chains under way
	sums         []float32
	adding       bool
}

// directWeightsBlock is how many elements the copies of a chain may have.
const directWeightsBlock = 1 << 18

// fits tells whether the job is for the geometry, and prepares it.
func (j *directWeightsJob) fits(e *Engine, g *Convolution) bool {
	c := &e.set.gemm32.costs
	j.engine, j.g = e, *g
	j.height, j.width = g.Out()
	places := g.Images * j.height * j.width
	if c.moveWindow == 0 || places*g.Channels*g.Filters == 0 {
		return false
	}
	if threads := e.Threads(); threads > 1 && places < 2*chainSteps*threads {
		return false
	}
	if p := g.patches(nil); p.hasPhases() { // which cost less to gather
		return false
	}
	t := &c.tiles[0]
	if cut := g.Filters % t.nr; cut > 0 && form(cut, t.nr, t.widths) != cut {
		return false // a tile would read columns that dy does not have
	}
	j.taps, j.groups = ceilDiv(g.KernelHeight, g.StrideY), ceilDiv(g.KernelWidth, g.StrideX)
	j.rows = min(j.height, ceilDiv(chainSteps-1, j.width)+1)
	dy := storage{ld: g.Filters}
	return j.copied(j.rows) <= directWeightsBlock && dy.spread(t.nr, chainSteps, sizeOf[float32]()) && j.pays(c)
}

// lines is how many rows a copy for some rows of places has.
func (j *directWeightsJob) lines(rows int) int { return rows + j.taps - 1 }

// copied is how many elements all copies for some rows of places have.
func (j *directWeightsJob) copied(rows int) int {
	return j.lines(rows) * j.width * min(j.g.StrideY, j.g.KernelHeight) * j.g.KernelWidth * j.g.Channels
}

// copy is where that of row a of the window and group b of columns begins, and the columns
// that it has of each place.
func (j *directWeightsJob) copy(a, b int) (at, columns int) {
	x := b * j.g.StrideX
	return j.lines(j.rows) * j.width * (a*j.g.KernelWidth + x) * j.g.Channels, min(j.g.StrideX, j.g.KernelWidth-x)
}

// pays tells whether to copy less costs less than that tiles end with a group of columns, and
// pass C once for each image, which takes as long as two steps: 3 % less, for the costs are no
// more exact than that. To copy takes half as long as to gather.
func (j *directWeightsJob) pays(c *costs) bool {
	g, t, places := &j.g, &c.tiles[0], float64(j.height*j.width)
	window := g.KernelHeight * g.KernelWidth * g.Channels
	other := &c.tiles[c.tileFor(problem{m: window, n: g.Filters})] // of a gathered one
	step := 0.0
	for b := range j.groups {
		_, columns := j.copy(0, b)
		step += float64(g.KernelHeight) * t.step(columns*g.Channels, g.Filters)
	}
	gathered := places * (other.step(window, g.Filters) + float64(window)*c.moveWindow)
	return (places+2)*step+float64(j.copied(j.height))*c.moveWindow/2 < 0.97*gathered
}

// run makes dw. Chains other than the first wait in memory of their own, a bounded number at
// a time, until they are added in order.
func (j *directWeightsJob) run(dw, x, dy []float32) {
	j.dw, j.x, j.dy = dw, x, dy
	threads := j.engine.Threads()
	all, most := ceilDiv(j.g.Images*j.height*j.width, chainSteps), 1
	if threads > 1 {
		most = max(threads, dividedSums/len(dw))
	}
	j.sums = grow(j.sums, min(all, most)*len(dw))
	for i := range min(all, threads) {
		s := &j.engine.gemm32.workers[i]
		s.patches = grow(s.patches, j.copied(j.rows)+j.engine.set.gemm32.tiles[0].mr) // rows that the last tile may read
	}
	for j.first = 0; j.first < all; j.first += j.count {
		j.count = min(most, all-j.first)
		j.adding = false
		j.engine.pool.run(j, j.count)
		j.adding = true
		j.engine.pool.run(j, min(threads, ceilDiv(len(dw), chunk)))
	}
	j.dw, j.x, j.dy = nil, nil, nil // it keeps no memory of the caller's
}

func (j *directWeightsJob) do(worker, part int) {
	if j.adding {
		j.add(worker, part)
	} else {
		j.chain(worker, part)
	}
}

// add adds a part of the chains under way to dw.
func (j *directWeightsJob) add(worker, part int) {
	gemm, size := &j.engine.gemm32, len(j.dw)
	from, to := span(size, 1, part, min(gemm.engine.Threads(), ceilDiv(size, chunk)))
	for i := range j.count {
		if j.first+i > 0 {
			gemm.vec.add(&gemm.workers[worker].args, j.dw[from:to], j.sums[i*size+from:i*size+to])
		}
	}
}

// chain makes one of the chains under way, image by image.
func (j *directWeightsJob) chain(worker, chain int) {
	s := &j.engine.gemm32.workers[worker]
	dw := j.sums[chain*len(j.dw):][:len(j.dw)]
	if chain += j.first; chain == 0 {
		dw = j.dw
	}
	image, mode := j.height*j.width, 0
	end := min((chain+1)*chainSteps, j.g.Images*image)
	for p := chain * chainSteps; p < end; mode = tileLoad {
		first := p % image
		steps, row := min(image-first, end-p), first/j.width
		j.fill(s.patches, p/image, row, ceilDiv(first+steps, j.width)-row)
		j.multiply(dw, s.patches, j.dy[p*j.g.Filters:], first-row*j.width, steps, mode)
		p += steps
	}
}

// fill makes the copies for some rows of places of an image.
func (j *directWeightsJob) fill(dst []float32, image, row, rows int) {
	g, ts := &j.g, &j.engine.set.gemm32
	line, step := g.Width*g.Channels, g.StrideX*g.Channels
	w := windows[float32]{data: j.x, top: image * g.Height, height: g.Height, line: line, rows: 1, places: j.width, step: step}
	for r := range j.lines(rows) {
		for a := range min(g.StrideY, g.KernelHeight) {
			w.y = (row+r)*g.StrideY + a - g.Top
			for b := range j.groups {
				at, columns := j.copy(a, b)
				w.run, w.at = columns*g.Channels, (b*g.StrideX-g.Left)*g.Channels
				to := dst[at+r*j.width*w.run:][:j.width*w.run]
				switch {
				case w.run < step:
					ts.gatherWindows(to, w.run, &w)
				case w.y < 0 || w.y >= g.Height:
					clear(to)
				default: // the row is in one piece
					copyRow(to, j.x[(w.top+w.y)*line:][:line], w.at)
				}
			}
		}
	}
}

// multiply continues chains by some places of an image, from one of the copies' on.
func (j *directWeightsJob) multiply(dw, copies, dy []float32, first, steps, mode int) {
	ts, g := &j.engine.set.gemm32, &j.g
	t, kernel := &ts.tiles[0], ts.run[0]
	most := max(1, ts.call/(max(steps*t.nr, rowWork)*t.mr)) * t.mr // rows of a call
	for col := 0; col < g.Filters; col += t.nr {
		cols := min(t.nr, g.Filters-col)
		for ky := range g.KernelHeight {
			for b := range j.groups {
				at, columns := j.copy(ky%g.StrideY, b)
				run := columns * g.Channels
				from := copies[at+(ky/g.StrideY*j.width+first)*run:]
				to := dw[(ky*g.KernelWidth+b*g.StrideX)*g.Channels*g.Filters+col:]
				for i := 0; i < run; i += most {
					kernel(steps, &from[i], 1, run, t.mr, &dy[col], g.Filters, 0, &to[i*g.Filters], g.Filters,
						nil, nil, min(most, run-i), cols, mode)
				}
			}
		}
	}
}
