package ref

import (
	"flag"
	"math"
	"runtime"
	"sync"
	"testing"
	"time"
)

var exhaustive = flag.Bool("exhaustive", false, "all 2^32 inputs of every function, 2^30 of FMA")

// stride is the step through the 2^32 inputs: a prime, or 1.
func stride() uint64 {
	if *exhaustive {
		return 1
	}
	return 8191
}

// ulps is |got - want| in ULP of want, as package ref measures errors. A got
// that is NaN or infinite without reason is +Inf away.
func ulps(got float32, want float64) float64 {
	g := float64(got)
	switch {
	case math.IsNaN(want) && math.IsNaN(g), g == want:
		return 0
	case math.IsInf(g, 0):
		if math.Signbit(g) == math.Signbit(want) && math.Abs(want) >= 0x1.ffffffp127 {
			return 0 // overflows in round to nearest
		}
		return math.Inf(1)
	case math.IsNaN(g), math.IsNaN(want), math.IsInf(want, 0):
		return math.Inf(1)
	}
	return math.Abs(g-want) / ulp(want)
}

// ulp is the distance between the two float32 that enclose x.
func ulp(x float64) float64 {
	e := max(int(math.Float64bits(x)>>52&0x7ff)-1023, -126)
	return math.Float64frombits(uint64(1023-23+e) << 52)
}

// sweep returns the largest f(i) of from <= i < to, in steps of stride(), and its i. NaN
// is larger than all.
func sweep(from, to uint64, f func(i uint64) float64) (largest float64, at uint64) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	largest = math.Inf(-1)
	workers := uint64(runtime.GOMAXPROCS(0))
	for k := range workers {
		wg.Go(func() {
			y, j := math.Inf(-1), from
			for i := from + k*stride(); i < to; i += workers * stride() {
				if e := f(i); !(e <= y) {
					y, j = e, i
				}
			}
			mu.Lock()
			defer mu.Unlock()
			if !(y <= largest) {
				largest, at = y, j
			}
		})
	}
	wg.Wait()
	return largest, at
}

func word(i uint64) float32 { return math.Float32frombits(uint32(i)) }

// accuracies are the functions of one argument, with the largest errors that comments say.
var accuracies = []struct {
	name   string
	f      func(float32) float32
	exact  func(float64) float64
	max    float64
	domain func(float32) bool
	hard   []float32 // the worst inputs, of all 2^32 and of simpler formulas
}{
	{"Exp", Exp, math.Exp, 0.92, nil, []float32{0x1.da69dp5, -0x1.7639a4p2}},
	{"expNeg", expNeg, math.Exp, 0.92, func(x float32) bool { return !(x > 0) }, []float32{-0x1.7639a4p2}},
	{"Expm1", Expm1, math.Expm1, 1.55, nil, []float32{0x1.877216p-2, -0x1.99d688p-2}},
	{"ExpmX", ExpmX, exactExpmX, 5.61, nil, []float32{0x1.f3bfc2p-4, -0x1.041662p-3}},
	{"Log", Log, math.Log, 0.93, nil, []float32{0x1.69a66ap-1, 0x1.7ff30cp-2, 0x1.7a4214p0}},
	{"Log1p01", Log1p01, math.Log1p, 1.25, func(x float32) bool { return !(x < 0 || x > 1) }, []float32{0x1.fa74f6p-1}},
	{"Sigmoid", Sigmoid, exactSigmoid, 1.65, nil, []float32{-0x1.196d7p0, 0x1.8b6dc8p-2, -0x1.b9f0fap1, -0x1.bb3278p1}},
	{"Softplus", Softplus, exactSoftplus, 1.87, nil, []float32{0x1.d4526p-6, -0x1.bed156p-2}},
	{"Tanh", Tanh, math.Tanh, 1.91, nil, []float32{0x1.059c66p-1, 0x1.20537p2, -0x1.20537p2}},
	{"ReLU", ReLU, exactReLU, 0, nil, nil},
	{"Gelu", Gelu, exactGelu, 1.76, nil, []float32{0x1.f7199ap-14}},
	{"SiLU", SiLU, exactSiLU, 2.42, nil, []float32{-0x1.9afdbep1}},
	{"GeluGrad, x >= 0", geluGrad, exactGeluGrad, 2.35, func(x float32) bool { return !(x < 0) }, []float32{0x1.9f4dfep-8}},
	{"GeluGrad, x <= -1.2", geluGrad, exactGeluGrad, 3.97, func(x float32) bool { return !(x > -1.2) }, []float32{-0x1.37b92ep0}},
	{"SiLUGrad, x >= 0", siluGrad, exactSiLUGrad, 1.95, func(x float32) bool { return !(x < 0) }, []float32{0x1.60b1p-6}},
	{"SiLUGrad, x <= -2", siluGrad, exactSiLUGrad, 5.86, func(x float32) bool { return !(x > -2) }, []float32{-0x1.34a4f8p2}},
	{"Sqrt", Sqrt, math.Sqrt, 0.5, nil, nil},
}

func TestULP(t *testing.T) {
	for _, c := range accuracies {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			err := func(x float32) float64 {
				if c.domain != nil && !c.domain(x) {
					return 0
				}
				return ulps(c.f(x), c.exact(float64(x)))
			}
			worst, i := sweep(0, 1<<32, func(i uint64) float64 { return err(word(i)) })
			x := word(i)
			for _, h := range c.hard {
				if e := err(h); !(e <= worst) {
					worst, x = e, h
				}
			}
			t.Logf("%.4f ULP at %x (%g), stride %d, %v", worst, x, x, stride(), time.Since(start).Round(time.Millisecond))
			if !(worst <= c.max) {
				t.Errorf("%s(%x) = %x errs by %v ULP, want at most %v", c.name, x, c.f(x), worst, c.max)
			}
			if c.hard != nil && !(worst > c.max-0.06) {
				t.Errorf("errs by %v ULP at most: at its worst inputs it used to err by %v", worst, c.max)
			}
		})
	}
}

// The functions of package math err by less than 2^-50: the sums below stay
// as exact as these tests need.

func exactExpmX(x float64) float64 {
	if math.Abs(x) > 0.5 {
		return math.Expm1(x) - x
	}
	s, term := 0.0, x*x/2
	for k := 3.0; k < 22; k++ {
		s += term
		term *= x / k
	}
	return s
}

func exactSigmoid(x float64) float64 {
	if e := math.Exp(-math.Abs(x)); x < 0 {
		return e / (1 + e)
	} else {
		return 1 / (1 + e)
	}
}

func exactSoftplus(x float64) float64 {
	return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}

func exactReLU(x float64) float64 { return math.Max(x, 0) }

// An ULP is that of the exact value, so the error of rounding is at most half.
func TestULPs(t *testing.T) {
	for _, c := range []struct {
		got        float32
		want, ulps float64
	}{
		{1, 1, 0},
		{1, 1 + 0x1p-24, 0.5},
		{1, 1 - 0x1p-25, 0.5},
		{2, 1, 1 << 23},
		{0, 0x1p-149, 1},
		{0x1p-149, -0x1p-149, 2},
		{float32(math.NaN()), 1, math.Inf(1)},
		{1, math.NaN(), math.Inf(1)},
		{float32(math.Inf(1)), math.MaxFloat32, math.Inf(1)},
		{float32(math.Inf(1)), 0x1p128, 0},
		{float32(math.Inf(1)), -0x1p128, math.Inf(1)},
		{math.MaxFloat32, math.Inf(1), math.Inf(1)},
		{float32(math.NaN()), math.NaN(), 0},
	} {
		if got := ulps(c.got, c.want); got != c.ulps {
			t.Errorf("ulps(%x, %x) = %v, want %v", c.got, c.want, got, c.ulps)
		}
	}
}
