package main

import (
	"fmt"
	"strings"
)

// A packing names the kernels that pack the operands of an element type's tiles:
// the widths of its copies, the heights of its transposes, and how many kernels of
// dot products there are, of 8 rows, 16, and so on.
type packing struct {
	elem               *elem
	copies, transposes []int
	dots               int
}

// copySignature is that of the packing of operands that are stored along their
// panel:
//
//	dst[p·w+i] = src[p·ld+i],  i < width, p < n,  n > 0.
func copySignature(e *elem) string { return e.signature("(dst *T, w int, src *T, ld int, n int)") }

func copyName(width int) string { return fmt.Sprint("Copy", width) }

// transposeSignature is that of the packing of operands that are stored across
// their panel:
//
//	dst[p·w+i] = src[i·ld+p],  i < rows, p < transposeStrip·strips,  strips > 0.
//
// With the row stride of C as w it also transposes a product.
func transposeSignature(e *elem) string {
	return e.signature("(dst *T, w int, src *T, ld int, strips int)")
}

func transposeName(rows int) string { return fmt.Sprint("Transpose", rows) }

// transposeStrip is the number of columns that a transpose takes at a time.
const transposeStrip = 8

// dotsSignature is that of the product of a vector and rows of a matrix:
//
//	c[j] = fma(a[p], b[j·ldb+p], c[j]),  j < rows, p = 0 … 4·quads-1.
//
// The kernel called dotsName(n) takes from 8·n-7 to 8·n rows, but 8 at least.
func dotsSignature(e *elem) string {
	return e.signature("(c *T, a *T, b *T, ldb int, rows int, quads int)")
}

func dotsName(n int) string { return fmt.Sprint("Dots", dotsRows*n) }

// dotsRows is the step in which kernels of dot products grow.
const dotsRows = 8

// signature replaces T by the element's type.
func (e *elem) signature(s string) string { return strings.ReplaceAll(s, "T", e.goType) }
