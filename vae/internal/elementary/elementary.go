// Package elementary has the logarithm and the exponential in float64, the same on every
// machine: those of package math are assembly on some processors and differ in their last
// bits.
package elementary

import "math"

// Ln is the natural logarithm of a finite x > 0, by 2·artanh.
func Ln(x float64) float64 {
	f, e := math.Frexp(x)
	if f < math.Sqrt2/2 {
		f, e = 2*f, e-1
	}
	s := (f - 1) / (f + 1)
	var sum float64 // s²ᵏ/(2k+1), |s| < 0.172
	for k := 10; k >= 0; k-- {
		sum = float64(sum*float64(s*s)) + 1/float64(2*k+1)
	}
	return float64(float64(e)*math.Ln2) + float64(2*s*sum)
}

// Exp is e to the power of x: +Inf above 709.79, 0 below -745.2, with a relative error
// below 10⁻¹⁵ where the result is no subnormal number.
func Exp(x float64) float64 {
	switch {
	case x != x:
		return x
	case x > 709.79:
		return math.Inf(1)
	case x < -745.2:
		return 0
	}
	const (
		high = 6.93147180369123816490e-01 // ln 2, of which the first 32 bits: k·high is exact
		low  = 1.90821492927058770002e-10
	)
	k := math.Floor(float64(x/math.Ln2) + 0.5)
	r := float64(x-float64(k*high)) - float64(k*low) // |r| < 0.35
	sum := 1.0                                       // 1 + r·(1 + r/2·(1 + r/3·…))
	for i := 16.0; i >= 1; i-- {
		sum = 1 + float64(r*sum)/i
	}
	return math.Ldexp(sum, int(k))
}
