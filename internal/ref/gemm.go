package ref

import (
	"math"
	"unsafe"
)

// ChainSteps is how many steps a chain of multiply-adds has at most: an element of a
// product is the sum of chains of so many, each but the first from 0, added in
// ascending order. The error grows with ChainSteps + k/ChainSteps instead of k, and
// chains can be made by different threads. A sum of rows has the same chains.
const ChainSteps = 512

// Bits of a micro-kernel's mode, for every set. Of the first four at most one is set:
// they say where chains start, and what is added to them.
const (
	TileLoad    = 1 << iota // chains start from C
	TileBias                // … from bias[j], by column
	TileBiasRow             // … from bias[i], by row
	TileAdd                 // … from 0, and C is added to them: C + chain
	TileReLU                // end with x <= 0 ? +0 : x, which keeps NaN
	TileMask                // end with mask > 0 ? x : 0
	TileFetch               // C of the next tile is fetched; it changes no result
)

// Gemm and GemmFloat64 are the micro-kernels of the set go, with the arguments
// of the generated ones: see tileSignature in gen/gemm.go. They have no smaller
// forms, but read of A only the rows that C has.
func Gemm(k int, a *float32, ai, as, ap int, b *float32, bs, bp int, c *float32, ldc int, bias, mask *float32, m, n, mode int) {
	gemmTiles(chains, k, a, ai, as, ap, b, bs, bp, c, ldc, bias, mask, m, n, mode)
}

func GemmFloat64(k int, a *float64, ai, as, ap int, b *float64, bs, bp int, c *float64, ldc int, bias, mask *float64, m, n, mode int) {
	gemmTiles(chainsFloat64, k, a, ai, as, ap, b, bs, bp, c, ldc, bias, mask, m, n, mode)
}

// Mr and Nr are the shape of both.
const Mr, Nr = 4, 4

func gemmTiles[T float32 | float64](chains func(acc [Nr]T, k int, x []T, as int, y []T, bs int) [Nr]T, k int, a *T, ai, as, ap int, b *T, bs, bp int, c *T, ldc int, bias, mask *T, m, n, mode int) {
	for j := 0; j < n; j += Nr {
		cols := min(Nr, n-j)
		for i := range m {
			row := rowOf(c, i*ldc+j, cols)
			var acc [Nr]T
			switch {
			case mode&TileLoad != 0:
				copy(acc[:], row)
			case mode&TileBias != 0:
				copy(acc[:], rowOf(bias, j, cols))
			case mode&TileBiasRow != 0:
				x := rowOf(bias, i, 1)[0]
				acc = [Nr]T{x, x, x, x}
			}
			if k > 0 {
				acc = chains(acc, k, rowOf(a, i/Mr*ap+i%Mr*ai, (k-1)*as+1), as, rowOf(b, j/Nr*bp, (k-1)*bs+Nr), bs)
			}
			if mode&TileAdd != 0 {
				for j, v := range row {
					acc[j] = v + acc[j]
				}
			}
			if mode&TileReLU != 0 {
				for j, v := range acc {
					if v <= 0 {
						acc[j] = 0
					}
				}
			}
			if mode&TileMask != 0 {
				for j, v := range rowOf(mask, i*ldc+j, cols) {
					if !(v > 0) {
						acc[j] = 0
					}
				}
			}
			copy(row, acc[:])
		}
	}
}

// rowOf is p[at:at+n].
func rowOf[T any](p *T, at, n int) []T {
	return unsafe.Slice((*T)(unsafe.Add(unsafe.Pointer(p), uintptr(at)*unsafe.Sizeof(*p))), n)
}

// chains continues the chains of four neighbouring elements side by side,
// which hides the latency of one. (An array by value: a pointer would escape.)
func chains(r [Nr]float32, k int, x []float32, as int, y []float32, bs int) [Nr]float32 {
	for p := range k {
		u := float64(x[p*as])
		v := (*[Nr]float32)(y[p*bs:])
		for j := range r { // r[j] = FMA(u, v[j], r[j]), which would be a call
			q, z := u*float64(v[j]), float64(r[j])
			s := q + z
			if mayDoubleRound(s) {
				s = roundOdd(q, z, s)
			}
			r[j] = float32(s)
		}
	}
	return r
}

func chainsFloat64(r [Nr]float64, k int, x []float64, as int, y []float64, bs int) [Nr]float64 {
	for p := range k {
		u := x[p*as]
		v := (*[Nr]float64)(y[p*bs:])
		for j := range r {
			r[j] = math.FMA(u, v[j], r[j])
		}
	}
	return r
}
