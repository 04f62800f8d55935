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
func checkShapes[T Float](c, a *MatrixOf[T], rowsB, colsB int) {
	switch {
	case min(c.Rows, c.Cols, a.Rows, a.Cols, rowsB, colsB) < 0:
		panic("kernels: matrix of negative size")
	case a.Rows != c.Rows || a.Cols != rowsB || colsB != c.Cols:
		panic("kernels: Gemm of matrices whose sizes do not fit")
	case c.transposed:
		panic("kernels: Gemm into a transpose")
	}
}

// checkProduct panics where C, A or the epilogue is not as it should be, and tells
// whether A and B are read at all.
func checkProduct[T Float](c *MatrixOf[T], alpha T, a *MatrixOf[T], beta T, ep *EpilogueOf[T]) bool {
	data := checkMatrix(c.Data, c.Rows, c.Cols, c.Stride)
	if ep != nil {
		checkEpilogue(c, beta, ep)
	}
	read := alpha != 0 && a.Cols > 0
	if read {
		checkOperand(c, a)
	}
	raceWriteRows(data, c.Cols, c.Stride)
	return read
}

// checkEpilogue panics where an epilogue does not fit C, or shares elements with it.
func checkEpilogue[T Float](c *MatrixOf[T], beta T, ep *EpilogueOf[T]) {
	x := c.Data[:(c.Rows-1)*c.Stride+c.Cols]
	switch {
	case ep.Bias != nil && len(ep.Bias) != c.Cols:
		panic("kernels: Gemm: len(Bias) is not the number of C's columns")
	case ep.RowBias != nil && len(ep.RowBias) != c.Rows:
		panic("kernels: Gemm: len(RowBias) is not the number of C's rows")
	case ep.Bias != nil && ep.RowBias != nil:
		panic("kernels: Gemm with both Bias and RowBias")
	case (ep.Bias != nil || ep.RowBias != nil) && beta != 0:
		panic("kernels: Gemm with a bias and beta != 0")
	case ep.Activation != NoActivation && ep.Activation != ReLU:
		panic("kernels: Gemm with an unknown Activation")
	}
	for _, bias := range [2][]T{ep.Bias, ep.RowBias} {
		if bias != nil {
			checkApart(x, c.Cols, c.Stride, bias, len(bias), len(bias))
			raceRead(bias)
		}
	}
	if m := &ep.Mask; m.Data != nil || m.Rows != 0 || m.Cols != 0 {
		if m.Rows != c.Rows || m.Cols != c.Cols || m.Stride != c.Stride || m.transposed {
			panic("kernels: Gemm: Mask has not the shape and stride of C")
		}
		data := checkStored(m)
		checkApart(x, c.Cols, c.Stride, data, m.Cols, m.Stride)
		raceReadRows(data, m.Cols, m.Stride)
	}
}

// checkOperand panics where x is not in memory as it should be, or C shares
// elements with it.
func checkOperand[T Float](c, x *MatrixOf[T]) {
	data := checkStored(x)
	_, cols := x.stored()
	checkApart(c.Data[:(c.Rows-1)*c.Stride+c.Cols], c.Cols, c.Stride, data, cols, x.Stride)
	raceReadRows(data, cols, x.Stride)
}

// checkStored is checkMatrix for x as it lies in memory.
func checkStored[T Float](x *MatrixOf[T]) []T {
	rows, cols := x.stored()
	return checkMatrix(x.Data, rows, cols, x.Stride)
}

// checkMatrix returns the elements from the first to the last of a matrix, and
// panics where its slice does not have them.
func checkMatrix[T Float](x []T, rows, cols, stride int) []T {
	if rows == 0 || cols == 0 {
		return nil
	}
	if stride < cols {
		panic("kernels: stride of a matrix smaller than its rows")
	}
	hi, last := bits.Mul(uint(rows-1), uint(stride))
	if hi != 0 || last > uint(len(x)) || uint(cols) > uint(len(x))-last {
		panic("kernels: slice too short for its matrix")
	}
	return x[:int(last)+cols]
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
