package ref

// A Convolution is the geometry of a convolution, as in package kernels.
type Convolution struct {
	Images                    int
	Height, Width, Channels   int
	KernelHeight, KernelWidth int
	Filters                   int
	StrideY, StrideX          int
	Top, Bottom, Left, Right  int
}

func (g *Convolution) out() (height, width int) {
	out := func(n, kernel, stride int) int {
		if n < kernel {
			return 0
		}
		return (n-kernel)/stride + 1
	}
	return out(g.Height+g.Top+g.Bottom, g.KernelHeight, g.StrideY), out(g.Width+g.Left+g.Right, g.KernelWidth, g.StrideX)
}

// A chain is an element of a product under way: chains of ChainSteps multiply-adds.
type chain struct {
	sum, next float32
	steps     int
}

func (c *chain) add(a, b float32) {
	switch {
	case c.steps < ChainSteps:
		c.sum = FMA(a, b, c.sum)
	case c.steps%ChainSteps == 0:
		c.sum, c.next = c.end(), FMA(a, b, 0)
	default:
		c.next = FMA(a, b, c.next)
	}
	c.steps++
}

func (c *chain) end() float32 {
	if c.steps <= ChainSteps {
		return c.sum
	}
	return c.sum + c.next
}

// at is element (i, y, x, c) of images, channels last; 0 outside.
func at(data []float32, i, height, width, channels, y, x, c int) float32 {
	if y < 0 || y >= height || x < 0 || x >= width {
		return 0
	}
	return data[((i*height+y)*width+x)*channels+c]
}

// Conv is the convolution of x, one element after the other, with chains that start
// from bias[f], or 0 where bias is nil.
func Conv(out, x, w, bias []float32, g Convolution) {
	height, width := g.out()
	n := 0
	for i := range g.Images {
		for oy := range height {
			for ox := range width {
				for f := range g.Filters {
					s := start(bias, f)
					for ky := range g.KernelHeight {
						for kx := range g.KernelWidth {
							for c := range g.Channels {
								s.add(at(x, i, g.Height, g.Width, g.Channels, oy*g.StrideY+ky-g.Top, ox*g.StrideX+kx-g.Left, c),
									w[((ky*g.KernelWidth+kx)*g.Channels+c)*g.Filters+f])
							}
						}
					}
					out[n] = s.end()
					n++
				}
			}
		}
	}
}

// ConvTranspose is the sum of all windows of y that an element of x is in, in the
// order of their places, those outside of y counting as zeros.
func ConvTranspose(out, y, w, bias []float32, g Convolution) {
	height, width := g.out()
	n := 0
	for i := range g.Images {
		for iy := range g.Height {
			for ix := range g.Width {
				for c := range g.Channels {
					s := start(bias, c)
					for ky := g.KernelHeight - 1; ky >= 0 && height*width > 0; ky-- {
						for kx := g.KernelWidth - 1; kx >= 0; kx-- {
							if (iy+g.Top-ky)%g.StrideY != 0 || (ix+g.Left-kx)%g.StrideX != 0 {
								continue
							}
							for f := range g.Filters {
								s.add(at(y, i, height, width, g.Filters, (iy+g.Top-ky)/g.StrideY, (ix+g.Left-kx)/g.StrideX, f),
									w[((ky*g.KernelWidth+kx)*g.Channels+c)*g.Filters+f])
							}
						}
					}
					out[n] = s.end()
					n++
				}
			}
		}
	}
}

// ConvWeightGrad is the gradient of a convolution for its weights.
func ConvWeightGrad(dw, x, dy []float32, g Convolution) {
	height, width := g.out()
	n := 0
	for ky := range g.KernelHeight {
		for kx := range g.KernelWidth {
			for c := range g.Channels {
				for f := range g.Filters {
					var s chain
					for i := range g.Images {
						for oy := range height {
							for ox := range width {
								s.add(at(x, i, g.Height, g.Width, g.Channels, oy*g.StrideY+ky-g.Top, ox*g.StrideX+kx-g.Left, c),
									at(dy, i, height, width, g.Filters, oy, ox, f))
							}
						}
					}
					dw[n] = s.end()
					n++
				}
			}
		}
	}
}

func start(bias []float32, i int) chain {
	if bias == nil {
		return chain{}
	}
	return chain{sum: bias[i]}
}
