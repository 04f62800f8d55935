package vae

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
)

// testLayers are all kinds of layers, with shapes that they fit.
var testLayers = []struct {
	in    Shape
	layer Layer
	out   Shape
}{
	{Shape{3, 4, 2}, Dense{7}, Flat(7)},
	{Shape{7, 6, 1}, Conv2D{Filters: 3, Kernel: 3, Stride: 2, Same: true}, Shape{4, 3, 3}},
	{Shape{7, 6, 2}, Conv2D{Filters: 3, Kernel: 4, Stride: 2, Pad: PadAll(1)}, Shape{3, 3, 3}},
	{Shape{5, 6, 3}, Conv2D{Filters: 2, Kernel: 3, Stride: 1, Pad: Pad{0, 2, 1, 0}}, Shape{5, 5, 2}},
	{Shape{2, 3, 3}, ConvTranspose2D{Filters: 2, Kernel: 3, Stride: 2, Same: true}, Shape{4, 6, 2}},
	{Shape{3, 3, 2}, ConvTranspose2D{Filters: 1, Kernel: 4, Stride: 2, Pad: PadAll(1)}, Shape{6, 6, 1}},
	{Shape{2, 2, 2}, ConvTranspose2D{Filters: 3, Kernel: 3, Stride: 3, Pad: Pad{1, 0, 0, 1}, OutputPad: 1}, Shape{6, 6, 3}},
	{Shape{2, 3, 2}, ConvTranspose2D{Filters: 3, Kernel: 1, Stride: 2, OutputPad: 1}, Shape{4, 6, 3}},
	{Shape{2, 3, 2}, ReLU, Shape{2, 3, 2}},
	{Shape{2, 3, 2}, Tanh, Shape{2, 3, 2}},
	{Shape{2, 3, 2}, Sigmoid, Shape{2, 3, 2}},
	{Shape{2, 3, 2}, SiLU, Shape{2, 3, 2}},
	{Shape{2, 3, 2}, GELU, Shape{2, 3, 2}},
	{Shape{2, 3, 2}, LeakyReLU{0.2}, Shape{2, 3, 2}},
	{Flat(12), Reshape{2, 3, 2}, Shape{2, 3, 2}},
}

// referenceLayer is what a layer makes of a row, in float64, from the formulas.
func referenceLayer(l Layer, in, out Shape, w [][]float64, x []float64) []float64 {
	each := func(f func(v float64) float64) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = f(v)
		}
		return y
	}
	sigmoid := func(v float64) float64 { return 1 / (1 + math.Exp(-v)) }
	switch l := l.(type) {
	case Dense:
		return dense{in.Size(), l.Out, w[0], w[1]}.apply(x)
	case Conv2D:
		return referenceConv(in, out, l.Kernel, l.Stride, referencePad(l.Pad, l.Same, in, l.Kernel, l.Stride), func(y []float64, place, window, ky, kx int) {
			for f := range l.Filters {
				for c := range in.Channels {
					y[place*l.Filters+f] += x[window*in.Channels+c] * w[0][((ky*l.Kernel+kx)*in.Channels+c)*l.Filters+f]
				}
			}
		}, out, w[1])
	case ConvTranspose2D:
		return referenceConv(out, in, l.Kernel, l.Stride, referencePad(l.Pad, l.Same, out, l.Kernel, l.Stride), func(y []float64, place, window, ky, kx int) {
			for f := range l.Filters {
				for c := range in.Channels {
					y[window*l.Filters+f] += x[place*in.Channels+c] * w[0][((ky*l.Kernel+kx)*l.Filters+f)*in.Channels+c]
				}
			}
		}, out, w[1])
	case LeakyReLU:
		return each(func(v float64) float64 { return max(v, 0) + l.Slope*min(v, 0) })
	case Reshape:
		return x
	}
	switch l {
	case ReLU:
		return each(func(v float64) float64 { return max(v, 0) })
	case Tanh:
		return each(math.Tanh)
	case Sigmoid:
		return each(sigmoid)
	case SiLU:
		return each(func(v float64) float64 { return v * sigmoid(v) })
	case GELU:
		return each(func(v float64) float64 { return v * (1 + math.Erf(v/math.Sqrt2)) / 2 })
	}
	panic(fmt.Sprintf("no reference for %T", l))
}

// referencePad is the padding before the first row and the first column.
func referencePad(p Pad, same bool, s Shape, kernel, stride int) [2]int {
	if !same {
		return [2]int{p.Top, p.Left}
	}
	half := func(n int) int { return max((int(math.Ceil(float64(n)/float64(stride)))-1)*stride+kernel-n, 0) / 2 }
	return [2]int{half(s.Height), half(s.Width)}
}

// referenceConv calls add for every place of small, whose windows are in large, and
// every element of its window that is inside.
func referenceConv(large, small Shape, kernel, stride int, pad [2]int, add func(y []float64, place, window, ky, kx int), out Shape, bias []float64) []float64 {
	y := make([]float64, out.Size())
	for i := range y {
		y[i] = bias[i%len(bias)]
	}
	for oy := range small.Height {
		for ox := range small.Width {
			for ky := range kernel {
				for kx := range kernel {
					iy, ix := oy*stride+ky-pad[0], ox*stride+kx-pad[1]
					if iy >= 0 && iy < large.Height && ix >= 0 && ix < large.Width {
						add(y, oy*small.Width+ox, iy*large.Width+ix, ky, kx)
					}
				}
			}
		}
	}
	return y
}

// newPass is a pass of n rows with numbers around 0 everywhere, and NaN where the layer
// is to write.
func newPass(l Layer, n int, in, out Shape) *Pass {
	p := &Pass{Engine: engine(), N: n, In: in, Out: out}
	seed := uint64(0)
	fill := func(n int) []float32 {
		seed++
		x := uniform(n, seed)
		for i := range x {
			x[i] = 2*x[i] - 1
		}
		return x
	}
	empty := func(n int) []float32 {
		return slices.Repeat([]float32{float32(math.NaN())}, n)
	}
	p.X, p.Y = fill(n*in.Size()), empty(n*out.Size())
	p.DX, p.DY = empty(n*in.Size()), fill(n*out.Size())
	for _, w := range l.Params(in) {
		p.Weights = append(p.Weights, fill(w.Size()))
		p.Grads = append(p.Grads, empty(w.Size()))
	}
	return p
}

// TestLayers compares every layer with the float64 reference: its outputs, and the
// gradients of Σ dy·y with central differences.
func TestLayers(t *testing.T) {
	const n = 3
	for i, c := range testLayers {
		t.Run(fmt.Sprintf("%d %s", i, c.layer.Kind()), func(t *testing.T) {
			out, err := c.layer.Output(c.in)
			if err != nil || out != c.out {
				t.Fatalf("the output of %v is %v, %v; want %v", c.in, out, err, c.out)
			}
			p := newPass(c.layer, n, c.in, out)
			c.layer.Forward(p)

			x, dy := widen(p.X), widen(p.DY)
			var w [][]float64
			for _, part := range p.Weights {
				w = append(w, widen(part))
			}
			forward := func() []float64 {
				var y []float64
				for row := range slices.Chunk(x, c.in.Size()) {
					y = append(y, referenceLayer(c.layer, c.in, out, w, row)...)
				}
				return y
			}
			wantClose(t, "y", widen(p.Y), forward())

			c.layer.Backward(p)
			loss := func() (sum float64) {
				for i, y := range forward() {
					sum += dy[i] * y
				}
				return sum
			}
			compare := func(name string, at []float64, got []float32) {
				const h = 1e-6
				want := make([]float64, len(at))
				for i, v := range at {
					at[i] = v + h
					up := loss()
					at[i] = v - h
					want[i] = (up - loss()) / (2 * h)
					at[i] = v
				}
				wantClose(t, name, widen(got), want)
			}
			compare("dx", x, p.DX)
			for i := range w {
				compare(c.layer.Params(c.in)[i].Name, w[i], p.Grads[i])
			}

			p = newPass(c.layer, n, c.in, out)
			c.layer.Forward(p)
			p.DX = nil // as of an image
			c.layer.Backward(p)
		})
	}
}

// TestStack compares layers one after another, which share memory and apply each
// other's activations, with the same layers on their own, bit for bit.
func TestStack(t *testing.T) {
	const n = 5
	for i, layers := range [][]Layer{
		{},
		{ReLU},
		{Dense{6}, ReLU},
		{Dense{6}, ReLU, Dense{5}, Tanh, Dense{4}, LeakyReLU{0.1}},
		{Dense{6}, SiLU, Dense{5}, GELU, Sigmoid, ReLU},
		{Tanh, Sigmoid, Dense{3}, Dense{12}, Reshape{2, 2, 3}, ReLU, Conv2D{Filters: 4, Kernel: 2, Stride: 1}},
		{Conv2D{Filters: 3, Kernel: 3, Stride: 2, Same: true}, ReLU, ConvTranspose2D{Filters: 2, Kernel: 3, Stride: 2, Same: true}, Sigmoid},
		{Reshape{1, 4, 4}, Reshape{4, 4, 1}, LeakyReLU{0.5}, Conv2D{Filters: 1, Kernel: 4, Stride: 1}, GELU, Reshape{1, 1, 1}},
	} {
		in := Shape{4, 4, 1}
		s, out, err := newStack(layers, in)
		if err != nil {
			t.Fatal(err)
		}
		var alone []*Pass
		x := newPass(Reshape{4, 4, 1}, n, in, in).X
		next := x
		for j := range s {
			u := &s[j]
			p := newPass(u.layer, n, u.in, u.out)
			p.X = next
			u.weights = p.Weights
			for _, g := range p.Grads {
				u.grads = append(u.grads, slices.Clone(g))
			}
			u.layer.Forward(p)
			next = p.Y
			alone = append(alone, p)
		}
		var ys [][]float32
		s.size(n, &ys)
		pass := Pass{Engine: engine()}
		if got := s.forward(&pass, n, ys, slices.Clone(x)); !sameBits(got, next) {
			t.Fatalf("stack %d: other outputs", i)
		}

		dy := newPass(Reshape{}, n, out, out).DY
		want := slices.Clone(dy)
		for j := len(alone) - 1; j >= 0; j-- {
			p := alone[j]
			p.DY = want
			p.DX = make([]float32, len(p.X))
			p.Engine = engine()
			s[j].layer.Backward(p)
			want = p.DX
		}
		var work [2][]float32
		for j := range work {
			fit(&work[j], n*s.widest())
		}
		dx := make([]float32, n*in.Size())
		s.backward(&pass, n, ys, x, dx, dy, &work)
		if !sameBits(dx, want) {
			t.Errorf("stack %d: another gradient of the input", i)
		}
		for j := range s {
			for k, g := range s[j].grads {
				if !sameBits(g, alone[j].Grads[k]) {
					t.Errorf("stack %d, layer %d: another gradient of its weights", i, j)
				}
			}
		}
	}
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// TestBadLayers says which layer does not fit, and which numbers.
func TestBadLayers(t *testing.T) {
	conv := Conv2D{Filters: 4, Kernel: 3, Stride: 2}
	for want, layers := range map[string][]Layer{
		"layer 0 (dense): 0 outputs":                                      {Dense{}},
		"layer 1 (dense): it makes 1×1×2147483647":                        {ReLU, Dense{math.MaxInt32}},
		"layer 0 (conv2d): a kernel of 9×9 is larger than an image of 8×": {Conv2D{Filters: 1, Kernel: 9, Stride: 1}},
		"layer 1 (conv2d): a kernel of 3×3 is larger than an image of 1×": {Reshape{1, 64, 1}, conv},
		"a stride of 0":                       {Conv2D{Filters: 1, Kernel: 1}},
		"a stride of -1":                      {ConvTranspose2D{Filters: 1, Kernel: 1, Stride: -1}},
		"a kernel of 2147483647":              {Conv2D{Filters: 1, Kernel: math.MaxInt32, Stride: 1}},
		"2147483647 filters":                  {Conv2D{Filters: math.MaxInt32, Kernel: 1, Stride: 1}},
		"0 filters":                           {ConvTranspose2D{Kernel: 1, Stride: 1}},
		"padding of -1, 0, 0 and 0":           {Conv2D{Filters: 1, Kernel: 1, Stride: 1, Pad: Pad{Top: -1}}},
		"padding of its own and same":         {Conv2D{Filters: 1, Kernel: 1, Stride: 1, Pad: PadAll(1), Same: true}},
		"an output padding of 2":              {ConvTranspose2D{Filters: 1, Kernel: 3, Stride: 2, OutputPad: 2}},
		"padding takes all":                   {ConvTranspose2D{Filters: 1, Kernel: 1, Stride: 1, Pad: PadAll(4)}},
		"it makes 65544×8×1":                  {Conv2D{Filters: 1, Kernel: 1, Stride: 1}, ConvTranspose2D{Filters: 1, Kernel: 1, Stride: 1}, Reshape{8, 8, 1}, tall{}},
		"a slope of -1":                       {LeakyReLU{-1}},
		"a slope of NaN":                      {LeakyReLU{math.NaN()}},
		"layer 0 (swish): no such activation": {Activation("swish")},
		"7 numbers from 8×8×1":                {Reshape{1, 1, 7}},
		"-8×-8×1 numbers":                     {Reshape{-8, -8, 1}},
		"it makes 1024×1024×1048576":          {Dense{1024 * 1024}, Reshape{1024, 1024, 1}, Conv2D{Filters: 1 << 20, Kernel: 1, Stride: 1}},
		"layer 2: there is none":              {ReLU, ReLU, nil},
	} {
		c := Config{Kind: VAE, Input: Shape{8, 8, 1}, Encoder: layers, Latent: 2, Decoder: []Layer{Dense{64}}, Likelihood: Bernoulli{}}
		err := c.Validate()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "vae: encoder: ") {
			t.Errorf("%v, want %q", err, want)
			continue
		}
		wantLine(t, err, "")
	}
}

// tall makes higher images than a layer may make.
type tall struct{ Reshape }

func (tall) Output(in Shape) (Shape, error) {
	return Shape{in.Height + 1<<16, in.Width, in.Channels}, nil
}

// TestManyWeights: their number is bounded, whatever the layers' sizes multiply to.
func TestManyWeights(t *testing.T) {
	wide := Conv2D{Filters: 1 << 20, Kernel: 1 << 10, Stride: 1, Pad: PadAll(512)}
	c := Config{Kind: AE, Input: Shape{1, 1, 1 << 20}, Encoder: []Layer{wide}, Latent: 1, Decoder: []Layer{Dense{1 << 20}}, Likelihood: SquaredError{}}
	if err := c.Validate(); err == nil {
		t.Error("2^60 weights")
	}
	c.Encoder = []Layer{Dense{1 << 24}, Dense{1 << 24}}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "weights are more than") {
		t.Error(err)
	}
}
