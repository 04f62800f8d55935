package main

import (
	"fmt"
	"strings"
)

// Bits of a tile's mode: where its accumulators start, and what becomes of
// them. kernels/gemm.go has the same list.
const (
	tileLoad = 1 << iota // start from C
	tileBias             // start from a row of bias
	tileReLU             // end with max(C, 0)
)

// A tile is a GEMM micro-kernel: for an mr×nr tile of C it runs, in each
// accumulator, the chain of FMAs
//
//	C[i,j] = fma(A[i,p], B[p,j], C[i,j]),  p = 0 … k-1,
//
// where element (i,p) of A is at a[p·as+i] and row p of B at b[p·bs]: packed
// panels have as = mr and bs = nr. All mr rows and nr columns are computed;
// m and n tell how many of them exist in C.
func tileSignature(e *elem) string {
	return strings.ReplaceAll("(k int, a *T, as int, b *T, bs int, c *T, ldc int, bias *T, m int, n int, mode int)", "T", e.goType)
}

func tileName(mr, nr int) string { return fmt.Sprintf("Gemm%dx%d", mr, nr) }

// peakChains covers the latency of every amd64 core so far, 2 units × 4 to 5
// cycles; peakChainsNEON that of arm64's, 4 units × 4 cycles or 2 × 9.
const (
	peakChains     = 12
	peakChainsNEON = 24
)
