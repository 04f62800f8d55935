package ref

import (
	"math"
	"testing"
)

var negZero = float32(math.Copysign(0, -1))

const (
	tiny = 0x1p-149 // the smallest subnormal
	maxF = math.MaxFloat32
)

// The values that the doc comments promise, bit for bit.
func TestSpecialValues(t *testing.T) {
	type row struct{ x, want float32 }
	for _, c := range []struct {
		name string
		f    func(float32) float32
		rows []row
	}{
		{"Exp", Exp, []row{
			{nan, nan}, {inf, inf}, {-inf, 0}, {0, 1}, {negZero, 1}, {tiny, 1}, {-tiny, 1}, {maxF, inf}, {-maxF, 0},
			{88.72283, 0x1.ffff08p127}, {88.72284, inf}, {88.8, inf}, {89.5, inf}, {200, inf},
			{-103.97207, tiny}, {-103.97209, 0}, {-104, 0}, {-104.5, 0}, {-200, 0},
		}},
		{"expNeg", expNeg, []row{{nan, nan}, {-inf, 0}, {0, 1}, {negZero, 1}, {-tiny, 1}, {-maxF, 0}, {-103.97207, tiny}, {-103.97209, 0}}},
		{"Expm1", Expm1, []row{
			{nan, nan}, {inf, inf}, {-inf, -1}, {0, 0}, {negZero, negZero}, {tiny, tiny}, {-tiny, -tiny}, {3 * tiny, 3 * tiny},
			{minNormal, minNormal}, {-minNormal, -minNormal}, {maxF, inf}, {-maxF, -1}, {-29, -1}, {-31, -1}, {89, inf}, {89.2, inf}, {90, inf}, {1e10, inf},
		}},
		{"halfExpm1", halfExpm1, []row{{nan, nan}, {inf, inf}, {-inf, -0.5}, {0, 0}, {negZero, 0}, {90, inf}, {200, inf}, {1e20, inf}, {maxF, inf}}},
		{"ExpmX", ExpmX, []row{
			{nan, nan}, {inf, inf}, {-inf, inf}, {0, 0}, {negZero, 0}, {tiny, 0}, {-tiny, 0}, {minNormal, 0},
			{maxF, inf}, {-maxF, maxF}, {-1e6, 999999}, {-30, 29}, {-31, 30}, {89, inf}, {1e10, inf},
		}},
		{"Log", Log, []row{
			{nan, nan}, {-nan, nan}, {inf, inf}, {-inf, nan}, {0, -inf}, {negZero, -inf}, {1, 0}, {-1, nan}, {-tiny, nan}, {-maxF, nan},
			{tiny, -0x1.9d1dap6}, {minNormal, -0x1.5d58ap6}, {maxF, 0x1.62e43p6}, {2, Ln2}, {0.5, -Ln2},
		}},
		{"Log1p01", Log1p01, []row{{nan, nan}, {0, 0}, {tiny, tiny}, {minNormal, minNormal}}},
		{"Sigmoid", Sigmoid, []row{
			{nan, nan}, {inf, 1}, {-inf, 0}, {0, 0.5}, {negZero, 0.5}, {tiny, 0.5}, {maxF, 1}, {-maxF, 0}, {18, 1}, {-103.97207, tiny}, {-103.97209, 0},
		}},
		{"Softplus", Softplus, []row{
			{nan, nan}, {inf, inf}, {-inf, 0}, {maxF, maxF}, {-maxF, 0}, {100, 100}, {-103.97207, tiny}, {-103.97209, 0}, {0, Ln2}, {negZero, Ln2},
		}},
		{"Tanh", Tanh, []row{
			{nan, nan}, {inf, 1}, {-inf, -1}, {0, 0}, {negZero, negZero}, {tiny, tiny}, {-tiny, -tiny}, {3 * tiny, 3 * tiny}, {minNormal, minNormal},
			{0x1.fffffep-13, 0x1.fffffep-13}, {maxF, 1}, {-maxF, -1}, {9.02, 1}, {-9.25, -1}, {9.25, 1}, {-9.5, -1},
		}},
		{"ReLU", ReLU, []row{{nan, nan}, {inf, inf}, {-inf, 0}, {0, 0}, {negZero, 0}, {tiny, tiny}, {-tiny, 0}, {1, 1}, {-1, 0}}},
		{"Gelu", Gelu, []row{
			{nan, nan}, {inf, inf}, {-inf, 0}, {0, 0}, {negZero, negZero}, {2 * tiny, tiny}, {-2 * tiny, -tiny}, {minNormal, 0x1p-127},
			{6, 6}, {maxF, maxF}, {-maxF, 0}, {-14.3, -0x1p-149}, {-14.4, 0}, {-20, 0},
		}},
		{"SiLU", SiLU, []row{
			{nan, nan}, {inf, inf}, {-inf, 0}, {0, 0}, {negZero, negZero}, {2 * tiny, tiny}, {-2 * tiny, -tiny}, {minNormal, 0x1p-127},
			{20, 20}, {maxF, maxF}, {-maxF, 0}, {-108.6, -tiny}, {-108.7, 0}, {-120, 0},
		}},
		{"Sqrt", Sqrt, []row{{nan, nan}, {inf, inf}, {-1, nan}, {0, 0}, {negZero, negZero}, {4, 2}, {0x1p-148, 0x1p-74}}},
		{"flush", flush, []row{{nan, nan}, {inf, inf}, {-inf, -inf}, {0, 0}, {negZero, 0}, {tiny, 0}, {-tiny, 0}, {0x1.fffffcp-127, 0}, {minNormal, minNormal}, {-minNormal, -minNormal}}},
		{"Abs", Abs, []row{{nan, nan}, {-inf, inf}, {negZero, 0}, {-tiny, tiny}}},
		{"Neg", Neg, []row{{nan, nan}, {inf, -inf}, {0, negZero}, {negZero, 0}}},
	} {
		for _, r := range c.rows {
			if got := c.f(r.x); !same(got, r.want) {
				t.Errorf("%s(%v) = %v (%x), want %v (%x)", c.name, r.x, got, got, r.want, r.want)
			}
		}
	}
}

func TestMaxMin(t *testing.T) {
	for _, c := range []struct{ a, b, max, min float32 }{
		{1, 2, 2, 1}, {2, 1, 2, 1}, {nan, 1, 1, 1}, {1, nan, nan, nan}, {0, negZero, negZero, negZero}, {negZero, 0, 0, 0}, {-inf, inf, inf, -inf},
	} {
		if got := Max(c.a, c.b); !same(got, c.max) {
			t.Errorf("Max(%v, %v) = %v, want %v", c.a, c.b, got, c.max)
		}
		if got := Min(c.a, c.b); !same(got, c.min) {
			t.Errorf("Min(%v, %v) = %v, want %v", c.a, c.b, got, c.min)
		}
	}
}

// each calls f with all kinds of float32: a stride through the bits.
func each(f func(x float32)) {
	for i := uint64(0); i < 1<<32; i += 65537 {
		f(math.Float32frombits(uint32(i)))
	}
	for _, x := range specials {
		f(x)
	}
}

func TestIdentities(t *testing.T) {
	check := func(what string, x, got, want float32) {
		if !same(got, want) {
			t.Errorf("%s: x = %x gives %x, want %x", what, x, got, want)
		}
	}
	each(func(x float32) {
		check("tanh is odd", x, Tanh(-x), Neg(Tanh(x)))
		check("doubling halfExpm1", x, 2*halfExpm1(Max(0x1p-100, x)), Expm1(Max(0x1p-100, x)))
		check("doubling halfExpmX", x, 2*halfExpmX(x), ExpmX(x))
		if !(x > 0) {
			check("expNeg is Exp", x, expNeg(x), Exp(x))
		}
		if y := ExpmX(x); y < 0 {
			t.Errorf("ExpmX(%x) = %x < 0", x, y)
		}
		_, grad := BCE(x, 0)
		check("gradient of BCE", x, grad, Sigmoid(x))
	})
}

func TestGradients(t *testing.T) {
	if got := SigmoidGrad(0.25, 2); got != 0.375 {
		t.Errorf("SigmoidGrad = %v", got)
	}
	if got := TanhGrad(0.5, 2); got != 1.5 {
		t.Errorf("TanhGrad = %v", got)
	}
	if got := TanhGrad(0x1.fffffcp-1, 1); got != 0x1.fffffep-23 { // 1-y², rounded once
		t.Errorf("TanhGrad(0x1.fffffcp-1) = %x", got)
	}
	if got := ExpGrad(3, 2); got != 6 {
		t.Errorf("ExpGrad = %v", got)
	}
	if got := LogGrad(4, 2); got != 0.5 {
		t.Errorf("LogGrad = %v", got)
	}
	if got := SoftplusGrad(0, 2); got != 1 {
		t.Errorf("SoftplusGrad = %v", got)
	}
	for _, c := range []struct{ x, gelu, silu float32 }{
		{0, 0.5, 0.5}, {negZero, 0.5, 0.5}, {inf, 1, 1}, {-inf, negZero, negZero}, {nan, nan, nan}, {maxF, 1, 1}, {-maxF, negZero, negZero}, {tiny, 0.5, 0.5},
	} {
		if got := GeluGrad(c.x, 2); !same(got, 2*c.gelu) {
			t.Errorf("GeluGrad(%v) = %v, want %v", c.x, got, 2*c.gelu)
		}
		if got := SiLUGrad(c.x, 2); !same(got, 2*c.silu) {
			t.Errorf("SiLUGrad(%v) = %v, want %v", c.x, got, 2*c.silu)
		}
	}
	for _, c := range []struct{ x, slope, y, grad float32 }{
		{2, 0.25, 2, 3}, {-2, 0.25, -0.5, 0.75}, {0, 0.25, 0, 0.75}, {negZero, 0.25, negZero, 0.75}, {nan, 0.25, nan, 0.75},
		{inf, 0, inf, 3}, {-inf, 0.25, -inf, 0.75}, {-1, -2, 2, -6}, {-tiny, 0.5, negZero, 1.5},
	} {
		if got := LeakyReLU(c.x, c.slope); !same(got, c.y) {
			t.Errorf("LeakyReLU(%v, %v) = %v, want %v", c.x, c.slope, got, c.y)
		}
		if got := LeakyReLUGrad(c.x, 3, c.slope); !same(got, c.grad) {
			t.Errorf("LeakyReLUGrad(%v, 3, %v) = %v, want %v", c.x, c.slope, got, c.grad)
		}
	}
	for _, c := range []struct{ y, dy, want float32 }{
		{1, 3, 3}, {tiny, -3, -3}, {0, 3, 0}, {negZero, 3, 0}, {-1, 3, 0}, {nan, 3, 0}, {inf, 3, 3}, {1, nan, nan}, {0, nan, 0},
	} {
		if got := ReLUGrad(c.y, c.dy); !same(got, c.want) {
			t.Errorf("ReLUGrad(%v, %v) = %v, want %v", c.y, c.dy, got, c.want)
		}
	}
}
