package kernels

// Gemm computes C = alpha·op(A)·op(B) + beta·C, where op(X) is X or, with
// trans, its transpose; op(A) is m×k, op(B) k×n and C m×n.
//
// Matrices are row-major: row i of X starts at x[i*ldx], and ldx is at least
// the number of columns of X as it is stored. C may not share elements with A
// or B. What else the slice of B holds may be read, to no effect.
//
// Every element of C is one chain of fused multiply-adds in ascending p,
//
//	c = beta·c, rounded;  c = fma(alpha·a[i,p], b[p,j], c),  alpha·a rounded,
//
// in every set, for every blocking and on any number of threads. As in BLAS,
// alpha = 0 or k = 0 reads neither A nor B, and beta = 0 does not read C; other
// NaN and infinities follow IEEE, so 0·NaN is NaN. The error of each element
// is at most (k+4)·2⁻²⁴·(|alpha|·|A|·|B| + |beta|·|C|) where nothing overflows or
// underflows.
//
// It allocates nothing once its packing buffers have grown to the largest
// shape. It panics where a size is negative, a leading dimension too small or
// a slice too short.
func (e *Engine) Gemm(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, c []float32, ldc int) {
	e.gemm32.multiply(e, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, epilogue[float32]{})
}

// GemmFloat64 is [Engine.Gemm] for float64, with 2⁻⁵³ in the bound of the error.
func (e *Engine) GemmFloat64(transA, transB bool, m, n, k int, alpha float64, a []float64, lda int, b []float64, ldb int, beta float64, c []float64, ldc int) {
	e.gemm64.multiply(e, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, epilogue[float64]{})
}

// An Activation is what a product ends with while C is still in registers.
type Activation int

const (
	NoActivation Activation = iota
	ReLU                    // x <= 0 ? 0 : x, so that NaN is kept
)

// GemmBias computes C = act(op(A)·op(B) + bias), the forward pass of a dense
// layer: bias[j], of which there are n, is where the chain of every element of
// column j starts. C may not share elements with it. All else is as in
// [Engine.Gemm].
func (e *Engine) GemmBias(transA, transB bool, m, n, k int, a []float32, lda int, b []float32, ldb int, bias []float32, act Activation, c []float32, ldc int) {
	if len(bias) != n {
		panic("kernels: GemmBias: len(bias) != n")
	}
	e.gemm32.multiply(e, transA, transB, m, n, k, 1, a, lda, b, ldb, 0, c, ldc, epilogue[float32]{bias: bias, relu: act == ReLU})
}

// GemmReLUGrad computes C = y > 0 ? alpha·op(A)·op(B) + beta·C : 0, the
// backward pass through a dense layer and the [ReLU] below it, whose output is
// y: m×n, with C's leading dimension. C may not share elements with it. All
// else is as in [Engine.Gemm].
func (e *Engine) GemmReLUGrad(transA, transB bool, m, n, k int, alpha float32, a []float32, lda int, b []float32, ldb int, beta float32, y []float32, c []float32, ldc int) {
	e.gemm32.multiply(e, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc, epilogue[float32]{mask: y, masked: true})
}
