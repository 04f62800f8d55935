package lapack

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
)

// Dsyev is gonum's, with eigenvectors at the speed of GEMM: see [gonum.Implementation.Dsyev].
func (impl Implementation) Dsyev(jobz lapack.EVJob, uplo blas.Uplo, n int, a []float64, lda int, w, work []float64, lwork int) (ok bool) {
	if jobz != lapack.EVCompute || n < leastOrder || lwork < 3*n-1 || len(work) < lwork || len(w) < n || len(a) < (n-1)*lda+n || lda < n {
		return impl.Implementation.Dsyev(jobz, uplo, n, a, lda, w, work, lwork)
	}
	w = w[:n]
	scale, ok := scaling(lib.Dlansy(lapack.MaxAbs, uplo, n, a, lda, work), math.Sqrt(tiny/(2*eps)))
	if !ok {
		return false
	}
	kind := lapack.LowerTri
	if uplo == blas.Upper {
		kind = lapack.UpperTri
	}
	if scale != 1 {
		lib.Dlascl(kind, 0, 0, 1, scale, n, n, a, lda)
	}
	e, tau, rest := work[:n-1], work[n-1:2*n-2], work[2*n-2:lwork]
	lib.Dsytrd(uplo, n, a, lda, w, e, tau, rest, len(rest))
	lib.Dorgtr(uplo, n, a, lda, tau, rest, len(rest))
	z := blas64.General{Rows: n, Cols: n, Stride: lda, Data: a}
	zt := transposed(z)
	t := tridiagonal{d: w, e: e, vectors: rotated{x: zt}}
	if !t.diagonalize() {
		return false
	}
	transpose(z, zt)
	if scale != 1 {
		blas64.Scal(1/scale, blas64.Vector{N: n, Inc: 1, Data: w})
	}
	work[0] = float64(lwork)
	return true
}

// leastOrder is that of matrices for which products are faster than gonum's rotations:
// BenchmarkEigenSym and BenchmarkSVD.
const leastOrder = 64

// scaling is by what to multiply a matrix with such a largest element, so that it is between
// least and its inverse. There is none where it is not finite.
func scaling(largest, least float64) (scale float64, ok bool) {
	switch {
	case !(largest <= math.MaxFloat64):
		return 0, false
	case largest > 0 && largest < least:
		return least / largest, true
	case largest > 1/least:
		return 1 / least / largest, true
	}
	return 1, true
}

// transposed is a copy.
func transposed(a blas64.General) blas64.General {
	t := general(a.Cols, a.Rows)
	transpose(t, a)
	return t
}

func general(rows, cols int) blas64.General {
	return blas64.General{Rows: rows, Cols: cols, Stride: max(1, cols), Data: make([]float64, rows*cols)}
}

// transposeBlock is the side of the squares that are transposed one after the other.
const transposeBlock = 16

// transpose sets dst to the transpose of src.
func transpose(dst, src blas64.General) {
	for i := 0; i < src.Rows; i += transposeBlock {
		for j := 0; j < src.Cols; j += transposeBlock {
			for r := i; r < min(i+transposeBlock, src.Rows); r++ {
				row := src.Data[r*src.Stride:]
				for c := j; c < min(j+transposeBlock, src.Cols); c++ {
					dst.Data[c*dst.Stride+r] = row[c]
				}
			}
		}
	}
}
