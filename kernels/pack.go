package kernels

// tiles are the GEMM micro-kernels of an element type, and what packs their
// operands.
type tiles[T float] struct {
	shapes []tile[T] // the best for large products first
	strict bool      // no column of B is read that C does not have

	// What a set may do without. See gen/pack.go.
	transposes []packer[T] // the widest first
	copies     []packer[T] // the widest first
	dots       []dots[T]   // of 8 rows, of 16, and so on
	row        *tile[T]    // of one row and any number of columns
}

// A tile is a micro-kernel with its shape. Its arguments are described at
// tileSignature in gen/gemm.go.
type tile[T float] struct {
	mr, nr int
	byRows bool // takes A with ai != 1
	run    func(k int, a *T, ai, as, ap int, b *T, bs, bp int, c *T, ldc int, bias, mask *T, m, n, mode int)

	heights, widths []int // of smaller forms, the largest first
}

// A packer moves w elements at a time: a transpose that many rows, n times
// transposeStrip columns; a copy n rows of so many elements.
type packer[T float] struct {
	w   int
	run func(dst *T, w int, src *T, ld int, n int)
}

// transposeStrip is how many columns a transpose takes at a time, as in
// gen/pack.go.
const transposeStrip = 8

// pack copies rows i to i+rows of x, steps p to p+depth, into panels: w rows
// side by side for each step. What does not exist of the last panel is 0.
//
//	x(0,0) x(1,0) … x(w-1,0) | x(0,1) … | … x(w-1,depth-1)
func (ts *tiles[T]) pack(dst []T, w, depth int, x *matrix[T], i, rows, p int) {
	if depth == 0 || rows == 0 {
		return
	}
	src := x.data[i*x.across+p*x.along:]
	for ; rows > 0; rows -= w {
		h := min(w, rows)
		if h < w {
			clear(dst[:w*depth])
		}
		if x.across == 1 {
			ts.copyPanel(dst, w, depth, src, x.along, h)
		} else {
			ts.transposePanel(dst, w, depth, src, x.across, h)
		}
		if rows > w {
			dst, src = dst[w*depth:], src[w*x.across:]
		}
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

// transposePanel sets dst[p*w+i] = src[i*ld+p] for i < rows.
func (ts *tiles[T]) transposePanel(dst []T, w, depth int, src []T, ld, rows int) {
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
