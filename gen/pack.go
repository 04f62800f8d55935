package main

import "fmt"

// copySignature is that of the packing of operands that are stored along their
// panel:
//
//	dst[p·w+i] = src[p·ld+i],  i < width, p < n.
const copySignature = "(dst *float32, w int, src *float32, ld int, n int)"

func copyName(width int) string { return fmt.Sprint("Copy", width) }

// transposeSignature is that of the packing of operands that are stored across
// their panel:
//
//	dst[p·w+i] = src[i·ld+p],  i < rows, p < transposeStrip·strips,
//
// for rows = 4, 6 or 8.
const transposeSignature = "(dst *float32, w int, src *float32, ld int, strips int)"

func transposeName(rows int) string { return fmt.Sprint("Transpose", rows) }

// transposeStrip is the number of columns that a transpose turns at a time.
const transposeStrip = 8

// dotsSignature is that of the product of a vector and rows of a matrix.
const dotsSignature = "(c *float32, a *float32, b *float32, ldb int, rows int, quads int)"

// dotsMost is how many registers of eight rows there are beside those that transpose.
const dotsMost = 4

func dotsName(n int) string { return fmt.Sprint("Dots", 8*n) }
