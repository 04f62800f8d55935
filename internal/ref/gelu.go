package ref

import "math"

// Gelu returns x*Phi(x), where Phi is the distribution function of the standard normal:
// the exact form, x*(1 + erf(x/sqrt(2)))/2. It is max(x, 0) - y*Phi(-y), y = |x|, so that
// nothing cancels, and
//
//	y*Phi(-y) = p*F*exp(-y²/2),  p = y/(k+y),  F = (k+y)*Phi(-y)*exp(y²/2),
//
// where F falls slowly from k/2 at y = 0. The errors of p, of p*F and of y² are computed
// too, and the product is rounded once.
//
// NaN gives NaN, +Inf gives +Inf, -Inf gives +0, ±0 gives ±0; below -13.146 results are
// subnormal and below -14.36 they are +0. Error at most 1.76 ULP.
func Gelu(x float32) float32 {
	y := Min(GeluMax, Abs(x))
	d := y + GeluK
	v := 1 / d
	p := float32(y * v)
	p = FMA(FMA(-p, y-(d-GeluK), FMA(-p, d, y)), v, p) // y - p*(k+y), times v
	u := p - GeluP
	q := horner(u, GeluQ[1:])
	f := FMA(q, u, float32(GeluQ[0]))
	m := float32(p * f)
	rest := FMA(-p, FMA(q, u, float32(GeluQ[0])-f), FMA(-p, f, m)) // m - p*F

	scale, r, rRest := reduceSquare(y)
	s := r - rRest
	w := FMA(-float32(s*s), expQ(s), rRest) // r + 1 - exp(s)
	h := m - FMA(-m, r, FMA(m, w, rest))
	return Max(0, x) - float32(float32(h*scale)*0x1p-32)
}

// reduceSquare splits -y²/2 = n*ln2 + r - rest, and scale is 2^(n+32).
func reduceSquare(y float32) (scale, r, rest float32) {
	half := float32(-0.5 * y)
	a := float32(half * y)
	t := FMA(a, Log2E, ToInt+127+32)
	n := t - (ToInt + 127 + 32)
	return exponent(math.Float32bits(t)), FMA(n, -Ln2Hi, a), FMA(n, Ln2Lo, FMA(-half, y, a))
}

const (
	GeluMax    = 14.75         // y²*exp(-y²/2) is below half the smallest subnormal
	GeluK      = 2.75          // k
	GeluP      = 0.3125        // the p around which F is a polynomial
	InvSqrtTau = 0x1.988454p-2 // 1/sqrt(2*pi)
)

// GeluQ are the coefficients of F in p - GeluP: for y up to 14.5 it errs by less than
// 0.1*2^-24 relative to F (Remez with the weight 1/F on 3,001 Chebyshev points of p; the
// coefficients rounded one by one, the constant first, and the rest refitted by linear
// programming).
var GeluQ = []float64{
	0x1.d898dep-1, -0x1.3a9562p+0, 0x1.7d40c2p-1, 0x1.45daeap-4,
	-0x1.19f8bap-2, -0x1.14003ep-4, 0x1.d2fafap-4, 0x1.678692p-4,
	-0x1.09887p-5, -0x1.5ddeeep-4, 0x1.3cc388p-5,
}

// GeluGrad returns the gradient of y = Gelu(x): dy*(Phi(x) + x*phi(x)), where phi is the
// density. The factor is D for x < 0 and 1 - D elsewhere,
//
//	D = Phi(-y) - y*phi(y) = (F/(k+y) - y/sqrt(2*pi))*exp(-y²/2),  y = |x|.
//
// NaN gives NaN; for dy = 1, +Inf gives 1 and -Inf gives -0, ±0 gives 1/2. The factor errs
// by at most 2.35*2^-24, which is 2.35 ULP for x >= 0, and by 3.97 ULP for x <= -1.2; between
// them it has a zero, near -0.7518.
func GeluGrad(x, dy float32) float32 {
	y := Min(GeluMax, Abs(x))
	v := 1 / (y + GeluK)
	f := horner(float32(y*v)-GeluP, GeluQ)
	e := FMA(-y, InvSqrtTau, float32(f*v))
	scale, r, rest := reduceSquare(y)
	s := r - rest
	g := FMA(e, FMA(float32(s*s), expQ(s), s), e)
	g = float32(float32(g*scale) * 0x1p-32)
	if !(x < 0) {
		g = 1 - g
	}
	return float32(dy * g)
}
