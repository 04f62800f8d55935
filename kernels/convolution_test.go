package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lanewise/lanewise/internal/ref"
)

// convolutions are geometries of models, and some in which edges meet.
func convolutions() []Convolution {
	const images = 3
	all := []Convolution{
		// Keras' example of a VAE, SAME
		{images, 28, 28, 1, 3, 3, 32, 2, 2, 0, 1, 0, 1},
		{images, 14, 14, 32, 3, 3, 64, 2, 2, 0, 1, 0, 1},
		// Burgess and others
		{images, 64, 64, 1, 4, 4, 32, 2, 2, 1, 1, 1, 1},
		{images, 16, 16, 32, 4, 4, 64, 2, 2, 1, 1, 1, 1},
		{1, 8, 8, 64, 4, 4, 64, 2, 2, 1, 1, 1, 1}, // two chains
		// few channels, by planes: of one strip or several, at the end of a chain, beyond
		{2, 20, 21, 2, 3, 3, 9, 2, 3, 0, 1, 1, 0},
		{1, 17, 9, 3, 4, 5, 17, 3, 1, 2, 1, 3, 1},
		{1, 150, 30, 1, 3, 3, 64, 2, 2, 0, 1, 0, 1},
		{2, 100, 31, 1, 3, 3, 56, 1, 1, 1, 1, 1, 1},
		{1, 11, 12, 1, 4, 4, 128, 2, 2, -1, 1, 1, -1},
		{1, 11, 12, 1, 3, 3, 57, 1, 1, 1, 1, 1, 1},
		{2, 9, 10, 1, 2, 2, 8, 2, 2, 0, 0, 0, 0}, // no zeros
		{2, 13, 10, 2, 3, 3, 10, 2, 1, 2, 2, 2, 2},
		{2, 40, 33, 6, 4, 4, 11, 2, 2, 1, 1, 1, 1},
		{1, 23, 37, 5, 3, 3, 16, 1, 1, 1, 1, 1, 1},
		// one channel: chains that end within a row, one row and several, wide pads
		{3, 47, 19, 1, 3, 4, 7, 2, 1, 0, 2, 5, 3},
		{2, 3, 1300, 1, 2, 3, 5, 1, 2, 1, 0, 2, 0},
		{2, 9, 8, 1, 5, 6, 33, 2, 2, 9, 9, 12, 12},
		{5, 16, 17, 1, 3, 3, 3, 1, 2, -1, -1, -2, 0},
		// direct ones: of several strips, of two chains, of several calls a row
		{1, 60, 40, 40, 3, 3, 9, 1, 2, 1, 1, 1, 1},
		{1, 7, 9, 64, 3, 3, 20, 2, 1, 1, 1, 1, 1},
		{1, 2, 150, 128, 1, 4, 8, 1, 1, 0, 0, 1, 2},
		{13, 9, 8, 24, 3, 3, 40, 2, 2, 0, 1, 0, 1}, // places of several images
		// direct gradients of weights: chains of several images, that end within a row, of
		// copies that windows share, fewer columns than the stride, several calls,
		// where they are short
		{40, 9, 7, 6, 4, 4, 32, 2, 2, 1, 1, 1, 1},
		{3, 40, 41, 5, 5, 5, 48, 2, 2, 2, 1, 1, 2},
		{7, 20, 33, 3, 3, 2, 64, 1, 3, 1, -1, 2, -2},
		{2, 90, 30, 4, 1, 5, 16, 2, 1, 0, 0, -1, 4},
		{5, 30, 33, 70, 2, 3, 80, 2, 2, 0, 1, 3, 0},
		{12, 15, 16, 24, 3, 3, 48, 1, 1, 0, 0, 0, 0}, // chains that two threads add
		// of windows that all lie beside the image
		{1, 3, 4, 64, 1, 1, 64, 1, 1, 0, 0, -9, 12},
		{1, 3, 4, 64, 1, 1, 64, 1, 1, 0, 0, 20, -14},
		{9, 20, 3, 100, 2, 3, 9, 1, 1, 0, 1, 1, 1},
		// chains that are divided, of a tile and of several
		{7, 33, 34, 1, 3, 5, 20, 1, 1, 1, 1, 2, 2},
		{9, 28, 29, 2, 3, 4, 11, 1, 1, 1, 1, 2, 2},
		// edges
		{2, 5, 4, 3, 1, 1, 5, 1, 1, 0, 0, 0, 0},
		{2, 6, 7, 2, 3, 2, 4, 1, 2, 1, 0, 2, 1},
		{2, 3, 3, 2, 5, 5, 3, 1, 1, 3, 3, 3, 3},       // windows larger than the image
		{2, 9, 9, 2, 2, 2, 3, 3, 4, 0, 0, 0, 0},       // places that no window reaches
		{2, 9, 8, 3, 3, 3, 2, 2, 2, -1, -2, -1, 0},    // edges left out
		{1, 2, 40, 1, 2, 30, 2, 1, 1, 4, 4, 35, 35},   // windows outside of the image
		{1, 4, 4, 3, 6, 3, 2, 1, 1, 0, 0, 0, 0},       // a kernel larger than the image
		{0, 4, 4, 3, 3, 3, 2, 1, 1, 0, 0, 0, 0},       // nothing
		{2, 4, 4, 0, 3, 3, 2, 1, 1, 1, 1, 1, 1},       // no channels
		{2, 4, 4, 3, 3, 3, 0, 2, 2, 1, 1, 1, 1},       // no filters
		{1, 1, 1100, 1, 1, 1, 2, 1, 1, 0, 0, 0, 0},    // chains of places
		{40, 1, 1, 300, 1, 1, 40, 1, 1, 0, 0, 0, 0},   // a dense layer
		{1, 1, 5000, 40, 1, 7, 1, 1, 3, 0, 0, 100, 0}, // one filter
		// strides far beyond the image
		{2, 5, 6, 3, 3, 2, 32, math.MaxInt, 1, 0, 0, 0, 0},
		{2, 5, 6, 3, 3, 2, 32, 1, math.MaxInt, 1, 0, 0, 1},
		{600, 3, 3, 2, 3, 3, 16, math.MaxInt / 2, math.MaxInt - 3, 0, 0, 0, 0},
	}
	rng := rand.New(rand.NewPCG(11, 12))
	random := 60
	if brief() {
		random = 6
	}
	for range random {
		all = append(all, Convolution{
			Images: 1 + rng.IntN(3), Height: 1 + rng.IntN(12), Width: 1 + rng.IntN(40), Channels: 1 + rng.IntN(9),
			KernelHeight: 1 + rng.IntN(5), KernelWidth: 1 + rng.IntN(5), Filters: 1 + rng.IntN(40),
			StrideY: 1 + rng.IntN(3), StrideX: 1 + rng.IntN(3),
			Top: rng.IntN(6) - 1, Bottom: rng.IntN(6) - 1, Left: rng.IntN(6) - 1, Right: rng.IntN(6) - 1,
		})
		if last := &all[len(all)-1]; len(all)%4 == 0 {
			last.Images, last.Filters = 1+rng.IntN(20), 16*(1+rng.IntN(3)) // whole tiles of filters
		}
	}
	return all
}

// lengths are those of x, y and the weights.
func (g Convolution) lengths() (x, y, w int) {
	height, width := g.Out()
	return g.Images * g.Height * g.Width * g.Channels, g.Images * height * width * g.Filters,
		g.KernelHeight * g.KernelWidth * g.Channels * g.Filters
}

// TestConvolutions compares all three products with the reference, with each array
// right before or after a guard page, and special values. Each set once makes directly what
// can be.
func TestConvolutions(t *testing.T) {
	es := testEngines(t)
	for _, r := range testRows(t) {
		always := *r
		always.gemm32.planeChannels, always.gemm32.moveWindow = 0, 1e12
		short := always // calls
		short.gemm32.call = 1 << 12
		es = append(es, New(Set{&short}, 1), New(Set{&always}, 2))
	}
	rng := rand.New(rand.NewPCG(13, 14))
	most := 0
	for _, g := range convolutions() {
		x, y, w := g.lengths()
		most = max(most, x, y, w)
	}
	places := guardedPlaces[float32](t, most)
	for i, g := range convolutions() {
		nx, ny, nw := g.lengths()
		special := i%3 == 2
		random := func(n int) []float32 {
			x := make([]float32, n)
			for i := range x {
				if x[i] = float32(rng.NormFloat64()); special && rng.IntN(50*n) < 50 {
					x[i] = specials[rng.IntN(len(specials))]
				}
			}
			return x
		}
		x, y, w := random(nx), random(ny), random(nw)
		for ep := range 3 {
			var toY, toX *Epilogue
			var biasY, biasX, maskY, maskX []float32
			if ep > 0 {
				biasY, biasX = random(g.Filters), random(g.Channels)
				toY, toX = &Epilogue{Bias: biasY}, &Epilogue{Bias: biasX}
			}
			if ep == 2 {
				maskY, maskX = random(ny), random(nx)
				toY.Activation, toX.Activation = ReLU, ReLU
				toY.Mask, toX.Mask = convMask(maskY, g.Filters), convMask(maskX, g.Channels)
			}
			wantY, wantX, wantW := make([]float32, ny), make([]float32, nx), make([]float32, nw)
			r := ref.Convolution(g)
			ref.Conv(wantY, x, w, biasY, r)
			ref.ConvTranspose(wantX, y, w, biasX, r)
			ref.ConvWeightGrad(wantW, x, y, r)
			if ep == 2 {
				activate(wantY, maskY)
				activate(wantX, maskX)
			}
			for n, e := range es {
				place := places(i + ep + n)
				from, taps, out := copied(place, x), copied(place, w), garbage(place(ny))
				e.Conv(out, from, taps, g, toY)
				sameConv(t, e, "Conv", g, ep, out, wantY)

				place = places(i + ep + n)
				from, taps, out = copied(place, y), copied(place, w), garbage(place(nx))
				e.ConvTranspose(out, from, taps, g, toX)
				sameConv(t, e, "ConvTranspose", g, ep, out, wantX)

				if ep > 0 {
					continue
				}
				place = places(i + n)
				from, with, out := copied(place, x), copied(place, y), garbage(place(nw))
				e.ConvWeightGrad(out, from, with, g)
				sameConv(t, e, "ConvWeightGrad", g, ep, out, wantW)
			}
		}
	}
}

func convMask(mask []float32, cols int) Matrix {
	if len(mask) == 0 {
		return NewMatrix(mask, 0, cols)
	}
	return NewMatrix(mask, len(mask)/cols, cols)
}

// activate is a ReLU and a mask.
func activate(c, mask []float32) {
	for i, v := range c {
		if v <= 0 || !(mask[i] > 0) {
			c[i] = 0
		}
	}
}

func copied(place func(n int) []float32, x []float32) []float32 {
	y := place(len(x))
	copy(y, x)
	return y
}

func garbage(x []float32) []float32 {
	for i := range x {
		x[i] = float32(math.NaN())
	}
	return x
}

func sameConv(t *testing.T, e *Engine, what string, g Convolution, ep int, got, want []float32) {
	t.Helper()
	for i := range want {
		if !sameBits(got[i], want[i]) {
			t.Fatalf("%v: %s of %+v with epilogue %d: element %d is %v, want %v", e, what, g, ep, i, got[i], want[i])
		}
	}
}

// TestConvolutionsAdjoint: the three products are gradients of one function, the sum of
// y times the convolution of x.
func TestConvolutionsAdjoint(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 16))
	for _, g := range convolutions() {
		nx, ny, nw := g.lengths()
		random := func(n int) []float32 {
			x := make([]float32, n)
			for i := range x {
				x[i] = float32(rng.IntN(9) - 4) // so that no product is rounded
			}
			return x
		}
		x, y, w := random(nx), random(ny), random(nw)
		conv, dx, dw := make([]float32, ny), make([]float32, nx), make([]float32, nw)
		r := ref.Convolution(g)
		ref.Conv(conv, x, w, nil, r)
		ref.ConvTranspose(dx, y, w, nil, r)
		ref.ConvWeightGrad(dw, x, y, r)
		a, b, c := dot(conv, y), dot(dx, x), dot(dw, w)
		if a != b || a != c {
			t.Errorf("%+v: y·Conv(x) is %v, x·ConvTranspose(y) %v, w·ConvWeightGrad %v", g, a, b, c)
		}
	}
}

func dot(x, y []float32) (sum float64) {
	for i := range x {
		sum += float64(x[i]) * float64(y[i])
	}
	return sum
}

// TestConvolutionByHand is a convolution whose result can be read off.
func TestConvolutionByHand(t *testing.T) {
	g := Convolution{Images: 1, Height: 2, Width: 3, Channels: 1, KernelHeight: 2, KernelWidth: 2, Filters: 1, StrideY: 1, StrideX: 1, Right: 1}
	x, w := []float32{1, 2, 3, 4, 5, 6}, []float32{1, 10, 100, 1000}
	for _, e := range testEngines(t) {
		y := make([]float32, 3)
		e.Conv(y, x, w, g, nil)
		if got, want := fmt.Sprint(y), "[5421 6532 603]"; got != want {
			t.Errorf("%v: %s, want %s", e, got, want)
		}
		dx := make([]float32, 6)
		e.ConvTranspose(dx, []float32{1, 2, 3}, w, g, nil)
		if got, want := fmt.Sprint(dx), "[1 12 23 100 1200 2300]"; got != want {
			t.Errorf("%v: %s, want %s", e, got, want)
		}
		dw := make([]float32, 4)
		e.ConvWeightGrad(dw, x, []float32{1, 2, 3}, g)
		if got, want := fmt.Sprint(dw), "[14 8 32 17]"; got != want {
			t.Errorf("%v: %s, want %s", e, got, want)
		}
	}
}

// TestConvolutionsAllocateNothing, once the workspace has grown.
func TestConvolutionsAllocateNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, g := range []Convolution{{2, 14, 14, 8, 3, 3, 40, 2, 2, 0, 1, 0, 1}, {2, 14, 14, 1, 3, 3, 40, 2, 2, 0, 1, 0, 1}, {4, 18, 28, 1, 3, 3, 40, 2, 2, 0, 1, 0, 1}, {8, 34, 34, 3, 4, 4, 32, 2, 2, 1, 1, 1, 1}} {
		nx, ny, nw := g.lengths()
		x, y, w := make([]float32, nx), make([]float32, ny), make([]float32, nw)
		for _, e := range testEngines(t) {
			ep := &Epilogue{Bias: make([]float32, g.Filters), Activation: ReLU}
			all := func() {
				e.Conv(y, x, w, g, ep)
				e.ConvTranspose(x, y, w, g, nil)
				e.ConvWeightGrad(w, x, y, g)
			}
			expectNoAllocs(t, e, "Conv", all)
		}
	}
}

func TestConvolutionPanics(t *testing.T) {
	e := New(Default(), 1)
	good := Convolution{Images: 2, Height: 4, Width: 5, Channels: 3, KernelHeight: 3, KernelWidth: 3, Filters: 4, StrideY: 1, StrideX: 1}
	nx, ny, nw := good.lengths()
	for _, c := range []struct {
		change func(g *Convolution, x, y, w *[]float32)
		want   string
	}{
		{func(g *Convolution, x, y, w *[]float32) { g.Images = -1 }, "kernels: convolution of a size that does not make sense"},
		{func(g *Convolution, x, y, w *[]float32) { g.KernelWidth = 0 }, "kernels: convolution of a size that does not make sense"},
		{func(g *Convolution, x, y, w *[]float32) { g.StrideX = 0 }, "kernels: convolution with a stride below 1"},
		{func(g *Convolution, x, y, w *[]float32) { *x = (*x)[1:] }, "kernels: convolution of slices whose lengths do not fit"},
		{func(g *Convolution, x, y, w *[]float32) { *y = append(*y, 1) }, "kernels: convolution of slices whose lengths do not fit"},
		{func(g *Convolution, x, y, w *[]float32) { *w = nil }, "kernels: convolution of slices whose lengths do not fit"},
		{func(g *Convolution, x, y, w *[]float32) { g.Height, g.Channels, g.Width = 1<<30, 1<<30, 1<<30 }, "kernels: convolution of slices whose lengths do not fit"},
		{func(g *Convolution, x, y, w *[]float32) { *y = (*x)[:len(*y)] }, "kernels: slices overlap"},
		{func(g *Convolution, x, y, w *[]float32) { *w = (*y)[:len(*w)] }, "kernels: slices overlap"},
	} {
		g, x, y, w := good, make([]float32, nx, nx+ny), make([]float32, ny, ny+nw), make([]float32, nw)
		x, y = append(x, make([]float32, ny)...)[:nx], append(y, make([]float32, nw)...)[:ny]
		c.change(&g, &x, &y, &w)
		func() {
			defer func() {
				if got := recover(); got != c.want {
					t.Errorf("panic %v, want %v", got, c.want)
				}
			}()
			e.Conv(y, x, w, g, nil)
		}()
	}
}
