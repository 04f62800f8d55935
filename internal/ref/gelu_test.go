package ref

import (
	"math"
	"testing"
	"time"
)

func exactGelu(x float64) float64 {
	if math.IsInf(x, -1) {
		return 0
	}
	return x * math.Erfc(-x/math.Sqrt2) / 2
}

func exactGeluGrad(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.Max(0, math.Copysign(1, x))
	}
	return math.Erfc(-x/math.Sqrt2)/2 + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

func exactSiLU(x float64) float64 {
	if math.IsInf(x, -1) {
		return 0
	}
	return x * exactSigmoid(x)
}

func exactSiLUGrad(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.Max(0, math.Copysign(1, x))
	}
	return exactSigmoid(x) * (1 + x*exactSigmoid(-x))
}

func geluGrad(x float32) float32 { return GeluGrad(x, 1) }
func siluGrad(x float32) float32 { return SiLUGrad(x, 1) }

// Gradients that have a zero, near which their ULP shrinks: the error is absolute.
func TestAbsoluteError(t *testing.T) {
	for _, c := range []struct {
		name  string
		f     func(float32) float32
		exact func(float64) float64
		max   float64 // in 2^-24, as the doc comment says
		hard  float32
	}{
		{"GeluGrad", geluGrad, exactGeluGrad, 2.35, 0x1.9f4dfep-8},
		{"SiLUGrad", siluGrad, exactSiLUGrad, 1.95, 0x1.60b1p-6},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			err := func(x float32) float64 {
				if x != x {
					return 0
				}
				return math.Abs(float64(c.f(x))-c.exact(float64(x))) * 0x1p24
			}
			worst, i := sweep(0, 1<<32, func(i uint64) float64 { return err(word(i)) })
			t.Logf("%.4f*2^-24 at %x, stride %d, %v", worst, word(i), stride(), time.Since(start).Round(time.Millisecond))
			worst = max(worst, err(c.hard))
			if !(worst <= c.max && worst > c.max-0.01) {
				t.Errorf("errs by %v*2^-24, want %v", worst, c.max)
			}
		})
	}
}
