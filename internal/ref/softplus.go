package ref

// Softplus returns log(1 + exp(x)), as max(x, 0) + log1p(exp(-|x|)).
//
// NaN gives NaN, +Inf gives +Inf, -Inf gives 0, ±0 gives ln2; below -87.33654
// results are subnormal and below -103.97208 they are 0. Error at most 1.87 ULP.
func Softplus(x float32) float32 {
	return Max(0, x) + Log1p01(expNegAbs(x))
}

// SoftplusGrad returns the gradient of softplus(x): dy*sigmoid(x).
func SoftplusGrad(x, dy float32) float32 {
	return float32(dy * Sigmoid(x))
}
