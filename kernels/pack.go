package kernels

// tiles are the GEMM kernels of a set for an element type: the micro-kernels, what
// packs their operands, and what they cost.
type tiles[T Float] struct {
	costs
	run []microKernel[T] // as costs.tiles describes them

	// What a set may do without.
	row        microKernel[T] // of one row and any number of columns, with B in place
	transposes []packer[T]    // the widest first
	copies     []packer[T]    // the widest first
	dots       []dots[T]      // of 8 rows, of 16, and so on
	windows    func(dst *T, ld int, src *T, step, line int, places, rows, run int)
	split      func(dst *T, odd, ld int, src *T, line int, rows, n int)
	amax       func(x *T, n int) T
	scaleBy    func(x *T, n int, f *T)
}

// The arguments of a microKernel are described at tileSignature in gen, those of
// windows at windowsSignature, of split at splitSignature, of amax at amaxSignature, and of
// scaleBy at scaleSignature.
type microKernel[T Float] = func(k int, a *T, ai, as, ap int, b *T, bs, bp int, c *T, ldc int, bias, mask *T, m, n, mode int)

// A packer moves w elements at a time: a transpose that many rows, n times
// transposeStrip columns; a copy n rows of so many elements.
type packer[T Float] struct {
	w   int
	run func(dst *T, w int, src *T, ld int, n int)
}

// transposeStrip is how many columns a transpose takes at a time, as in
// gen/pack.go.
const transposeStrip = 8

// splitStep is how many pairs split takes at a time, as in gen/split.go.
const splitStep = 8

// pack copies rows i to i+rows of x, steps p to p+depth, times its factor, into
// panels: w rows side by side for each step. What does not exist of the last panel
// stays as it was.
//
//	x(0,0) x(1,0) … x(w-1,0) | x(0,1) … | … x(w-1,depth-1)
func (ts *tiles[T]) pack(dst []T, w, depth int, x *operand[T], i, rows, p int) {
	if depth == 0 || rows == 0 {
		return
	}
	src := x.data[i*x.panelStride+p*x.kStride:]
	for ; rows > 0; rows -= w {
		if h := min(w, rows); x.panelStride == 1 {
			ts.copyPanel(dst, w, depth, src, x.kStride, h)
		} else {
			ts.transpose(dst, w, depth, src, x.panelStride, h)
		}
		if x.factor != 1 {
			ts.scale(dst[:w*depth], &x.factor)
		}
		if rows > w {
			dst, src = dst[w*depth:], src[w*x.panelStride:]
		}
	}
}

// scaleStep is how many elements scaleBy takes at a time, as in gen/scale.go.
const scaleStep = 16

// scale multiplies by f.
func (ts *tiles[T]) scale(x []T, f *T) {
	if n := len(x) / scaleStep * scaleStep; n > 0 && ts.scaleBy != nil {
		ts.scaleBy(&x[0], n, f)
		x = x[n:]
	}
	for i := range x {
		x[i] *= *f
	}
}

// copyPanel sets dst[p*w+i] = src[p*ld+i] for i < rows.
func (ts *tiles[T]) copyPanel(dst []T, w, depth int, src []T, ld, rows int) {
	i := 0
	for _, c := range ts.copies {
		for ; i+c.w <= rows; i += c.w {
			c.run(&dst[i], w, &src[i], ld, depth)
		}
	}
	for ; i < rows; i++ {
		for p := range depth {
			dst[p*w+i] = src[p*ld+i]
		}
	}
}

// transpose sets dst[p*w+i] = src[i*ld+p] for i < rows.
func (ts *tiles[T]) transpose(dst []T, w, depth int, src []T, ld, rows int) {
	i := 0
	if strips := depth / transposeStrip; strips > 0 {
		for _, t := range ts.transposes {
			for ; i+t.w <= rows; i += t.w {
				t.run(&dst[i], w, &src[i*ld], ld, strips)
				// The last strip may overlap the one before.
				if p := depth - transposeStrip; p%transposeStrip != 0 {
					t.run(&dst[p*w+i], w, &src[i*ld+p], ld, 1)
				}
			}
		}
	}
	for ; i < rows; i++ {
		at := i
		for _, v := range src[i*ld:][:depth] {
			dst[at] = v
			at += w
		}
	}
}
