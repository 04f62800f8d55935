package main

import (
	"fmt"
	"strings"
)

// Bits of a tile's mode: where its accumulators start, and what becomes of
// them. kernels/block.go has the same list.
const (
	tileLoad = 1 << iota // start from C
	tileBias             // start from a row of bias
	tileReLU             // end with max(C, 0)
	tileMask             // end with C where mask > 0, and 0 elsewhere
)

// tileSignature is that of a tile, a GEMM micro-kernel: for mr×nr tiles of C,
// one below the other, it runs in each accumulator the chain of FMAs
//
//	C[i,j] = fma(A[i,p], B[p,j], C[i,j]),  p = 0 … k-1,
//
// where row p of B is at b[p·bs], and element (i,p) of the t-th tile's A at
// a[t·ap+i·ai+p·as], where ai or as is 1: packed panels have ai = 1, as = mr,
// ap = mr·depth and bs = nr. All mr rows and nr columns are computed; m > 0 and n in
// 1 … nr tell how many exist in C, and in mask, which lies in memory as C does.
func tileSignature(e *elem) string {
	return strings.ReplaceAll(
		"(k int, a *T, ai int, as int, ap int, b *T, bs int, c *T, ldc int, bias *T, mask *T, m int, n int, mode int)", "T", e.goType)
}

// rowTileName is a tile of one row, with any n > 0: it reads no more columns of B.
// ai means nothing to it. It changes its arguments m and n where they lie.
const rowTileName = "GemmRow"

func tileName(mr, nr int) string { return fmt.Sprintf("Gemm%dx%d", mr, nr) }

// peakChains covers the latency of every amd64 core so far, 2 units × 4 to 5
// cycles; peakChainsNEON that of arm64's, 4 units × 4 cycles or 2 × 9.
const (
	peakChains     = 12
	peakChainsNEON = 24
)
