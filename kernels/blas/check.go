package blas

import "gonum.org/v1/gonum/blas"

// What gonum panics with, which its callers may compare.
const (
	negativeM = "blas: m < 0"
	negativeN = "blas: n < 0"
	negativeK = "blas: k < 0"

	badUplo      = "blas: illegal triangle"
	badTranspose = "blas: illegal transpose"
	badDiag      = "blas: illegal diagonal"
	badSide      = "blas: illegal side"

	badLdA = "blas: bad leading dimension of A"
	badLdB = "blas: bad leading dimension of B"
	badLdC = "blas: bad leading dimension of C"

	shortA = "blas: insufficient length of a"
	shortB = "blas: insufficient length of b"
	shortC = "blas: insufficient length of c"
)

func check(ok bool, message string) {
	if !ok {
		panic(message)
	}
}

// known tells whether a transposition is one.
func known(t blas.Transpose) bool { return t == blas.NoTrans || t == blas.Trans || t == blas.ConjTrans }

func checkTranspose(t blas.Transpose) { check(known(t), badTranspose) }

func checkUplo(ul blas.Uplo) { check(ul == blas.Lower || ul == blas.Upper, badUplo) }

func checkSide(s blas.Side) { check(s == blas.Left || s == blas.Right, badSide) }

// inMemory tells whether a slice of n elements has a matrix.
func inMemory(n, rows, cols, ld int) bool { return ld >= cols && n >= (rows-1)*ld+cols }

// checkLength is for a leading dimension that is large enough.
func checkLength(n, rows, cols, ld int, message string) {
	check(inMemory(n, rows, cols, ld), message)
}

// orderOf is that of a square matrix on a side of an m×n one.
func orderOf(s blas.Side, m, n int) int {
	if s == blas.Right {
		return n
	}
	return m
}

// stored is the shape in memory of what a transposition makes m×n.
func stored(t blas.Transpose, m, n int) (rows, cols int) {
	if t == blas.NoTrans {
		return m, n
	}
	return n, m
}
