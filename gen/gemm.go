package main

import (
	"fmt"
	"strings"
)

// Bits of a tile's mode. Of the first four at most one is set: they say where the
// chains start, and what is added to them. kernels/block.go has the same list.
const (
	tileLoad    = 1 << iota // chains start from C
	tileBias                // … from bias[j], by column
	tileBiasRow             // … from bias[i], by row
	tileAdd                 // … from 0, and C is added to them: C + chain
	tileReLU                // end with x <= 0 ? +0 : x, which keeps NaN
	tileMask                // end with mask > 0 ? x : 0
)

// tileSignature is that of a tile, a GEMM micro-kernel. It computes C, m×n for any
// m and n > 0, in tiles of mr×nr: panels of nr columns from left to right, in each
// of them tiles from top to bottom. In a register for each of its elements it runs
// the chain of FMAs
//
//	C[i,j] = fma(A[i,p], B[p,j], C[i,j]),  p = 0 … k-1.
//
// Element (i, p) of tile t of A is at a[t·ap + i·ai + p·as], where ai or as is 1;
// row p of panel s of B is at b[s·bp + p·bs]:
//
//	                     bp                            A           ai   as   ap
//	             ◄──────────────►                      packed       1   mr   mr·k
//	        bs ▲ ┌────── nr ─────┬─────────┬─────      by columns   1  lda   mr
//	           ▼ ├───────────────┤         │           by rows    lda    1   mr·lda
//	             │    panel 0    │ panel 1 │
//	             └───────────────┴─────────┴─────      B           bs   bp
//	        as                                         packed      nr   nr·k
//	      ◄────►                                       in place   ldb   nr
//	     ┌──────┬───  ┌──────────┬─────────┬─────
//	   ▲ │      ▲ ai  │          │         │
//	ap │ mr tile▼  0  │ C 0,0    │ C 0,1   │           C and mask have the same ldc,
//	   ▼ │            │          │         │           bias n elements with tileBias,
//	     ├──────────  ├──────────┼─────────┼─────      m with tileBiasRow.
//	     │   tile  1  │ C 1,0    │ C 1,1   │
//	     └──────────  └──────────┴─────────┴─────
//
// Of a tile that C cuts it computes the smallest form that covers it: A is read for
// as many rows, and B for as many columns, as the form has. They must exist, but
// whatever they hold beyond m and n never reaches C. Of C and mask nothing beyond m
// and n is read or written. The arguments are changed where they lie.
func tileSignature(e *elem) string {
	return strings.ReplaceAll(
		"(k int, a *T, ai int, as int, ap int, b *T, bs int, bp int, c *T, ldc int, bias *T, mask *T, m int, n int, mode int)", "T", e.goType)
}

// A tileShape is a micro-kernel of a set. Its forms are the tile itself and those of
// the smaller heights and widths, each the largest first.
type tileShape struct {
	elem            *elem
	mr, nr          int
	heights, widths []int
}

func (s tileShape) name() string { return fmt.Sprintf("Gemm%dx%d", s.mr, s.nr) }

// A tileForm is what is computed of a tile with more than rowsOver rows and colsOver
// columns: the next smaller forms would not cover it.
type tileForm struct {
	rows, cols         int
	rowsOver, colsOver int
}

// forms are those of a height: the widest first.
func (s tileShape) forms() (byHeight [][]tileForm) {
	heights, widths := append([]int{s.mr}, s.heights...), append([]int{s.nr}, s.widths...)
	smaller := func(sizes []int, i int) int {
		if i+1 < len(sizes) {
			return sizes[i+1]
		}
		return 0
	}
	for i, h := range heights {
		var row []tileForm
		for j, w := range widths {
			row = append(row, tileForm{h, w, smaller(heights, i), smaller(widths, j)})
		}
		byHeight = append(byHeight, row)
	}
	return byHeight
}

// rowTileName is the tile of single rows of C, of any n: it reads no more columns of
// B than C has, and needs no bp, nor ai.
const rowTileName = "GemmRow"

// peakChains covers the latency of every amd64 core so far, 2 units × 4 to 5
// cycles; peakChainsNEON that of arm64's, 4 units × 4 cycles or 2 × 9.
const (
	peakChains     = 12
	peakChainsNEON = 24
)
