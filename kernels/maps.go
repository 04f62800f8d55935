package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// Exp sets dst = exp(x), with an error of at most 0.92 ULP.
// Special values: +Inf above 88.72283; below -87.33654 results are subnormal, below -103.97208 they are 0; NaN gives NaN.
func (e *Engine) Exp(dst, x []float32) { e.map1(asm.Exp, dst, x) }

// Log sets dst = ln(x), with an error of at most 0.93 ULP.
// Special values: x < 0 gives NaN, ±0 gives -Inf, +Inf gives +Inf; NaN gives NaN; subnormal x are as accurate as the rest.
func (e *Engine) Log(dst, x []float32) { e.map1(asm.Log, dst, x) }

// Sigmoid sets dst = 1/(1 + exp(-x)), with an error of at most 1.65 ULP.
// Special values: +Inf gives 1, -Inf gives 0; below -87.33654 results are subnormal, not 0; NaN gives NaN.
func (e *Engine) Sigmoid(dst, x []float32) { e.map1(asm.Sigmoid, dst, x) }

// Tanh sets dst = tanh(x), with an error of at most 1.91 ULP.
// Special values: ±Inf give ±1; ±0 and subnormals give x; NaN gives NaN.
func (e *Engine) Tanh(dst, x []float32) { e.map1(asm.Tanh, dst, x) }

// Softplus sets dst = ln(1 + exp(x)), with an error of at most 1.87 ULP.
// Special values: +Inf gives +Inf, -Inf gives 0; below -87.33654 results are subnormal, not 0; NaN gives NaN.
func (e *Engine) Softplus(dst, x []float32) { e.map1(asm.Softplus, dst, x) }

// ReLU sets dst = x <= 0 ? +0 : x.
// Special values: NaN gives NaN.
func (e *Engine) ReLU(dst, x []float32) { e.map1(asm.ReLU, dst, x) }

// LeakyReLU sets dst = x > 0 ? x : slope·x, rounded once.
// Special values: NaN gives NaN.
func (e *Engine) LeakyReLU(dst, x []float32, slope float32) { e.map1(asm.LeakyReLU, dst, x, slope) }

// Gelu sets dst = x·Φ(x), where Φ is the distribution function of the standard normal: the exact form, x·(1 + erf(x/√2))/2, with an error of at most 1.76 ULP.
// Special values: +Inf gives +Inf, -Inf gives 0; below -13.146 results are subnormal, below -14.36 they are 0; NaN gives NaN.
func (e *Engine) Gelu(dst, x []float32) { e.map1(asm.Gelu, dst, x) }

// SiLU sets dst = x·sigmoid(x), with an error of at most 2.42 ULP.
// Special values: +Inf gives +Inf, -Inf gives 0; below -91.86 results are subnormal, below -108.66 they are 0; NaN gives NaN.
func (e *Engine) SiLU(dst, x []float32) { e.map1(asm.SiLU, dst, x) }

// ExpGrad sets dst = dy·y, the gradient of y = exp(x).
func (e *Engine) ExpGrad(dst, y, dy []float32) { e.map2(asm.ExpGrad, dst, y, dy) }

// LogGrad sets dst = dy/x, the gradient of ln(x).
func (e *Engine) LogGrad(dst, x, dy []float32) { e.map2(asm.LogGrad, dst, x, dy) }

// SigmoidGrad sets dst = dy·y·(1-y), the gradient of y = sigmoid(x).
func (e *Engine) SigmoidGrad(dst, y, dy []float32) { e.map2(asm.SigmoidGrad, dst, y, dy) }

// TanhGrad sets dst = dy·(1-y²), the gradient of y = tanh(x), with 1-y² rounded once.
func (e *Engine) TanhGrad(dst, y, dy []float32) { e.map2(asm.TanhGrad, dst, y, dy) }

// SoftplusGrad sets dst = dy·sigmoid(x), the gradient of softplus(x).
func (e *Engine) SoftplusGrad(dst, x, dy []float32) { e.map2(asm.SoftplusGrad, dst, x, dy) }

// ReLUGrad sets dst = y > 0 ? dy : 0, the gradient of y = ReLU(x), or of x itself.
func (e *Engine) ReLUGrad(dst, y, dy []float32) { e.map2(asm.ReLUGrad, dst, y, dy) }

// LeakyReLUGrad sets dst = y > 0 ? dy : slope·dy, the gradient of y = LeakyReLU(x) for slope >= 0, or of x itself.
func (e *Engine) LeakyReLUGrad(dst, y, dy []float32, slope float32) {
	e.map2(asm.LeakyReLUGrad, dst, y, dy, slope)
}

// GeluGrad sets dst = dy·(Φ(x) + x·φ(x)), the gradient of Gelu(x), where φ is the density of Φ. The factor errs by at most 2.35·2⁻²⁴.
func (e *Engine) GeluGrad(dst, x, dy []float32) { e.map2(asm.GeluGrad, dst, x, dy) }

// SiLUGrad sets dst = dy·s·(1 + x·(1-s)), s = sigmoid(x), the gradient of SiLU(x). The factor errs by at most 1.95·2⁻²⁴.
func (e *Engine) SiLUGrad(dst, x, dy []float32) { e.map2(asm.SiLUGrad, dst, x, dy) }

// KL sets dst to the divergence of N(mu, exp(logvar)) from N(0, 1), in nats,
//
//	dst = ½ (exp(logvar) - 1 - logvar + mu²),
//
// without cancellation near logvar = 0, with an error of at most 6.11 ULP.
func (e *Engine) KL(dst, mu, logvar []float32) { e.map2(asm.KL, dst, mu, logvar) }
