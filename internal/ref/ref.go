// Package ref defines every result of Lanewise, bit for bit: the pure-Go
// float32 expressions that each SIMD set must equal (any NaN equals any NaN),
// and that run where no set applies.
//
// A definition uses correctly rounded IEEE 754 binary32 operations alone: add,
// sub, mul, div, sqrt, fma, conversions between float32 and int32 (to nearest
// even), compare and select, and operations on int32 and on bits. None is
// reassociated, none approximates. A product that feeds an addition, or that
// is returned to one, is written float32(x*y), because Go may otherwise fuse
// the two; where one rounding is meant it is written FMA(x, y, z).
//
// Errors are in ULP: |result - exact| divided by the distance between the two
// float32 that enclose the exact value (2^-149 for subnormals).
//
// The exported coefficients are those that gen puts into the assembly.
package ref

import "math"

const (
	signBit   = 1 << 31
	minNormal = 0x1p-126 // the smallest normal float32
)

var (
	inf = float32(math.Inf(1))
	nan = float32(math.NaN())
)

// Max returns a if a > b and b otherwise, so b where either is NaN or both are
// zeros. This is MAXPS. With a constant, nonzero a it is NEON's FMAX too.
func Max(a, b float32) float32 {
	if a > b {
		return a
	}
	return b
}

// Min returns a if a < b and b otherwise, so b where either is NaN or both are
// zeros. This is MINPS. With a constant, nonzero a it is NEON's FMIN too.
func Min(a, b float32) float32 {
	if a < b {
		return a
	}
	return b
}

// Abs clears the sign bit.
func Abs(x float32) float32 {
	return math.Float32frombits(math.Float32bits(x) &^ signBit)
}

// Neg flips the sign bit.
func Neg(x float32) float32 {
	return math.Float32frombits(math.Float32bits(x) ^ signBit)
}

// horner is c[0] + c[1]*x + c[2]*x² + …, by FMA from the highest degree down. The
// coefficients are float32 numbers.
func horner(x float32, c []float64) float32 {
	y := float64(x)
	s := c[len(c)-1]
	for i := len(c) - 2; i >= 0; i-- { // s = FMA(s, x, c[i]), which would be a call
		p := float64(float32(s)) * y
		s = p + c[i]
		if mayDoubleRound(s) {
			s = roundOddAt(p, c, i)
		}
	}
	return float32(s)
}

// Scaled are the coefficients of a*p(b*x), where c are those of p(x), and a and b are
// powers of two but for their signs, so that nothing is rounded.
func Scaled(c []float64, a, b float64) []float64 {
	d := make([]float64, len(c))
	for i, x := range c {
		d[i] = a * x
		a *= b
	}
	return d
}

// roundOddAt is apart because its arguments cost the loop above nothing.
//
//go:noinline
func roundOddAt(p float64, c []float64, i int) float64 { return roundOdd(p, c[i], p+c[i]) }

// Sqrt is the square root, correctly rounded: float64 has more than twice the
// digits of float32, so the second rounding is harmless.
func Sqrt(x float32) float32 {
	return float32(math.Sqrt(float64(x)))
}
