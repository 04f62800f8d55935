package vae

import (
	"fmt"

	"github.com/lanewise/lanewise/kernels"
)

// Conv2D is a convolution of images, channels last,
//
//	y[oy,ox,f] = b[f] + Σ x[oy·Stride+ky-Top, ox·Stride+kx-Left, c] · w[ky,kx,c,f]
//
// with weights of Kernel×Kernel×Channels×Filters, as in TensorFlow.
type Conv2D struct {
	Filters int `json:"filters"`
	Kernel  int `json:"kernel"`
	Stride  int `json:"stride"`
	// Pad is how many rows and columns of zeros surround an image. Where Same is true
	// they are those with which the output has ⌈size/Stride⌉ rows and columns, the
	// larger half below and on the right: TensorFlow's SAME.
	Pad  Pad  `json:"pad,omitzero"`
	Same bool `json:"same,omitempty"`
}

// Pad is the padding of an image.
type Pad struct {
	Top    int `json:"top,omitempty"`
	Bottom int `json:"bottom,omitempty"`
	Left   int `json:"left,omitempty"`
	Right  int `json:"right,omitempty"`
}

// PadAll is n on every side.
func PadAll(n int) Pad { return Pad{n, n, n, n} }

// Bounds of a convolution: products of them fit an int32.
const (
	maxKernel   = 1 << 10
	maxChannels = 1 << 20
)

func (Conv2D) Kind() string { return "conv2d" }

// check is what both kinds of convolution have to fulfil.
func (c Conv2D) check() error {
	switch {
	case c.Filters < 1 || c.Filters > maxChannels:
		return fmt.Errorf("%d filters: want 1 to %d", c.Filters, maxChannels)
	case c.Kernel < 1 || c.Kernel > maxKernel:
		return fmt.Errorf("a kernel of %d: want 1 to %d", c.Kernel, maxKernel)
	case c.Stride < 1 || c.Stride > maxKernel:
		return fmt.Errorf("a stride of %d: want 1 to %d", c.Stride, maxKernel)
	case min(c.Pad.Top, c.Pad.Bottom, c.Pad.Left, c.Pad.Right) < 0 || max(c.Pad.Top, c.Pad.Bottom, c.Pad.Left, c.Pad.Right) > maxKernel:
		return fmt.Errorf("padding of %d, %d, %d and %d: want 0 to %d", c.Pad.Top, c.Pad.Bottom, c.Pad.Left, c.Pad.Right, maxKernel)
	case c.Same && c.Pad != Pad{}:
		return fmt.Errorf("padding of its own and same: want one of them")
	}
	return nil
}

// geometry is that of n images of a shape.
func (c Conv2D) geometry(n int, in Shape) kernels.Convolution {
	pad := c.Pad
	if c.Same {
		pad.Top, pad.Bottom = same(in.Height, c.Kernel, c.Stride)
		pad.Left, pad.Right = same(in.Width, c.Kernel, c.Stride)
	}
	return kernels.Convolution{
		Images: n, Height: in.Height, Width: in.Width, Channels: in.Channels,
		KernelHeight: c.Kernel, KernelWidth: c.Kernel, Filters: c.Filters, StrideY: c.Stride, StrideX: c.Stride,
		Top: pad.Top, Bottom: pad.Bottom, Left: pad.Left, Right: pad.Right,
	}
}

// same is the padding on either side of n places with which there are ⌈n/stride⌉.
func same(n, kernel, stride int) (before, after int) {
	all := max(0, ((n+stride-1)/stride-1)*stride+kernel-n)
	return all / 2, all - all/2
}

func (c Conv2D) Output(in Shape) (Shape, error) {
	if err := c.check(); err != nil {
		return Shape{}, err
	}
	height, width := c.geometry(1, in).Out()
	if height < 1 || width < 1 {
		return Shape{}, fmt.Errorf("a kernel of %d×%d is larger than an image of %d×%d with its padding", c.Kernel, c.Kernel, in.Height, in.Width)
	}
	return Shape{height, width, c.Filters}, nil
}

func (c Conv2D) Params(in Shape) []Param {
	window := c.Kernel * c.Kernel
	fanIn, fanOut := window*in.Channels, window*c.Filters
	return []Param{
		{Name: "weight", Shape: []int{c.Kernel, c.Kernel, in.Channels, c.Filters}, FanIn: fanIn, FanOut: fanOut},
		{Name: "bias", Shape: []int{c.Filters}, FanIn: fanIn, FanOut: fanOut, Bias: true},
	}
}

func (c Conv2D) Forward(p *Pass) { c.forward(p, kernels.NoActivation) }

func (c Conv2D) forward(p *Pass, a kernels.Activation) {
	p.Engine.Conv(p.Y, p.X, p.Weights[0], c.geometry(p.N, p.In), &kernels.Epilogue{Bias: p.Weights[1], Activation: a})
}

func (c Conv2D) Backward(p *Pass) {
	g := c.geometry(p.N, p.In)
	p.Engine.ConvWeightGrad(p.Grads[0], p.X, p.DY, g)
	p.Engine.ColumnSums(p.Grads[1], p.DY)
	if p.DX != nil {
		p.Engine.ConvTranspose(p.DX, p.DY, p.Weights[0], g, nil)
	}
}
