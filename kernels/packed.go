package kernels

// A Packed is a k×n matrix, the B of products, arranged for a set: panels of Width
// columns from left to right, and in each the rows of the matrix, one after the
// other,
//
//	element (p, j) = Data[j/Width·Width·Rows + p·Width + j%Width],
//
// with 0 for the columns that the last panel has and the matrix has not. It is plain
// numbers: it can be copied, stored, and read by any number of engines at a time.
type Packed struct {
	Data       []float32
	Rows, Cols int
	Width      int
}

// PackedWidth is the Width of the set's panels.
func (s Set) PackedWidth() int { return s.gemm32.packedShape().nr }

func (c *costs) packedShape() *tileShape { return &c.tiles[c.packedTile] }

// Pack arranges b, or the transpose that it is, for [Engine.GemmPacked] in the same
// set: worth it where b is multiplied often and by few rows, as the weights of a
// model that is done with training. It writes to dst if that has room for
// Rows·roundUp(Cols, Width) elements, and to new memory otherwise. dst shares no
// elements with b.
func (e *Engine) Pack(dst []float32, b Matrix) Packed {
	if min(b.Rows, b.Cols) < 0 {
		panic("kernels: matrix of negative size")
	}
	width := e.set.PackedWidth()
	data := checkStored(&b)
	dst = grow(dst, b.Rows*roundUp(b.Cols, width))
	checkDisjoint(dst, data)
	_, cols := b.stored()
	raceReadRows(data, cols, b.Stride)
	raceWrite(dst)
	p := Packed{dst, b.Rows, b.Cols, width}
	if len(dst) > 0 {
		e.enter()
		e.packs = packJob{set: &e.set.gemm32, to: p}
		e.packs.b.set(&b, b.transposed, 1)
		e.pool.run(&e.packs, ceilDiv(b.Cols, width))
		e.packs = packJob{}
		e.leave()
	}
	return p
}

// A packJob packs a matrix, a panel a part.
type packJob struct {
	set *tiles[float32]
	b   operand[float32]
	to  Packed
}

func (j *packJob) do(_, part int) {
	w, k := j.to.Width, j.to.Rows
	dst := j.to.Data[part*w*k:][:w*k]
	cols := min(w, j.to.Cols-part*w)
	if cols < w {
		clear(dst)
	}
	for p := 0; p < k; p += chainSteps { // a call is short
		j.set.pack(dst[p*w:], w, min(chainSteps, k-p), &j.b, part*w, cols, p)
	}
}

// multiplyPacked is multiply with a packed B.
func (e *Engine) multiplyPacked(c *Matrix, alpha float32, a *Matrix, b *Packed, beta float32, ep *Epilogue) {
	switch {
	case min(b.Rows, b.Cols) < 0:
		panic("kernels: matrix of negative size")
	case b.Width != e.set.PackedWidth():
		panic("kernels: GemmPacked with a matrix that was packed for another set")
	}
	if checkShapes(c, a, b.Rows, b.Cols); c.Rows == 0 || c.Cols == 0 {
		return
	}
	read := checkProduct(c, alpha, a, beta, ep)
	if read {
		panels := NewMatrix(b.Data, ceilDiv(b.Cols, b.Width), b.Rows*b.Width)
		checkOperand(c, &panels)
	}
	x := e.gemm32.prepare(c, beta, ep)
	if read {
		x.k = a.Cols
		x.a.set(a, !a.transposed, alpha)
		x.b = operand[float32]{data: b.Data, panelStride: 1, kStride: b.Width, factor: 1, packed: true}
	}
	e.gemm32.make()
}
