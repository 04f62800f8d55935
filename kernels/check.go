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

func overlap[T Float](x, y []T) bool {
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	x0, y0 := uintptr(unsafe.Pointer(&x[0])), uintptr(unsafe.Pointer(&y[0]))
	size := unsafe.Sizeof(x[0])
	return x0 < y0+uintptr(len(y))*size && y0 < x0+uintptr(len(x))*size
}

// checkShapes panics where C is not of the shape of A·B.
func checkShapes[T Float](c, a MatrixOf[T], rowsB, colsB int) {
	switch {
	case min(c.Rows, c.Cols, a.Rows, a.Cols, rowsB, colsB) < 0:
		panic("kernels: matrix of negative size")
	case a.Rows != c.Rows || a.Cols != rowsB || colsB != c.Cols:
		panic("kernels: Gemm of matrices whose sizes do not fit")
	case c.transposed:
		panic("kernels: Gemm into a transpose")
	}
}

// checkC panics where C is not in memory as it should be, or shares elements with
// what the epilogue reads.
func checkC[T Float](c MatrixOf[T], ep epilogue[T]) {
	x := checkMatrix(c)
	for _, bias := range [...][]T{ep.bias, ep.rowBias} {
		if len(bias) > 0 {
			checkApart(x, c.Cols, c.Stride, bias, len(bias), len(bias))
			raceRead(bias)
		}
	}
	if ep.mask != nil {
		mask := MatrixOf[T]{Data: ep.mask, Rows: c.Rows, Cols: c.Cols, Stride: c.Stride}
		checkApart(x, c.Cols, c.Stride, checkMatrix(mask), c.Cols, c.Stride)
		raceReadRows(ep.mask, c.Cols, c.Stride)
	}
}

// checkOperand panics where x is not in memory as it should be, or C shares
// elements with it.
func checkOperand[T Float](c, x MatrixOf[T]) {
	x = x.stored()
	data := checkMatrix(x)
	checkApart(checkMatrix(c), c.Cols, c.Stride, data, x.Cols, x.Stride)
	raceReadRows(data, x.Cols, x.Stride)
}

// checkMatrix returns the elements from the first to the last of x, as it is
// stored, and panics where its slice does not have them.
func checkMatrix[T Float](x MatrixOf[T]) []T {
	if x.Rows == 0 || x.Cols == 0 {
		return nil
	}
	if x.Stride < x.Cols {
		panic("kernels: stride of a matrix smaller than its rows")
	}
	hi, last := bits.Mul(uint(x.Rows-1), uint(x.Stride))
	if hi != 0 || last > uint(len(x.Data)) || uint(x.Cols) > uint(len(x.Data))-last {
		panic("kernels: slice too short for its matrix")
	}
	return x.Data[:int(last)+x.Cols]
}

// checkApart panics where C shares elements with X. Two blocks of columns of
// one matrix interleave in memory and share nothing.
func checkApart[T Float](c []T, cn, ldc int, x []T, xn, ldx int) {
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
