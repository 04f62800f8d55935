package vae

import (
	"fmt"

	"github.com/lanewise/lanewise/kernels"
)

// ConvTranspose2D is the transpose of a convolution, which makes images larger:
//
//	y[iy,ix,f] = b[f] + Σ x[oy,ox,c] · w[ky,kx,f,c]
//
// over all places of x and the kernel with iy = oy·Stride+ky-Top, ix = ox·Stride+kx-Left.
// Its weights are Kernel×Kernel×Filters×Channels, as in TensorFlow. The output has
//
//	(height-1)·Stride + Kernel - Top - Bottom + OutputPad
//
// rows, and columns likewise.
type ConvTranspose2D struct {
	Filters int `json:"filters"`
	Kernel  int `json:"kernel"`
	Stride  int `json:"stride"`
	// Pad is the padding of the convolution whose transpose this is. Where Same is true
	// the output is Stride times as high and wide: TensorFlow's SAME.
	Pad       Pad  `json:"pad,omitzero"`
	OutputPad int  `json:"output_pad,omitempty"` // further rows below, and columns on the right
	Same      bool `json:"same,omitempty"`
}

func (ConvTranspose2D) Kind() string { return "conv_transpose2d" }

// conv is the convolution whose transpose this is, for rows of a shape: its filters are
// our channels.
func (c ConvTranspose2D) conv(in Shape) Conv2D {
	return Conv2D{Filters: in.Channels, Kernel: c.Kernel, Stride: c.Stride, Pad: c.Pad, Same: c.Same}
}

// size is how many rows or columns come of n.
func (c ConvTranspose2D) size(n, before, after int) int {
	if c.Same {
		return n * c.Stride
	}
	return (n-1)*c.Stride + c.Kernel - before - after + c.OutputPad
}

func (c ConvTranspose2D) Output(in Shape) (Shape, error) {
	if c.Filters < 1 || c.Filters > maxChannels {
		return Shape{}, fmt.Errorf("%d filters: want 1 to %d", c.Filters, maxChannels)
	}
	conv := c.conv(in)
	if err := conv.check(); err != nil {
		return Shape{}, err
	}
	if c.OutputPad < 0 || c.OutputPad >= c.Stride || c.Same && c.OutputPad != 0 {
		return Shape{}, fmt.Errorf("an output padding of %d: want 0 to %d, the stride less 1, and none with same", c.OutputPad, c.Stride-1)
	}
	out := Shape{c.size(in.Height, c.Pad.Top, c.Pad.Bottom), c.size(in.Width, c.Pad.Left, c.Pad.Right), c.Filters}
	if out.Height < 1 || out.Width < 1 {
		return Shape{}, fmt.Errorf("padding takes all of an image of %d×%d", in.Height, in.Width)
	}
	if height, width := conv.geometry(1, out).Out(); height != in.Height || width != in.Width {
		return Shape{}, fmt.Errorf("a convolution of %d×%d makes %d×%d, not %d×%d", out.Height, out.Width, height, width, in.Height, in.Width)
	}
	return out, nil
}

func (c ConvTranspose2D) Params(in Shape) []Param {
	window := c.Kernel * c.Kernel
	// PyTorch and Keras both take the outputs that an input reaches for its fan-in.
	fanIn, fanOut := window*c.Filters, window*in.Channels
	return []Param{
		{Name: "weight", Shape: []int{c.Kernel, c.Kernel, c.Filters, in.Channels}, FanIn: fanIn, FanOut: fanOut},
		{Name: "bias", Shape: []int{c.Filters}, FanIn: fanIn, FanOut: fanOut, Bias: true},
	}
}

func (c ConvTranspose2D) Forward(p *Pass) { c.forward(p, kernels.NoActivation) }

func (c ConvTranspose2D) forward(p *Pass, a kernels.Activation) {
	p.Engine.ConvTranspose(p.Y, p.X, p.Weights[0], c.conv(p.In).geometry(p.N, p.Out), &kernels.Epilogue{Bias: p.Weights[1], Activation: a})
}

func (c ConvTranspose2D) Backward(p *Pass) {
	g := c.conv(p.In).geometry(p.N, p.Out)
	p.Engine.ConvWeightGrad(p.Grads[0], p.DY, p.X, g)
	p.Engine.ColumnSums(p.Grads[1], p.DY)
	if p.DX != nil {
		p.Engine.Conv(p.DX, p.DY, p.Weights[0], g, nil)
	}
}
