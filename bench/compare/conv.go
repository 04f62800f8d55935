package main

import (
	"fmt"

	"github.com/lanewise/lanewise/kernels"
)

// A convLayer is a layer of a convolutional VAE: a convolution, or the transposed one of
// a decoder, whose output is x of the geometry.
type convLayer struct {
	name       string
	transposed bool
	kernels.Convolution
}

// convLayers are those of the encoders of Keras' example of a VAE (3×3, stride 2, SAME)
// and of Burgess et al. (4×4, stride 2, pad 1), and of their decoders.
func convLayers() []convLayer {
	conv := func(size, channels, filters, kernel, stride, before, after int) kernels.Convolution {
		return kernels.Convolution{Images: batchSize, Height: size, Width: size, Channels: channels,
			KernelHeight: kernel, KernelWidth: kernel, Filters: filters, StrideY: stride, StrideX: stride,
			Top: before, Bottom: after, Left: before, Right: after}
	}
	return []convLayer{
		{"C28x28x1-32", false, conv(28, 1, 32, 3, 2, 0, 1)},
		{"C14x14x32-64", false, conv(14, 32, 64, 3, 2, 0, 1)},
		{"C64x64x1-32", false, conv(64, 1, 32, 4, 2, 1, 1)},
		{"C32x32x32-32", false, conv(32, 32, 32, 4, 2, 1, 1)},
		{"C16x16x32-64", false, conv(16, 32, 64, 4, 2, 1, 1)},
		{"T7x7x64-64", true, conv(14, 64, 64, 3, 2, 0, 1)},
		{"T14x14x64-32", true, conv(28, 32, 64, 3, 2, 0, 1)},
		{"T28x28x32-1", true, conv(28, 1, 32, 3, 1, 1, 1)},
		{"T8x8x64-32", true, conv(16, 32, 64, 4, 2, 1, 1)},
		{"T16x16x32-32", true, conv(32, 32, 32, 4, 2, 1, 1)},
		{"T32x32x32-1", true, conv(64, 1, 32, 4, 2, 1, 1)},
	}
}

// The three products of a layer.
var convProducts = []string{"forward", "input gradient", "weight gradient"}

func convCases() []benchCase {
	var cs []benchCase
	for _, l := range convLayers() {
		for _, product := range convProducts {
			cs = append(cs, convCase(l, product))
		}
	}
	return cs
}

func convCase(l convLayer, product string) benchCase {
	c := newConvolution(l, product)
	flop := 2 * float64(c.ny) * float64(c.nw/l.Filters)
	return benchCase{
		bench: "conv", name: l.name + " " + product, work: flop, unit: "GFLOP/s", scale: 1e9,
		limit: limit{flop: flop},
		setUp: func(su *suite) ([]implementation, checker) { return convImplementations(su, c, flop) },
	}
}

// A convolution is one product of a layer: out, which is "y", "x" or "w", of the others.
type convolution struct {
	convLayer
	out        string
	nx, ny, nw int
}

func newConvolution(l convLayer, product string) convolution {
	height, width := l.Out()
	c := convolution{l, "w", l.Images * l.Height * l.Width * l.Channels, l.Images * height * width * l.Filters,
		l.KernelHeight * l.KernelWidth * l.Channels * l.Filters}
	if product != "weight gradient" {
		if c.out = "x"; (product == "forward") != l.transposed {
			c.out = "y"
		}
	}
	return c
}

// call computes what is out of the others.
func (c *convolution) call(e *kernels.Engine, x, y, w []float32) {
	switch c.out {
	case "y":
		e.Conv(y, x, w, c.Convolution, nil)
	case "x":
		e.ConvTranspose(x, y, w, c.Convolution, nil)
	default:
		e.ConvWeightGrad(w, x, y, c.Convolution)
	}
}

func convImplementations(su *suite, c convolution, flop float64) ([]implementation, checker) {
	arrays := map[string][]float32{"x": normal[float32](11, c.nx), "y": normal[float32](12, c.ny), "w": normal[float32](13, c.nw)}
	out := arrays[c.out]
	implementations := su.ours(func(e *kernels.Engine) (work, error) {
		if e.Set().Name() == "go" && flop > mostFlopInGo {
			return work{}, errSlow
		}
		spoil(out)
		return local(calls(func() { c.call(e, arrays["x"], arrays["y"], arrays["w"]) }), out), nil
	})
	height, width := c.Out()
	inputs := map[string][]float32{}
	for name, a := range arrays {
		if name != c.out {
			inputs[name] = a
		}
	}
	implementations = append(implementations, su.inProcesses(task{
		bench: "conv",
		params: map[string]any{
			"out": c.out, "transposed": c.transposed, "images": c.Images,
			"large": []int{c.Height, c.Width, c.Channels}, "small": []int{height, width, c.Filters},
			"kernel": []int{c.KernelHeight, c.KernelWidth}, "stride": []int{c.StrideY, c.StrideX},
			"pads": [][]int{{c.Top, c.Bottom}, {c.Left, c.Right}},
		},
		inputs: inputs,
	})...)
	return implementations, c.checker(arrays)
}

// checker is as that of a product, with k the number of terms of an element.
func (c *convolution) checker(arrays map[string][]float32) checker {
	absolute := map[string][]float32{}
	for name, a := range arrays {
		absolute[name] = absolutes(a)
	}
	c.call(kernels.New(kernels.Default(), 0), absolute["x"], absolute["y"], absolute["w"])
	size := absolute[c.out]
	k := map[string]int{"y": c.nw / c.Filters, "x": c.nw / c.Channels, "w": c.ny / c.Filters}[c.out]
	bound := func(i int) float64 { return 1.001 * float64(k+4) * 0x1p-24 * float64(size[i]) }
	const samples = 97 // a prime, so that they spread
	exact := map[int]float64{}
	for s := range samples {
		i := s * len(size) / samples
		exact[i] = c.element(arrays, i)
	}
	return func(out, first []float64) error {
		if len(out) != len(size) {
			return fmt.Errorf("%d elements instead of %d", len(out), len(size))
		}
		for i, want := range exact {
			if !near(out[i], want, bound(i)) {
				return fmt.Errorf("element %d is %v and should be %v", i, out[i], want)
			}
		}
		for i, want := range first {
			if !near(out[i], want, 2*bound(i)) {
				return fmt.Errorf("element %d is %v, and %v for lanewise", i, out[i], want)
			}
		}
		return nil
	}
}

// element is element i of what is out, in float64.
func (c *convolution) element(arrays map[string][]float32, i int) (sum float64) {
	height, width := c.Out()
	x := func(img, y, x, ch int) float64 {
		if y < 0 || y >= c.Height || x < 0 || x >= c.Width {
			return 0
		}
		return float64(arrays["x"][((img*c.Height+y)*c.Width+x)*c.Channels+ch])
	}
	y := func(img, y, x, f int) float64 {
		return float64(arrays["y"][((img*height+y)*width+x)*c.Filters+f])
	}
	w := func(ky, kx, ch, f int) float64 {
		return float64(arrays["w"][((ky*c.KernelWidth+kx)*c.Channels+ch)*c.Filters+f])
	}
	switch c.out {
	case "y":
		at := split(i, height, width, c.Filters)
		for ky := range c.KernelHeight {
			for kx := range c.KernelWidth {
				for ch := range c.Channels {
					sum += x(at[0], at[1]*c.StrideY+ky-c.Top, at[2]*c.StrideX+kx-c.Left, ch) * w(ky, kx, ch, at[3])
				}
			}
		}
	case "x":
		at := split(i, c.Height, c.Width, c.Channels)
		for oy := range height {
			for ox := range width {
				ky, kx := at[1]+c.Top-oy*c.StrideY, at[2]+c.Left-ox*c.StrideX
				if ky < 0 || ky >= c.KernelHeight || kx < 0 || kx >= c.KernelWidth {
					continue
				}
				for f := range c.Filters {
					sum += y(at[0], oy, ox, f) * w(ky, kx, at[3], f)
				}
			}
		}
	default:
		at := split(i, c.KernelWidth, c.Channels, c.Filters)
		for img := range c.Images {
			for oy := range height {
				for ox := range width {
					sum += x(img, oy*c.StrideY+at[0]-c.Top, ox*c.StrideX+at[1]-c.Left, at[2]) * y(img, oy, ox, at[3])
				}
			}
		}
	}
	return sum
}

// split is index i of an array as four, of which the last three have these sizes.
func split(i int, sizes ...int) (at [4]int) {
	for n := 2; n >= 0; n-- {
		at[n+1], i = i%sizes[n], i/sizes[n]
	}
	at[0] = i
	return at
}
