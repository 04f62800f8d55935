// Command netlib is kernels/blas as a library with the Fortran interface of the BLAS, so
// that the tests of the reference BLAS run on it: .ci/netlib builds it with
// -buildmode=c-shared. Matrices of Fortran lie by columns: to Go they are transposes.
package main

import "C"

import (
	"slices"
	"unsafe"

	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
	lanewise "github.com/lanewise/lanewise/kernels/blas"
)

var im = lanewise.New(kernels.Default(), 2)

func main() {}

// op, swapped, uplo, side and diag are flags of Fortran as they are for the transposes.

func op(t *byte) blas.Transpose { return blas.Transpose(*t &^ 0x20) }

func swapped(t *byte) blas.Transpose {
	if op(t) == blas.NoTrans {
		return blas.Trans
	}
	return blas.NoTrans
}

func uplo(u *byte) blas.Uplo {
	if *u&^0x20 == 'U' {
		return blas.Lower
	}
	return blas.Upper
}

func side(s *byte) blas.Side {
	if *s&^0x20 == 'L' {
		return blas.Right
	}
	return blas.Left
}

func diag(d *byte) blas.Diag { return blas.Diag(*d &^ 0x20) }

// matrix is rows of cols elements, lda apart: exactly those that there are.
func matrix[T kernels.Float](a *T, rows, cols int32, lda *int32) ([]T, int) {
	if rows <= 0 || cols <= 0 {
		return nil, int(*lda)
	}
	return unsafe.Slice(a, int(rows-1)*int(*lda)+int(cols)), int(*lda)
}

// stored is a matrix whose transposition by t is m×n in Fortran.
func stored[T kernels.Float](t *byte, a *T, m, n int32, lda *int32) ([]T, int) {
	if op(t) == blas.NoTrans {
		m, n = n, m
	}
	return matrix(a, m, n, lda)
}

// vector is n elements.
func vector[T kernels.Float](x *T, n int32, inc *int32) ([]T, int) {
	if n <= 0 {
		return nil, int(*inc)
	}
	return unsafe.Slice(x, int(n-1)*max(int(*inc), -int(*inc))+1), int(*inc)
}

// forwards is a vector whose elements may be taken in any order: of increment 0, n times
// the first.
func forwards[T kernels.Float](x *T, n int32, inc *int32) ([]T, int) {
	if n > 0 && *inc == 0 {
		return slices.Repeat([]T{*x}, int(n)), 1
	}
	v, step := vector(x, n, inc)
	step = max(step, -step, 1)
	return v, step
}

// swap goes element by element where an increment is 0, which gonum does not take.
func swap[T kernels.Float](n int, x []T, incX int, y []T, incY int, ours func(n int, x []T, incX int, y []T, incY int)) {
	if n == 0 || incX != 0 && incY != 0 {
		ours(n, x, incX, y, incY)
		return
	}
	i, j := max(0, (1-n)*incX), max(0, (1-n)*incY)
	for range n {
		x[i], y[j] = y[j], x[i]
		i += incX
		j += incY
	}
}

// order is that of the square matrix on a side of Fortran's.
func order(s *byte, m, n int32) int32 {
	if *s&^0x20 == 'L' {
		return m
	}
	return n
}
