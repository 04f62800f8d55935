package ref

import "math"

const (
	Log2E = 1.4426950408889634074 // 1/ln2
	Ln2   = 0.69314718055994530942

	// ln2 = Ln2Hi + Ln2Lo to 2^-44; Ln2Hi has 15 digits, so n*Ln2Hi has at most 24.
	Ln2Hi = 0x1.62e4p-1
	Ln2Lo = 0x1.7f7d1cp-20

	// Adding ToInt to |t| < 2^22 rounds t to an integer, which then stands in
	// the low bits of the sum.
	ToInt = 0x1.8p23
)

// expQ is (exp(r) - 1 - r)/r² on |r| <= ln2/2. The r + r²*expQ of the
// polynomial of degree 4 errs by less than 0.24*2^-24 relative to exp(r) - 1
// and 0.09*2^-24 relative to exp(r). (Remez with the weight r²/(exp(r)-1), the
// coefficients rounded one by one and the rest refitted.)
func expQ(r float32) float32 {
	return horner(r, ExpQ)
}

// ExpQ are its coefficients, the constant first, as everywhere.
var ExpQ = []float64{0x1.fffffep-2, 0x1.5554aap-3, 0x1.55579ep-5, 0x1.122c7ap-7, 0x1.6ab0cap-10}

// reduce splits x = n*ln2 + r, with n an integer and |r| <= ln2/2 (a little
// more by rounding). The low bits of t hold n + bias, as t = n + ToInt + bias.
func reduce(x, bias float32) (t, n, r float32) {
	t = FMA(x, Log2E, ToInt+bias)
	n = t - (ToInt + bias)
	r = FMA(n, -Ln2Hi, x)
	return t, n, FMA(n, -Ln2Lo, r)
}

// exponent returns the float32 whose exponent field is the low 8 bits of t's.
func exponent(t uint32) float32 {
	return math.Float32frombits(t << 23)
}

// Exp returns exp(x) = 2^n*exp(r), x = n*ln2 + r.
//
// NaN gives NaN, +Inf gives +Inf, -Inf gives 0, ±0 and subnormals give 1.
// Above 88.72283 it is +Inf; below -87.33654 results are subnormal and below
// -103.97208 they are 0. Error at most 0.92 ULP.
func Exp(x float32) float32 {
	x = Min(ExpMax, Max(ExpMin, x))
	t, _, r := reduce(x, 2*127)
	p := FMA(FMA(expQ(r), r, 1), r, 1)
	// scale(p, n): t holds n + 2*127, the sum of two biased exponents. The
	// first product is exact.
	i := math.Float32bits(t)
	h := i >> 1
	return float32(float32(p*exponent(h)) * exponent(i-h))
}

const (
	ExpMax = 89   // exp(89) overflows
	ExpMin = -104 // exp(-104) is below half the smallest subnormal

	Expm1Min = -30 // exp(-30) is far below half an ULP of 1
)

// expNeg returns exp(x) for x <= 0 (or NaN): the bits of Exp(x), for less.
func expNeg(x float32) float32 {
	t, _, r := reduce(Max(ExpMin, x), 127+24)
	p := FMA(FMA(expQ(r), r, 1), r, 1)
	// scale(p, n), n in [-150, 0]: p*2^(n+24) is exact and normal.
	return float32(float32(p*exponent(math.Float32bits(t))) * 0x1p-24)
}

// expNegAbs returns exp(-|x|).
func expNegAbs(x float32) float32 {
	return expNeg(math.Float32frombits(math.Float32bits(x) | signBit))
}

// reduceExpm1 is reduce for exp(x) - 1, with 126 for bias, so that t's low
// bits are the exponent field of 2^(n-1). It limits x below and n above: for
// large x, r is large and the polynomial overflows to +Inf.
func reduceExpm1(x float32) (t, n, r float32) {
	const bias = ToInt + 126
	x = Max(Expm1Min, x)
	t = Min(bias+128, FMA(x, Log2E, bias))
	n = t - bias
	r = FMA(n, -Ln2Hi, x)
	return t, n, FMA(n, -Ln2Lo, r)
}

// halfExpm1 returns (exp(x) - 1)/2 = 2^(n-1)*(exp(r) - 1) + (2^(n-1) - 1/2).
//
// NaN gives NaN, +Inf gives +Inf, -Inf gives -1/2, ±0 gives +0; a subnormal x
// gives x/2, rounded. Error at most 1.55 ULP.
func halfExpm1(x float32) float32 {
	t, _, r := reduceExpm1(x)
	s := exponent(math.Float32bits(t)) // 2^(n-1)
	w := FMA(float32(r*r), expQ(r), r)
	return FMA(s, w, s-0.5)
}

// Expm1 returns exp(x) - 1.
//
// NaN gives NaN, +Inf gives +Inf, -Inf gives -1; ±0 and subnormals give x.
// Above 88.72283 it is +Inf. Error at most 1.55 ULP.
func Expm1(x float32) float32 {
	h := halfExpm1(x)
	if Abs(x) < 0x1p-100 {
		return x
	}
	return h + h
}

// halfExpmX returns (exp(x) - 1 - x)/2 without cancellation near 0:
// 2^(n-1)*(exp(r)-1-r) + (2^(n-1)-1/2)*r + (2^(n-1) - 1/2 - n*ln2/2).
// For n = 0 the last two vanish exactly.
func halfExpmX(x float32) float32 {
	t, n, r := reduceExpm1(x)
	s := exponent(math.Float32bits(t)) // 2^(n-1)
	d := s - 0.5
	c := FMA(d, r, FMA(n, -Ln2/2, d))
	y := FMA(s, float32(float32(r*r)*expQ(r)), c)
	return FMA(0.5, Max(Expm1Min-x, 0), y) // below Expm1Min the rest is -x
}

// ExpmX returns exp(x) - 1 - x, which is never negative.
//
// NaN gives NaN, ±Inf give +Inf, ±0 and subnormals give +0. Error at most 5.61
// ULP, near |x| = 1/8; it is relative to a result that vanishes like x²/2.
func ExpmX(x float32) float32 {
	h := halfExpmX(x)
	return h + h
}

// ExpGrad returns the gradient of y = exp(x): dy*y.
func ExpGrad(y, dy float32) float32 { return float32(dy * y) }
