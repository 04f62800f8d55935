package kernels

import (
	"fmt"
	"testing"
)

// BenchmarkPacked runs products of few rows with weights as they are (NN), as they are
// transposed (NT), and packed, alternating with the FMA peak, and prints GFLOP/s and the
// share of it.
func BenchmarkPacked(b *testing.B) {
	s := Default()
	peak, flops := peakRound(s.row)
	if peak == nil {
		b.Skip("no assembly")
	}
	e := New(s, 1)
	for _, w := range [][2]int{{400, 784}, {784, 400}, {20, 400}, {400, 20}, {2048, 2048}} {
		n, k := w[0], w[1]
		weights := atLine[float32](n * k)
		for i := range weights {
			weights[i] = float32(i%7) - 3
		}
		packed := e.Pack(nil, NewMatrix(weights, k, n))
		for _, m := range []int{1, 2, 3, 4, 6, 8, 16} {
			x, y := NewMatrix(atLine[float32](m*k), m, k), NewMatrix(atLine[float32](m*n), m, n)
			for i := range x.Data {
				x.Data[i] = float32(i%5) - 2
			}
			for _, way := range []struct {
				name string
				run  func()
			}{
				{"NN", func() { e.Gemm(y, 1, x, NewMatrix(weights, k, n), 0, nil) }},
				{"NT", func() { e.Gemm(y, 1, x, NewMatrix(weights, n, k).T(), 0, nil) }},
				{"packed", func() { e.GemmPacked(y, 1, x, packed, 0, nil) }},
			} {
				b.Run(fmt.Sprintf("%s/%dx%dx%d/%s", s.name, m, n, k, way.name), func(b *testing.B) {
					flop := 2 * m * n * k
					calls := 1 + 1<<21/flop
					own := besidePeak(b, peak, calls*flop/flops, func() {
						for range calls {
							way.run()
						}
					})
					b.ReportMetric(float64(flop)*float64(calls)*float64(b.N)/own.Seconds()/1e9, "GFLOP/s")
				})
			}
		}
	}
}
