package ref

import (
	"math"
	"testing"
	"time"
)

// Of a function of two arguments there are 2^64 inputs. A bound is proved by a sweep over
// one argument, with the largest error that any value of the other can add; and where the
// bound is larger than the largest error known, inputs that come near it are looked for.

// sumBound is the largest error of a rounded sum, in ULP of the exact sum S, where what is
// rounded lies between S - below and S + above and is a multiple of grain. Rounding adds
// half an ULP. Where it ends beyond the next power of two, where floats are two ULP apart,
// it adds a whole one, less a grain as ties go to that power; but then what is rounded
// lies an ULP above it, and S below it.
func sumBound(below, above, grain float64) float64 {
	bound := max(below, above) + 0.5
	if above > 1 {
		bound = max(bound, above+1-grain)
	}
	return bound
}

// nextBinade is the least power of two above x > 0.
func nextBinade(x float64) float64 {
	_, e := math.Frexp(x)
	return math.Ldexp(1, e)
}

func exactBCE(x, t float64) float64 {
	a := -x * t // max(x, 0) - x*t, without cancellation
	if x >= 0 {
		a = x * (1 - t)
	}
	return a + math.Log1p(math.Exp(-math.Abs(x)))
}

// bceBound is the largest error of BCE's loss for the logit x and all 0 <= t <= 1. The loss
// is the sum of a, which is between 0 and |x| and rounded once, and l = log1p(exp(-|x|)),
// with an error that is measured. For a sum below the power of two that is next to l, a is
// less than what is missing to it, so that its ULP is at most half the sum's. For a sum
// below the 2^j-fold of that power, the error of l has the 2^j-th part in its ULP, and that
// of a is half an ULP.
func bceBound(x float32) float64 {
	l := math.Log1p(math.Exp(-math.Abs(float64(x))))
	err := (float64(Log1p01(expNegAbs(x))) - l) / ulp(l)
	bound, top := 0.0, nextBinade(l)
	for j := 1.0; j <= 16; j *= 2 {
		grain := ulp(j*top-l) / (j * ulp(l)) // of a, in ULP of the sum
		bound = max(bound, sumBound(-err/j+grain/2, err/j+grain/2, min(grain, 1/j)))
	}
	return bound
}

// bceTarget is the t that brings the loss to the power of two that is next to l.
func bceTarget(x float32) float64 {
	v := math.Abs(float64(x))
	l := math.Log1p(math.Exp(-v))
	t := (nextBinade(l) - l) / v
	if x >= 0 {
		return 1 - t
	}
	return t
}

// klBound is the largest error of KL for logvar and all mu: mu²/2 is exact before the sum
// is rounded.
func klBound(logvar float32) float64 {
	h := exactExpmX(float64(logvar)) / 2
	err := (float64(halfExpmX(logvar)) - h) / ulp(h)
	return sumBound(-err, err, 0)
}

// klTarget is the mu that adds half an ULP to the part of logvar.
func klTarget(logvar float32) float64 {
	return math.Sqrt(ulp(exactExpmX(float64(logvar)) / 2))
}

func exactKL(logvar, mu float64) float64 { return exactExpmX(logvar)/2 + mu*mu/2 }

func TestPairULP(t *testing.T) {
	for _, c := range []struct {
		name   string
		f      func(x, y float32) float32
		exact  func(x, y float64) float64
		least  float32                 // of |x|; below, exp(-|x|) is 1, and all errors are smaller
		most   float32                 // of |x|; above, it is 0 or infinite
		bound  func(x float32) float64 // for all y
		target func(x float32) float64 // a y close to which f errs much
		valid  func(y float32) bool    // is a y of the bound
		max    float64                 // as the doc comment says
		hard   [2]float32              // the worst inputs known
	}{
		{"BCE", func(x, t float32) float32 { loss, _ := BCE(x, t); return loss }, exactBCE, 0x1p-26, 104, bceBound, bceTarget,
			func(t float32) bool { return t >= 0 && t <= 1 }, 2.6, [2]float32{-0x1.c94c02p-2, 0x1.8d85ep-7}},
		{"KL", func(logvar, mu float32) float32 { return KL(mu, logvar) }, exactKL, 0x1p-20, 88, klBound, klTarget,
			func(mu float32) bool { return mu < 0x1p64 }, 6.11, [2]float32{0x1.f3bfc2p-4, 0x1p-16}},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			err := func(x, y float32) float64 { return ulps(c.f(x, y), c.exact(float64(x), float64(y))) }
			known := err(c.hard[0], c.hard[1])
			// worst is the largest error of x and the y close to the target.
			worst := func(x float32) (e float64, at float32) {
				b := int64(math.Float32bits(float32(c.target(x))))
				for i := b - 100; i <= b+100; i++ {
					if y := word(uint64(i)); c.valid(y) {
						if d := err(x, y); d > e {
							e, at = d, y
						}
					}
				}
				return e, at
			}
			for _, sign := range []float32{1, -1} {
				sweepX := func(f func(x float32) float64) (float64, float32) {
					y, i := sweep(uint64(math.Float32bits(c.least)), uint64(math.Float32bits(c.most)), func(i uint64) float64 { return f(sign * word(i)) })
					return y, sign * word(i)
				}
				bound, x := sweepX(c.bound)
				t.Logf("at most %.4f ULP, for %x; stride %d, %v", bound, x, stride(), time.Since(start).Round(time.Millisecond))
				if !(bound <= c.max) {
					t.Errorf("may err by %v ULP for %x, want at most %v", bound, x, c.max)
				}
				e, x := sweepX(func(x float32) (e float64) {
					if c.bound(x) > known {
						e, _ = worst(x)
					}
					return e
				})
				if e > known {
					_, y := worst(x)
					t.Errorf("errs by %v ULP for %x and %x; the worst input known, by %v", e, x, y, known)
				}
			}
			if !(known <= c.max && known > c.max-0.02) {
				t.Errorf("errs by %v ULP for %x, want %v", known, c.hard, c.max)
			}
		})
	}
}

// The gradient of BCE is a difference between -1 and 1, so that its rounding adds 2^-25 at
// most to the error of the sigmoid.
func TestBCEGradBound(t *testing.T) {
	for _, sign := range []float32{1, -1} {
		e, i := sweep(0, uint64(math.Float32bits(104)), func(i uint64) float64 {
			x := sign * word(i)
			return math.Abs(float64(Sigmoid(x)) - exactSigmoid(float64(x)))
		})
		t.Logf("sigmoid errs by %.4f*2^-24 at %x, stride %d", e*0x1p24, sign*word(i), stride())
		if !(e <= 0x1p-24) {
			t.Errorf("sigmoid(%x) errs by %v, want at most 2^-24", sign*word(i), e)
		}
	}
}
