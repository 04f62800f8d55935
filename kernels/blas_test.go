package kernels

// view is an operand of BLAS: rows×cols, or the transpose of what is stored.
func view[T Float](trans bool, rows, cols int, x []T, ld int) MatrixOf[T] {
	if trans {
		return view(false, cols, rows, x, ld).T()
	}
	return MatrixOf[T]{Data: x, Rows: rows, Cols: cols, Stride: ld}
}

// gemm32, gemm64, gemmBias and gemmReLUGrad are Gemm with the arguments of BLAS.

func gemm32(e *Engine, transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	e.Gemm(view(false, m, n, c, ldc), alpha, view(transA, m, k, a, lda), view(transB, k, n, b, ldb), beta, nil)
}

func gemm64(e *Engine, transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	e.Gemm64(view(false, m, n, c, ldc), alpha, view(transA, m, k, a, lda), view(transB, k, n, b, ldb), beta, nil)
}

func gemmBias(e *Engine, transA, transB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, bias []float32, act Activation, c []float32, ldc int) {
	e.Gemm(view(false, m, n, c, ldc), 1, view(transA, m, k, a, lda), view(transB, k, n, b, ldb), 0, &Epilogue{Bias: bias, Activation: act})
}

func gemmReLUGrad(e *Engine, transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, y, c []float32, ldc int) {
	e.Gemm(view(false, m, n, c, ldc), alpha, view(transA, m, k, a, lda), view(transB, k, n, b, ldb), beta, &Epilogue{Mask: view(false, m, n, y, ldc)})
}

// columns is how many a rows×cols operand has as it is stored.
func columns(trans bool, rows, cols int) int {
	if trans {
		return rows
	}
	return cols
}
