package main

import "fmt"

// transposeStrip is the number of columns that a transpose turns at a time.
const transposeStrip = 8

// A transpose packs operands that are stored across their panel:
//
//	dst[p·w+i] = src[i·ld+p],  i < rows, p < 8·strips,
//
// for rows = 4, 6 or 8.
const transposeSignature = "(dst *float32, w int, src *float32, ld int, strips int)"

func transposeName(rows int) string { return fmt.Sprint("Transpose", rows) }
