package ref

import (
	"math"
	"unsafe"
)

// Bits of a micro-kernel's mode, as in gen/gemm.go.
const (
	tileLoad = 1 << iota
	tileBias
	tileReLU
)

// Gemm and GemmFloat64 are the micro-kernels of the set go, with the arguments
// of the generated ones: see tile in gen/gemm.go. They compute only the m×n
// elements that exist.
func Gemm(k int, a *float32, as int, b *float32, bs int, c *float32, ldc int, bias *float32, m, n, mode int) {
	gemmTile(FMA, k, a, as, b, bs, c, ldc, bias, m, n, mode)
}

func GemmFloat64(k int, a *float64, as int, b *float64, bs int, c *float64, ldc int, bias *float64, m, n, mode int) {
	gemmTile(math.FMA, k, a, as, b, bs, c, ldc, bias, m, n, mode)
}

// Mr and Nr are the shape of both.
const Mr, Nr = 4, 4

func gemmTile[T float32 | float64](fma func(x, y, z T) T, k int, a *T, as int, b *T, bs int, c *T, ldc int, bias *T, m, n, mode int) {
	for i := range m {
		row := unsafe.Slice((*T)(unsafe.Add(unsafe.Pointer(c), uintptr(i*ldc)*unsafe.Sizeof(*c))), n)
		// Four chains at a time hide the latency of one.
		var acc [Nr]T
		switch {
		case mode&tileLoad != 0:
			copy(acc[:], row)
		case mode&tileBias != 0:
			copy(acc[:], unsafe.Slice(bias, n))
		}
		if k > 0 {
			x, y := unsafe.Slice(a, (k-1)*as+m), unsafe.Slice(b, (k-1)*bs+Nr)
			for p := range k {
				u, v := x[p*as+i], y[p*bs:][:Nr]
				acc[0] = fma(u, v[0], acc[0])
				acc[1] = fma(u, v[1], acc[1])
				acc[2] = fma(u, v[2], acc[2])
				acc[3] = fma(u, v[3], acc[3])
			}
		}
		if mode&tileReLU != 0 {
			for j, v := range acc {
				if v <= 0 {
					acc[j] = 0
				}
			}
		}
		copy(row, acc[:])
	}
}
