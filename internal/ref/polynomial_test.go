package ref

import (
	"math"
	"testing"
)

// What the comments say of polynomials, before any rounding but that of coefficients. An
// approximation is smooth: a grid finds its largest error.
func TestPolynomials(t *testing.T) {
	polynomial := func(c []float64, x float64) float64 {
		p := 0.0
		for i := len(c) - 1; i >= 0; i-- {
			p = p*x + c[i]
		}
		return p
	}
	expm1 := func(r float64) float64 { return r + r*r*polynomial(ExpQ, r) }
	log1p := func(c []float64) func(float64) float64 {
		return func(f float64) float64 { return f + f*f*polynomial(c, f) }
	}
	millsF := func(y float64) float64 { return (GeluK + y) * math.Erfc(y/math.Sqrt2) / 2 * math.Exp(y*y/2) }
	one := func(float64) float64 { return 1 }
	for _, c := range []struct {
		name         string
		low, high    float64
		f, exact     func(x float64) float64
		relativeTo   func(x float64) float64
		least, limit float64 // of the largest error, in 2^-24
	}{
		{"expQ of exp(r)-1", -math.Ln2 / 2, math.Ln2 / 2, expm1, math.Expm1, math.Expm1, 0.23, 0.24},
		{"expQ of exp(r)", -math.Ln2 / 2, math.Ln2 / 2, expm1, math.Expm1, math.Exp, 0.08, 0.09},
		{"tanhQ of (1-exp(-2r))/2", -math.Ln2 / 4, math.Ln2 / 4, func(r float64) float64 { return r + r*r*polynomial(TanhQ, r) },
			func(r float64) float64 { return -math.Expm1(-2*r) / 2 }, func(r float64) float64 { return -math.Expm1(-2*r) / 2 }, 0.23, 0.24},
		{"logQ of log(1+f)", -0.25, 0.5, log1p(LogQ), math.Log1p, math.Log1p, 0.25, 0.26},
		{"log1pQ of log(1+u)", 0, 1, log1p(Log1pQ), math.Log1p, math.Log1p, 0.08, 0.09},
		{"geluQ of (k+y)*Phi(-y)*exp(y²/2)", 0, 14.5, func(y float64) float64 { return polynomial(GeluQ, y/(GeluK+y)-GeluP) }, millsF, millsF, 0.09, 0.1},
		{"sinQ of sin(x)", 0, math.Pi / 4, func(x float64) float64 { return x + x*x*x*polynomial(SinQ, x*x) }, math.Sin, math.Sin, 0.06, 0.07},
		{"cosQ of cos(x)", 0, math.Pi / 4, func(x float64) float64 { return 1 + x*x*polynomial(CosQ, x*x) }, math.Cos, one, 0.54, 0.55},
	} {
		worst := 0.0
		const n = 1 << 14
		for i := range n + 1 {
			x := c.low + (c.high-c.low)*float64(i)/n
			if e := math.Abs((c.f(x) - c.exact(x)) / c.relativeTo(x)); x != 0 && !(e <= worst) {
				worst = e
			}
		}
		if worst *= 0x1p24; !(worst > c.least && worst < c.limit) {
			t.Errorf("%s: errs by %v*2^-24, want %v to %v", c.name, worst, c.least, c.limit)
		}
	}
}
