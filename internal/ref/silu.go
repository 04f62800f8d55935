package ref

import "math"

// SiLU returns x*sigmoid(x), as max(x, 0) - y*sigmoid(-y) with y = |x|. With e = exp(-y)
// and q = e/(1+e), y*sigmoid(-y) is y*e - y*e*q, where the errors of q are multiplied by e.
//
// NaN gives NaN, +Inf gives +Inf, -Inf gives +0, ±0 gives ±0; below -91.86 results are
// subnormal and below -108.66 they are +0. Error at most 2.42 ULP.
func SiLU(x float32) float32 {
	y, scaled, e := siluExp(x)
	a := float32(y * scaled)
	return Max(0, x) - float32(FMA(-a, e/(1+e), a)*0x1p-32)
}

// SiLUGrad returns the gradient of y = SiLU(x): dy*(s + x*s*(1-s)), s = sigmoid(x). The
// factor is D for x < 0 and 1 - D elsewhere,
//
//	D = e*v*(1 - y*v),  y = |x|, e = exp(-y), v = 1/(1+e).
//
// NaN gives NaN; for dy = 1, +Inf gives 1 and -Inf gives -0, ±0 gives 1/2. The factor errs
// by at most 1.95*2^-24, which is 1.95 ULP for x >= 0, and by 5.86 ULP for x <= -2; between
// them it has a zero, near -1.2785.
func SiLUGrad(x, dy float32) float32 {
	y, scaled, e := siluExp(x)
	v := 1 / (1 + e)
	g := float32(float32(float32(scaled*v)*FMA(-y, v, 1)) * 0x1p-32)
	if !(x < 0) {
		g = 1 - g
	}
	return float32(dy * g)
}

const SiLUMax = 109 // y*exp(-y) is below half the smallest subnormal

// siluExp returns y = |x|, at most SiLUMax, and exp(-y), with and without a factor of 2^32
// that keeps it a normal number.
func siluExp(x float32) (y, scaled, e float32) {
	y = Min(SiLUMax, Abs(x))
	t, _, r := reduce(-y, 127+32)
	p := FMA(FMA(expQ(r), r, 1), r, 1)
	scaled = float32(p * exponent(math.Float32bits(t)))
	return y, scaled, float32(scaled * 0x1p-32)
}
