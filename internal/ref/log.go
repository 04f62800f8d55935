package ref

import "math"

// logQ is (log1p(f) - f)/f² on [-1/4, 1/2]: a polynomial of degree 8 from
// Sollya's fpminimax, its last bits then moved by a random search for the
// smallest largest error of Log, all roundings included. It errs by less than
// 0.26*2^-24 relative to log1p(f).
func logQ(f float32) float32 {
	return horner(f, LogQ)
}

// LogQ are its coefficients.
var LogQ = []float64{
	-0x1p-1, 0x1.555582p-2, -0x1.00006ep-2,
	0x1.997858p-3, -0x1.54eea4p-3, 0x1.27a028p-3,
	-0x1.0cd8fap-3, 0x1.b4b55cp-4, -0x1.871ebep-5,
}

// logNormal returns log(x) + shift*ln2 for normal x > 0: x = 2^e*(1+f),
// 3/4 <= 1+f < 3/2. One constant for ln2 does: it adds at most 0.05 ULP.
func logNormal(x, shift float32) float32 {
	i := int32(math.Float32bits(x))
	e := (i - 0x3f400000) >> 23 // 0x3f400000 is 3/4
	f := math.Float32frombits(uint32(i-e<<23)) - 1
	g := FMA(float32(f*f), logQ(f), f)
	return FMA(float32(e)+shift, Ln2, g)
}

// Log returns the natural logarithm of x.
//
// NaN and x < 0 give NaN, ±0 gives -Inf, +Inf gives +Inf, 1 gives +0;
// subnormal x are as accurate as the rest. Error at most 0.93 ULP.
func Log(x float32) float32 {
	y, shift := x, float32(0)
	if x < minNormal {
		y, shift = x*0x1p23, -23
	}
	r := logNormal(y, shift)
	if !(x < inf) {
		r = x
	}
	if x < 0 {
		r = nan
	}
	if x == 0 {
		r = -inf
	}
	return r
}

// Log1p01 returns log(1+u) for 0 <= u <= 1, as u + u²*q(u). The polynomial q,
// (log1p(u) - u)/u² of degree 8 on the whole of [0, 1], spares a reduction to
// the interval of logQ. It errs by less than 0.09*2^-24 relative to log1p(u)
// (Remez with the weight u²/log1p(u), the coefficients rounded one by one and
// the rest refitted).
//
// NaN gives NaN, +0 gives +0, subnormals give u; other u have no meaning.
// Error at most 1.25 ULP.
func Log1p01(u float32) float32 {
	return FMA(float32(u*u), horner(u, Log1pQ), u)
}

// Log1pQ are the coefficients of q.
var Log1pQ = []float64{
	-0x1.ffffd2p-2, 0x1.554ddp-2, -0x1.ff23e6p-3,
	0x1.934b54p-3, -0x1.3a435ep-3, 0x1.b4ae08p-4,
	-0x1.d6b08cp-5, 0x1.4917cep-6, -0x1.af49cep-9,
}

// LogGrad returns the gradient of log(x): dy/x, IEEE's quotient for all inputs.
func LogGrad(x, dy float32) float32 { return dy / x }
