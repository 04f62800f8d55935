package kernels

// Gemm computes C = alpha·A·B + beta·C, and what an [Epilogue] adds to it, if any. A is
// m×k, B k×n and C m×n; A and B may be transposes ([MatrixOf.T]), which cost
// next to nothing. C may not be one, and shares no elements with A or B. What else
// the slice of B holds may be read, to no effect.
//
// Every element of C is made of chains of at most 512 fused multiply-adds, in
// ascending p, in every set, for every blocking and on any number of threads:
//
//	first chain:   c = beta·c, rounded (or the bias, or 0);
//	               c = fma(alpha·a[i,p], b[p,j], c),  alpha·a rounded,  p < 512
//	every further: s = 0;  s = fma(alpha·a[i,p], b[p,j], s);  c = c + s
//
// As in BLAS, alpha = 0 or k = 0 reads neither A nor B, whose Data may then be nil,
// beta = 0 does not read C, and m = 0 or n = 0 does nothing; other NaN and
// infinities follow IEEE, so 0·NaN is NaN. The error of each element is at most
//
//	(min(k, 512) + k/512 + 4)·2⁻²⁴·(|alpha|·|A|·|B| + |beta|·|C| + |bias|)
//
// where nothing overflows or underflows.
//
// It allocates nothing once its workspace has grown to the largest shape, of which
// it needs at most 16 MiB a thread. It panics with a constant message where
// shapes do not fit, a stride is too small, a slice too short, or C overlaps an
// operand.
func (e *Engine) Gemm(c Matrix, alpha float32, a, b Matrix, beta float32, ep *Epilogue) {
	e.gemm32.multiply(&c, alpha, &a, &b, beta, ep)
}

// Gemm64 is [Engine.Gemm] for float64, with 2⁻⁵³ in the bound of the error.
func (e *Engine) Gemm64(c Matrix64, alpha float64, a, b Matrix64, beta float64, ep *Epilogue64) {
	e.gemm64.multiply(&c, alpha, &a, &b, beta, ep)
}

// GemmPacked is [Engine.Gemm] with a B that [Engine.Pack] has arranged: the same
// bits, sooner where A has few rows.
func (e *Engine) GemmPacked(c Matrix, alpha float32, a Matrix, b Packed, beta float32, ep *Epilogue) {
	e.multiplyPacked(&c, alpha, &a, &b, beta, ep)
}

// An EpilogueOf is what becomes of a product besides, while C is in registers or in
// the first-level cache. Its zero value is nothing, and so is nil.
type EpilogueOf[E Float] struct {
	// Bias, of C's n columns, or RowBias, of its m rows, is where the chains of a
	// column, or of a row, start. beta is 0 then, and C shares no elements with it.
	Bias, RowBias []E
	// Activation is applied to every element.
	Activation Activation
	// Mask has C's shape and Stride: after the activation, c becomes 0 unless
	// mask > 0, which is the gradient of a ReLU whose output is Mask. C shares no
	// elements with it.
	Mask MatrixOf[E]
}

type (
	// Epilogue is that of float32.
	Epilogue = EpilogueOf[float32]
	// Epilogue64 is that of float64.
	Epilogue64 = EpilogueOf[float64]
)

// An Activation is what a product ends with.
type Activation int

const (
	NoActivation Activation = iota
	ReLU                    // x <= 0 ? 0 : x, so that NaN is kept
)
