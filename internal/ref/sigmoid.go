package ref

// Sigmoid returns 1/(1 + exp(-x)): with e = exp(-|x|) and a = x < 0 ? e : 1, the
// quotient y = a/(1+e), and then a - e*y. That is y again, with the rounding
// errors of the sum and the quotient multiplied by e.
//
// NaN gives NaN, +Inf gives 1, -Inf gives 0, ±0 gives 1/2; below -87.33654
// results are subnormal and below -103.97208 they are 0. Error at most 1.65 ULP.
func Sigmoid(x float32) float32 {
	return sigmoidFrom(x, expNegAbs(x))
}

// sigmoidFrom is Sigmoid(x), given e = exp(-|x|).
func sigmoidFrom(x, e float32) float32 {
	a := float32(1)
	if x < 0 {
		a = e
	}
	return FMA(-e, a/(1+e), a)
}

// SigmoidGrad returns the gradient of y = sigmoid(x): dy*y*(1-y), from left to
// right.
func SigmoidGrad(y, dy float32) float32 {
	return float32(float32(dy*y) * (1 - y))
}
