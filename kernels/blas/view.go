package blas

import (
	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// A view is a matrix, or its transpose, from an element on: its shape stands beside it.
type view[T kernels.Float] struct {
	data       []T
	ld         int
	transposed bool
}

// op is the matrix that a BLAS argument means.
func op[T kernels.Float](t blas.Transpose, data []T, ld int) view[T] {
	return view[T]{data, ld, t != blas.NoTrans}
}

// lower is a matrix whose lower triangle is the one that is stored.
func lower[T kernels.Float](ul blas.Uplo, data []T, ld int) view[T] {
	return view[T]{data, ld, ul == blas.Upper}
}

func (v view[T]) t() view[T] {
	v.transposed = !v.transposed
	return v
}

// steps are the distances from row to row and from column to column.
func (v view[T]) steps() (row, column int) {
	if v.transposed {
		return 1, v.ld
	}
	return v.ld, 1
}

func (v view[T]) index(i, j int) int {
	row, column := v.steps()
	return i*row + j*column
}

func (v view[T]) at(i, j int) T { return v.data[v.index(i, j)] }

// from is v from element (i, j) on.
func (v view[T]) from(i, j int) view[T] {
	v.data = v.data[v.index(i, j):]
	return v
}

func (v view[T]) matrix(rows, cols int) kernels.MatrixOf[T] {
	if v.transposed {
		return kernels.MatrixOf[T]{Data: v.data, Rows: cols, Cols: rows, Stride: v.ld}.T()
	}
	return kernels.MatrixOf[T]{Data: v.data, Rows: rows, Cols: cols, Stride: v.ld}
}

// scale multiplies by s, where 0 clears.
func (v view[T]) scale(rows, cols int, s T) {
	if v.transposed {
		rows, cols = cols, rows
	}
	for i := range rows {
		scale(v.data[i*v.ld:][:cols], s)
	}
}

// transposeFrom copies the elements of x, which is transposed while v is not, in squares.
func (v view[T]) transposeFrom(x view[T], rows, cols int) {
	const side = 8
	for j := 0; j < cols; j += side {
		for i := 0; i < rows; i += side {
			height := min(side, rows-i)
			if j+side <= cols && height == side {
				for r := range side {
					out := v.data[(i+r)*v.ld+j:][:side]
					in := x.data[j*x.ld+i+r:]
					_ = in[7*x.ld]
					out[0], out[1], out[2], out[3] = in[0], in[x.ld], in[2*x.ld], in[3*x.ld]
					out[4], out[5], out[6], out[7] = in[4*x.ld], in[5*x.ld], in[6*x.ld], in[7*x.ld]
				}
				continue
			}
			for r := range height {
				for c := range min(side, cols-j) {
					v.data[(i+r)*v.ld+j+c] = x.data[(j+c)*x.ld+i+r]
				}
			}
		}
	}
}

// copyFrom copies the elements of x.
func (v view[T]) copyFrom(x view[T], rows, cols int) {
	if v.transposed {
		v, x, rows, cols = v.t(), x.t(), cols, rows
	}
	for i := range rows {
		row := v.data[i*v.ld:][:cols]
		if !x.transposed {
			copy(row, x.data[i*x.ld:][:cols])
			continue
		}
		at := i
		for j := range row {
			row[j] = x.data[at]
			at += x.ld
		}
	}
}

// copyLower copies the elements of the lower triangle of x.
func (v view[T]) copyLower(x view[T], n int) {
	vi, vj := v.steps()
	xi, xj := x.steps()
	for i := range n {
		for j := range i + 1 {
			v.data[i*vi+j*vj] = x.data[i*xi+j*xj]
		}
	}
}
