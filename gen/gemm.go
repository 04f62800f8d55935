package main

import (
	"fmt"
	"strings"

	"github.com/lanewise/lanewise/internal/ref"
)

// Bits of a tile's mode.
const (
	tileLoad    = ref.TileLoad
	tileBias    = ref.TileBias
	tileBiasRow = ref.TileBiasRow
	tileAdd     = ref.TileAdd
	tileReLU    = ref.TileReLU
	tileMask    = ref.TileMask
	tileFetch   = ref.TileFetch
)

// tileSignature is that of a tile, a GEMM micro-kernel. It computes C, m×n for any
// m and n > 0, in tiles of mr×nr: panels of nr columns from left to right, in each
// of them tiles from top to bottom.
//
//	                  |<- nr ->|
//	                  +--------+--------+---
//	                  |  B 0   |  B 1   |        k steps
//	                  +--------+--------+---
//	 k steps
//	+-------+  ---    +--------+--------+---
//	|  A 0  |   mr    | C 0,0  | C 0,1  |        each element a chain of FMAs in
//	+-------+  ---    +--------+--------+---     a register, p = 0 ... k-1:
//	|  A 1  |         | C 1,0  | C 1,1  |        C[i,j] = fma(A[i,p], B[p,j], C[i,j])
//	+-------+         +--------+--------+---
//	|       |         |        |        |
//
// Element (i, p) of tile t of A is at a[t·ap + i·ai + p·as], where ai or as is 1; row
// p of panel s of B is at b[s·bp + p·bs]:
//
//	A packed, to a depth d   ai = 1    as = mr    ap = mr·d
//	  in place, by columns   ai = 1    as = lda   ap = mr
//	            by rows      ai = lda  as = 1     ap = mr·lda
//	B packed, to a depth d   bs = nr   bp = nr·d
//	  in place               bs = ldb  bp = nr
//
// The order of packed elements in memory, of an A with mr = 4 and a B with nr = 3:
//
//	0  4  8 12 ...        0  1  2
//	1  5  9 13            3  4  5
//	2  6 10 14            6  7  8
//	3  7 11 15            ...
//
// Of a tile at the edge of C it computes the smallest form that covers what is there: A is
// read for as many rows, and B for as many columns, as the form has. They must exist
// in memory, but whatever they hold beyond m and n never reaches C. C and mask have
// the same ldc, and nothing of them beyond m and n is read or written. Bias has n
// elements, or m with tileBiasRow. The arguments are changed where they lie.
func tileSignature(e *elem) string {
	return strings.ReplaceAll(
		"(k int, a *T, ai int, as int, ap int, b *T, bs int, bp int, c *T, ldc int, bias *T, mask *T, m int, n int, mode int)", "T", e.goType)
}

// A tileShape is a micro-kernel of a set. Its forms have all combinations of its own
// and the smaller heights and widths, which are listed with the largest first.
type tileShape struct {
	elem            *elem
	mr, nr          int
	heights, widths []int
	pairs           bool // a single row takes two packed panels at once
}

func (s tileShape) name() string { return fmt.Sprintf("Gemm%dx%d", s.mr, s.nr) }

// A tileForm is what is computed of a tile that has more rows than rowsOver, and more
// columns than colsOver: those of the next smaller forms, which would not cover it.
type tileForm struct {
	rows, cols         int
	rowsOver, colsOver int
}

// forms lists all heights, and of each all widths.
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
