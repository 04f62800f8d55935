package ref

import "math"

// FMA returns x*y + z with one rounding, to nearest even: the fused
// multiply-add of VFMADD and FMLA, for all inputs, subnormal results included.
//
// The product of two float32 is exact in float64, and the sum is one float64
// rounding away from x*y + z. Rounding it again to float32 is wrong only where
// the float64 sum is inexact and lies halfway between two float32. Halfway
// between normal float32 the low 29 bits are 1 and 28 zeros; the halfway
// points between subnormals lie below 2^-126. Both go the long way.
//
// Special values: as IEEE 754 (0*Inf and Inf-Inf are NaN; an exact zero sum of
// unlike signs is +0).
func FMA(x, y, z float32) float32 {
	p := float64(x) * float64(y)
	s := p + float64(z) // p is exact: fusing the two changes nothing
	if mayDoubleRound(s) {
		s = roundOdd(p, float64(z), s)
	}
	return float32(s)
}

// mayDoubleRound reports whether rounding s to float32 may differ from rounding the
// exact sum that s was rounded from. A loop that cannot afford to call FMA
// writes its four lines out: this one is inlined.
func mayDoubleRound(s float64) bool {
	b := math.Float64bits(s)
	return b<<35 == 1<<63 || b<<1-1 < minNormal64<<1-1 // 0 is exact
}

// minNormal64 is 2^-126 in float64 bits.
const minNormal64 = (1023 - 126) << 52

// roundOdd returns p + z rounded to odd, where s is their float64 sum: an
// inexact sum gets its last bit set. That keeps it off every halfway point of a
// format two or more digits shorter, so that the second rounding gives what a
// single one would.
//
//go:noinline
func roundOdd(p, z, s float64) float64 {
	// TwoSum (Knuth): s + e is p + z exactly.
	t := s - p
	e := (p - (s - t)) + (z - t)
	b := math.Float64bits(s)
	if b&1 == 0 && (e > 0 || e < 0) { // not for NaN, which an infinite s gives
		if (e > 0) == (s > 0) {
			b++
		} else {
			b--
		}
	}
	return math.Float64frombits(b)
}
