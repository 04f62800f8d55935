package kernels

import "testing"

// BenchmarkConvolution runs the three products of layers of Keras' and of Burgess' VAE, 128
// images, alternating with the FMA peak, and prints GFLOP/s and the share of it. The
// last three are layers of decoders: their forward product is the transposed one.
func BenchmarkConvolution(b *testing.B) {
	s := Default()
	peak, flops := peakRound(s.row)
	if peak == nil {
		b.Skip("no assembly")
	}
	e := New(s, 1)
	for _, c := range []struct {
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
	} {
		g := c.g
		nx, ny, nw := g.lengths()
		x, y, w := atLine[float32](nx), atLine[float32](ny), atLine[float32](nw)
		for _, a := range [][]float32{x, y, w} {
			for i := range a {
				a[i] = float32(i%7) - 3
			}
		}
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
