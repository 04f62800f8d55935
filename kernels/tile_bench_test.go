package kernels

import (
	"fmt"
	"testing"
)

// BenchmarkTiles runs every form of every micro-kernel on packed operands in the
// caches, alternating with the FMA peak, and prints the share of it:
//
//	go test ./kernels -run - -bench Tiles
func BenchmarkTiles(b *testing.B) {
	for _, s := range Sets() {
		peak, flops := peakRound(s.row)
		if peak == nil {
			continue
		}
		benchTiles(b, s.name+"/float32", &s.gemm32, peak, flops)
		benchTiles(b, s.name+"/float64", &s.gemm64, peak, flops/2)
	}
}

func benchTiles[T Float](b *testing.B, name string, ts *tiles[T], peak func(n int), flops int) {
	for i, shape := range ts.tiles {
		x := tile[T]{shape, ts.run[i]}
		for _, m := range append([]int{x.mr}, x.heights...) {
			for _, n := range append([]int{x.nr}, x.widths...) {
				b.Run(fmt.Sprintf("%s/%dx%d/%dx%d", name, x.mr, x.nr, m, n), func(b *testing.B) { benchTile(b, &x, m, n, peak, flops) })
			}
		}
	}
}

func benchTile[T Float](b *testing.B, x *tile[T], m, n int, peak func(n int), flops int) {
	const k = 512
	A, B, C := make([]T, x.mr*k), make([]T, x.nr*k), make([]T, m*n)
	calls := 1 + 1<<22/(m*n*k)
	besidePeak(b, peak, 2*m*n*k*calls/flops, func() {
		for range calls {
			x.run(k, &A[0], 1, x.mr, x.mr*k, &B[0], x.nr, x.nr*k, &C[0], n, nil, nil, m, n, 0)
		}
	})
}
