package kernels

import (
	"math/bits"
	"unsafe"
)

// checkMap panics unless all slices have dst's length and each is dst itself
// or has nothing in common with it; and marks the accesses for the race
// detector, which does not see assembly.
func checkMap(dst []float32, srcs ...[]float32) {
	for _, x := range srcs {
		checkLen(len(x), len(dst))
		checkAlias(dst, x)
		raceRead(x)
	}
	raceWrite(dst)
}

func checkLen(got, want int) {
	if got != want {
		panic("kernels: slices differ in length")
	}
}

// checkAlias panics where x and y share some elements but not all.
func checkAlias(x, y []float32) {
	if len(x) == 0 || len(y) == 0 || &x[0] == &y[0] {
		return
	}
	if overlap(x, y) {
		panic("kernels: slices overlap in part")
	}
}

func checkDisjoint(x, y []float32) {
	if overlap(x, y) {
		panic("kernels: slices overlap")
	}
}

func overlap[T float](x, y []T) bool {
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	x0, y0 := uintptr(unsafe.Pointer(&x[0])), uintptr(unsafe.Pointer(&y[0]))
	size := unsafe.Sizeof(x[0])
	return x0 < y0+uintptr(len(y))*size && y0 < x0+uintptr(len(x))*size
}

func checkGemm[T float](transA, transB bool, m, n, k int, onlyC bool, a []T, lda int, b []T, ldb int, c []T, ldc int, ep epilogue[T]) {
	if m < 0 || n < 0 || k < 0 {
		panic("kernels: Gemm with a negative size")
	}
	c = checkMatrix(c, m, n, ldc)
	if transA {
		a = checkMatrix(a, k, m, lda)
	} else {
		a = checkMatrix(a, m, k, lda)
	}
	if transB {
		b = checkMatrix(b, n, k, ldb)
	} else {
		b = checkMatrix(b, k, n, ldb)
	}
	if !onlyC {
		checkApart(c, n, ldc, a, cols(transA, m, k), lda)
		checkApart(c, n, ldc, b, cols(transB, k, n), ldb)
		raceReadRows(a, cols(transA, m, k), lda)
		raceReadRows(b, cols(transB, k, n), ldb)
	}
	checkApart(c, n, ldc, ep.bias, n, ldc)
	raceRead(ep.bias)
	if ep.masked {
		mask := checkMatrix(ep.mask, m, n, ldc)
		checkApart(c, n, ldc, mask, n, ldc)
		raceReadRows(mask, n, ldc)
	}
	raceWriteRows(c, n, ldc)
}

func cols(trans bool, rows, cols int) int {
	if trans {
		return rows
	}
	return cols
}

// checkMatrix returns the part of x that a rows×cols matrix with leading
// dimension ld covers, and panics where x does not have it.
func checkMatrix[T float](x []T, rows, cols, ld int) []T {
	if ld < max(1, cols) {
		panic("kernels: leading dimension too small")
	}
	if rows == 0 || cols == 0 {
		return nil
	}
	hi, last := bits.Mul(uint(rows-1), uint(ld))
	if hi != 0 || last > uint(len(x)) || uint(cols) > uint(len(x))-last {
		panic("kernels: slice too short for its matrix")
	}
	return x[:int(last)+cols]
}

// checkApart panics where C shares elements with X. Two blocks of columns of
// one matrix interleave in memory and share nothing.
func checkApart[T float](c []T, cn, ldc int, x []T, xn, ldx int) {
	if !overlap(c, x) {
		return
	}
	// The leading dimension of a single row is anything.
	if len(x) == xn {
		ldx = ldc
	} else if len(c) == cn {
		ldc = ldx
	}
	if ldc == ldx {
		// The columns of X relative to those of C, modulo the row length.
		d := (int(uintptr(unsafe.Pointer(&x[0]))) - int(uintptr(unsafe.Pointer(&c[0])))) / int(unsafe.Sizeof(c[0])) % ldc
		if d < 0 {
			d += ldc
		}
		if d >= cn && xn <= ldc-d {
			return
		}
	}
	panic("kernels: C overlaps an operand")
}
