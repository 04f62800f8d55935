package kernels

import "math/bits"

// A Convolution is the geometry of a convolution of images, channels last: x has
// Images·Height·Width·Channels elements, y has Images·OutHeight·OutWidth·Filters, and
// the weights have KernelHeight·KernelWidth·Channels·Filters, each in this order, the
// last index running fastest. The pads are rows and columns of zeros around an image;
// they may differ, so that what TensorFlow calls SAME is exact, and be negative, which
// leaves the edge out.
type Convolution struct {
	Images                    int
	Height, Width, Channels   int
	KernelHeight, KernelWidth int
	Filters                   int
	StrideY, StrideX          int
	Top, Bottom, Left, Right  int
}

// Out is the size of y: OutHeight is ⌊(Height + Top + Bottom - KernelHeight)/StrideY⌋ + 1,
// and OutWidth likewise; 0 where the kernel is larger than the padded image.
func (g Convolution) Out() (height, width int) {
	out := func(n, pads, kernel, stride int) int {
		if n += pads - kernel; n < 0 {
			return 0
		}
		return n/stride + 1
	}
	return out(g.Height, g.Top+g.Bottom, g.KernelHeight, g.StrideY), out(g.Width, g.Left+g.Right, g.KernelWidth, g.StrideX)
}

// Conv computes y, the cross-correlation of x with the weights, as layers of neural
// networks do:
//
//	y[i,oy,ox,f] = Σ x[i, oy·StrideY+ky-Top, ox·StrideX+kx-Left, c] · w[ky,kx,c,f]
//
// with the terms of (ky, kx, c) in ascending order, in chains of 512 as in
// [Engine.Gemm], whose bound on the error holds. x is 0 outside of an image, and such
// a term counts like others: 0·NaN is NaN. The epilogue is that of a product with a
// row for every place of y and a column for every filter.
//
// It allocates nothing once its workspace has grown. y shares no elements with x or w.
// It panics with a constant message where a size or stride does not make sense or a
// slice has not the length that the geometry says.
func (e *Engine) Conv(y, x, w []float32, g Convolution, ep *Epilogue) {
	places, k := g.check(x, y, w)
	c := NewMatrix(y, places, g.Filters)
	checkConvolution(&c, x, w, ep)
	e.enter()
	if e.direct.conv(e, &g, w, ep) {
		e.direct.run(y, x, ep)
	} else {
		e.convolve(&c, k, g.patches(x), true, w, ep)
	}
	e.leave()
}

// ConvTranspose computes x, of which each element is the sum of what [Engine.Conv]
// would make of it, times y: the gradient of a convolution for its input, and the
// transposed convolution of y.
//
//	x[i,iy,ix,c] = Σ y[i,oy,ox,f] · w[ky,kx,c,f]
//
// over all places of y whose window has (iy, ix), at (ky, kx), in ascending order of
// (oy, ox, f). The windows that an element lacks, near an edge of y, count as zeros.
// The epilogue is that of a product with a row for every place of x and a column for
// every channel. Otherwise it is like Conv.
func (e *Engine) ConvTranspose(x, y, w []float32, g Convolution, ep *Epilogue) {
	g.check(x, y, w)
	c := NewMatrix(x, g.Images*g.Height*g.Width, g.Channels)
	checkConvolution(&c, y, w, ep)
	e.enter()
	switch {
	case e.planes.fits(&g, ep, &e.set.gemm32.costs):
		e.planes.run(e, x, y, w, ep)
	case e.direct.convTranspose(e, &g, w, ep):
		e.direct.run(x, y, ep)
	default:
		for a := range g.StrideY {
			for b := range g.StrideX {
				v, h := g.axes(a, b)
				e.convolveClass(&c, y, w, g, ep, v, h)
			}
		}
	}
	e.leave()
}

// ConvWeightGrad computes the gradient of a convolution for its weights,
//
//	dw[ky,kx,c,f] = Σ x[i, oy·StrideY+ky-Top, ox·StrideX+kx-Left, c] · dy[i,oy,ox,f]
//
// over all places (i, oy, ox) in ascending order, in chains of 512. Otherwise it is
// like Conv.
func (e *Engine) ConvWeightGrad(dw, x, dy []float32, g Convolution) {
	places, k := g.check(x, dy, dw)
	c := NewMatrix(dw, k, g.Filters)
	checkConvolution(&c, x, dy, nil)
	e.enter()
	if e.weights.fits(e, &g) {
		e.weights.run(dw, x, dy)
	} else {
		e.convolve(&c, places, g.patches(x), false, dy, nil)
	}
	e.leave()
}

// convolve makes the product of patches, with a row for every place or one for every
// element of a window, and b, which has k rows.
func (e *Engine) convolve(c *Matrix, k int, a patches[float32], places bool, b []float32, ep *Epilogue) {
	if c.Rows == 0 || c.Cols == 0 {
		return
	}
	p := e.gemm32.begin(c, 0, ep)
	if p.k = k; k > 0 {
		m := NewMatrix(b, k, c.Cols)
		p.b.set(&m, false, 1)
		p.a.setPatches(a, places)
	}
	e.gemm32.execute(e.gemm32.planned())
}

// checkConvolution checks what is common to all three.
func checkConvolution(c *Matrix, a, b []float32, ep *Epilogue) {
	checkDisjoint(c.Data, a)
	checkDisjoint(c.Data, b)
	if ep != nil && len(c.Data) > 0 {
		checkEpilogue(c, 0, ep)
	}
	raceRead(a)
	raceRead(b)
	raceWrite(c.Data)
}

// check panics unless the geometry makes sense and the slices fit it, and makes strides no
// longer than they need to be. It returns the number of places of y and of elements of a
// window.
func (g *Convolution) check(x, y, w []float32) (places, window int) {
	switch {
	case min(g.Images, g.Height, g.Width, g.Channels, g.Filters) < 0 || min(g.KernelHeight, g.KernelWidth) < 1:
		panic("kernels: convolution of a size that does not make sense")
	case min(g.StrideY, g.StrideX) < 1:
		panic("kernels: convolution with a stride below 1")
	}
	height, width := g.Out()
	if !lengthIs(len(x), g.Images, g.Height, g.Width, g.Channels) || !lengthIs(len(y), g.Images, height, width, g.Filters) ||
		!lengthIs(len(w), g.KernelHeight, g.KernelWidth, g.Channels, g.Filters) {
		panic("kernels: convolution of slices whose lengths do not fit")
	}
	// A stride that leaves room for one window could be any such, and overflow.
	g.StrideY = min(g.StrideY, max(1, g.Height+g.Top+g.Bottom-g.KernelHeight+1))
	g.StrideX = min(g.StrideX, max(1, g.Width+g.Left+g.Right-g.KernelWidth+1))
	return g.Images * height * width, g.KernelHeight * g.KernelWidth * g.Channels
}

// lengthIs tells whether n is the product of sizes, which may overflow.
func lengthIs(n int, sizes ...int) bool {
	product := uint(1)
	for _, s := range sizes {
		if s == 0 {
			return n == 0
		}
	}
	for _, s := range sizes {
		hi, lo := bits.Mul(product, uint(s))
		if hi != 0 {
			return false
		}
		product = lo
	}
	return product == uint(n)
}

func (g *Convolution) patches(x []float32) patches[float32] {
	height, width := g.Out()
	return patches[float32]{
		data: x, height: g.Height, width: g.Width, channels: g.Channels,
		kernelHeight: g.KernelHeight, kernelWidth: g.KernelWidth, strideY: g.StrideY, strideX: g.StrideX,
		top: g.Top, left: g.Left, outHeight: height, outWidth: width,
	}
}

// An axis is one direction of a transposed convolution, and one class of its places:
// those that the same taps of the kernel reach, every stride-th one.
type axis struct{ kernel, stride, pad, size, class int }

// axes are those of a class of taps: of row a and column b of the kernel, and every
// stride-th from there.
func (g *Convolution) axes(a, b int) (v, h axis) {
	return axis{g.KernelHeight, g.StrideY, g.Top, g.Height, a}, axis{g.KernelWidth, g.StrideX, g.Left, g.Width, b}
}

// taps is how many taps of the kernel reach the class.
func (a *axis) taps() int { return max(0, ceilDiv(a.kernel-a.class, a.stride)) }

// tap is the place in the kernel of number i of them, as places of y ascend.
func (a *axis) tap(i int) int { return a.class + a.stride*(a.taps()-1-i) }

// first is the first place of the class, and pad how far its window lies outside of y.
func (a *axis) first() (at, pad int) {
	at = ((a.class-a.pad)%a.stride + a.stride) % a.stride
	return at, a.taps() - 1 - (at+a.pad-a.class)/a.stride
}

// places is how many the class has.
func (a *axis) places() int {
	at, _ := a.first()
	return max(0, ceilDiv(a.size-at, a.stride))
}

// convolveClass makes the places of x that a class of taps reaches: a convolution of y
// by them, of stride 1. Nothing is inserted into y, and nothing is added to x.
func (e *Engine) convolveClass(c *Matrix, y, w []float32, g Convolution, ep *Epilogue, v, h axis) {
	rows, cols := v.places(), h.places()
	if g.Images*rows*cols == 0 || g.Channels == 0 {
		return
	}
	y0, top := v.first()
	x0, left := h.first()
	height, width := g.Out()
	p := e.gemm32.begin(c, 0, ep)
	p.m = g.Images * rows * cols
	if g.StrideY > 1 || g.StrideX > 1 {
		p.scattered = scattering{rows, cols, g.Height, g.Width, y0, x0, g.StrideY, g.StrideX}
	}
	if p.k = v.taps() * h.taps() * g.Filters; height*width == 0 {
		p.k = 0
	}
	if p.k > 0 {
		e.taps = grow(e.taps, g.Channels*p.k)
		gatherTaps(e.taps, w, &g, &v, &h)
		b := NewMatrix(e.taps, g.Channels, p.k)
		p.b.set(&b, true, 1)
		p.a.setPatches(patches[float32]{
			data: y, height: height, width: width, channels: g.Filters,
			kernelHeight: v.taps(), kernelWidth: h.taps(), strideY: 1, strideX: 1,
			top: top, left: left, outHeight: rows, outWidth: cols,
		}, true)
	}
	e.gemm32.execute(e.gemm32.planned())
}

// gatherTaps sets dst[c, ky, kx, f] to the weights of a class, in the order of places.
func gatherTaps(dst, w []float32, g *Convolution, v, h *axis) {
	for c := range g.Channels {
		for i := range v.taps() {
			for j := range h.taps() {
				from := ((v.tap(i)*g.KernelWidth+h.tap(j))*g.Channels + c) * g.Filters
				dst = dst[copy(dst, w[from:][:g.Filters]):]
			}
		}
	}
}
