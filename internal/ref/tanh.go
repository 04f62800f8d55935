package ref

import "math"

// Tanh returns the hyperbolic tangent of x: with e = exp(-2|x|), the quotient of
// (1-e)/2 and (1+e)/2, each rounded once, and the sign of x.
//
// NaN gives NaN, ±Inf give ±1, ±0 and subnormals give x; |tanh(x)| <= 1. Error
// at most 1.91 ULP.
func Tanh(x float32) float32 {
	i := math.Float32bits(x)
	y := Min(TanhMax, Abs(x))
	// -2y = n*ln2 - 2r, |r| <= ln2/4. As n >= -27, one constant for ln2/2 does.
	t := FMA(y, -2*Log2E, ToInt+127)
	n := t - (ToInt + 127)
	r := FMA(n, Ln2/2, y)
	// w = (1 - exp(-2r))/2
	w := FMA(float32(r*r), horner(r, TanhQ), r)
	s := exponent(math.Float32bits(t)) // 2^n
	a := FMA(s, w, FMA(s, -0.5, 0.5))
	b := FMA(-s, w, FMA(s, 0.5, 0.5))
	return math.Float32frombits(math.Float32bits(a/b) | i&signBit)
}

const TanhMax = 9.25 // tanh(9.02) rounds to 1

// TanhQ is (1 - exp(-2r) - 2r)/(2r²), which is -2*expQ(-2r).
var TanhQ = Scaled(ExpQ, -2, -2)

// TanhGrad returns the gradient of y = tanh(x): dy*(1-y²), 1-y² rounded once.
func TanhGrad(y, dy float32) float32 {
	return float32(dy * FMA(-y, y, 1))
}
