package kernels

import (
	"slices"
	"testing"
	"time"
)

// benchConvolutions are layers of Keras' and of Burgess' VAE, of 128 images. The last three
// are of decoders: their forward product is the transposed one.
var benchConvolutions = []struct {
	name string
	g    Convolution
}{
	{"keras-28x28x1-32", Convolution{128, 28, 28, 1, 3, 3, 32, 2, 2, 0, 1, 0, 1}},
	{"keras-14x14x32-64", Convolution{128, 14, 14, 32, 3, 3, 64, 2, 2, 0, 1, 0, 1}},
	{"burgess-64x64x1-32", Convolution{128, 64, 64, 1, 4, 4, 32, 2, 2, 1, 1, 1, 1}},
	{"burgess-32x32x32-32", Convolution{128, 32, 32, 32, 4, 4, 32, 2, 2, 1, 1, 1, 1}},
	{"burgess-16x16x32-64", Convolution{128, 16, 16, 32, 4, 4, 64, 2, 2, 1, 1, 1, 1}},
	{"keras-28x28x32-64", Convolution{128, 28, 28, 32, 3, 3, 64, 2, 2, 0, 1, 0, 1}},
	{"colour-64x64x3-32", Convolution{128, 64, 64, 3, 4, 4, 32, 2, 2, 1, 1, 1, 1}},
	{"keras-28x28x1-32-stride1", Convolution{128, 28, 28, 1, 3, 3, 32, 1, 1, 1, 1, 1, 1}},
}

// BenchmarkConvolution runs the three products, alternating with the FMA peak, and prints
// GFLOP/s and the share of it.
func BenchmarkConvolution(b *testing.B) {
	s := Default()
	peak, flops := peakRound(s.row)
	if peak == nil {
		b.Skip("no assembly")
	}
	e := New(s, 1)
	for _, c := range benchConvolutions {
		g := c.g
		nx, ny, nw := g.lengths()
		x, y, w := smallNumbers(nx), smallNumbers(ny), smallNumbers(nw)
		for _, product := range []struct {
			name string
			run  func()
		}{
			{"forward", func() { e.Conv(y, x, w, g, nil) }},
			{"input", func() { e.ConvTranspose(x, y, w, g, nil) }},
			{"weights", func() { e.ConvWeightGrad(w, x, y, g) }},
		} {
			b.Run(s.name+"/"+c.name+"/"+product.name, func(b *testing.B) {
				flop := 2 * ny * nw / g.Filters
				own := besidePeak(b, peak, flop/flops, product.run)
				b.ReportMetric(float64(flop)*float64(b.N)/own.Seconds()/1e9, "GFLOP/s")
			})
		}
	}
}

// BenchmarkDirect runs the three products with windows gathered and directly, in turns, and
// says how many times as fast the second is, and whether the costs of the set chose it: to
// set moveWindow, moveApart and directCall, or planeChannels.
func BenchmarkDirect(b *testing.B) {
	s := Default()
	for _, c := range benchConvolutions {
		g := c.g
		nx, ny, nw := g.lengths()
		x, y, w := smallNumbers(nx), smallNumbers(ny), smallNumbers(nw)
		b.Run(s.name+"/"+c.name+"/forward", func(b *testing.B) {
			benchDirect(b, s, func(e *Engine) { e.Conv(y, x, w, g, nil) }, func(e *Engine) bool { return e.direct.conv(e, &g, w, nil) })
		})
		b.Run(s.name+"/"+c.name+"/input", func(b *testing.B) {
			benchDirect(b, s, func(e *Engine) { e.ConvTranspose(x, y, w, g, nil) }, func(e *Engine) bool { return e.direct.convTranspose(e, &g, w, nil) })
		})
		b.Run(s.name+"/"+c.name+"/weights", func(b *testing.B) {
			benchDirect(b, s, func(e *Engine) { e.ConvWeightGrad(w, x, y, g) }, func(e *Engine) bool { return e.weights.fits(e, &g) })
		})
	}
}

func benchDirect(b *testing.B, s Set, run func(*Engine), fits func(*Engine) bool) {
	gathered, direct := *s.row, *s.row
	gathered.gemm32.planeChannels, gathered.gemm32.moveWindow = 0, 0
	direct.gemm32.planeChannels, direct.gemm32.moveWindow = 0, 1e12
	es := []*Engine{New(Set{&gathered}, 1), New(Set{&direct}, 1)}
	if !fits(es[1]) {
		b.Skip("cannot be direct")
	}
	const rounds = 9
	var times [2][]time.Duration
	for range b.N * rounds {
		for i, e := range es {
			run(e)
			start := time.Now()
			run(e)
			times[i] = append(times[i], time.Since(start))
		}
	}
	for i := range times {
		slices.Sort(times[i])
	}
	half := len(times[0]) / 2
	b.ReportMetric(float64(times[0][half])/float64(times[1][half]), "times")
	b.ReportMetric(map[bool]float64{true: 1}[fits(New(s, 1))], "chosen")
	b.ReportMetric(0, "ns/op")
}

// smallNumbers are n that no sum rounds.
func smallNumbers(n int) []float32 {
	x := atLine[float32](n)
	for i := range x {
		x[i] = float32(i%7) - 3
	}
	return x
}
