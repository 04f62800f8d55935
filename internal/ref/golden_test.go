package ref

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/golden.txt")

// inputs of a golden hash: how many arguments cycle through the special values
// before the random ones start, and the kinds of those.
const goldenInputs = 100_000

// goldenArgs returns the arguments of case i: first every pair of special
// values, then random bits, normal numbers and those close to 1 in turn.
func goldenArgs(r *rand.Rand, i int) (a [4]float32) {
	n := len(specials)
	if i < n*n {
		return [4]float32{specials[i%n], specials[i/n], specials[(i+i/n)%n], specials[(3*i+1)%n]}
	}
	for k := range a {
		b := r.Uint32()
		switch i % 3 {
		case 1:
			b = b&(signBit|7<<23|1<<23-1) + 123<<23 // 2^-4 to 2^4
		case 2:
			b = b&(signBit|31<<23|1<<23-1) + 103<<23 // 2^-24 to 2^8
		}
		a[k] = math.Float32frombits(b)
	}
	return a
}

// Each function's outputs have one hash on every architecture: where the
// compiler fuses x*y+z of itself (arm64, ppc64le, riscv64, s390x), a rounding
// that the definition forgot to write shows here.
func TestGolden(t *testing.T) {
	adam := NewAdamStep(1e-3, 0.9, 0.999, 1e-8, 0.01, 7)
	one := func(f func(float32) float32) func([4]float32) []float32 {
		return func(a [4]float32) []float32 { return []float32{f(a[0])} }
	}
	two := func(f func(x, y float32) float32) func([4]float32) []float32 {
		return func(a [4]float32) []float32 { return []float32{f(a[0], a[1])} }
	}
	pair := func(f func(x, y float32) (float32, float32)) func([4]float32) []float32 {
		return func(a [4]float32) []float32 { x, y := f(a[0], a[1]); return []float32{x, y} }
	}
	three := func(f func(x, y, z float32) float32) func([4]float32) []float32 {
		return func(a [4]float32) []float32 { return []float32{f(a[0], a[1], a[2])} }
	}
	words := func(a [4]float32) (seed, stream, i uint64) {
		w := func(x float32) uint64 { return uint64(math.Float32bits(x)) }
		return w(a[0])<<32 | w(a[1]), w(a[2]), w(a[3])
	}
	var got strings.Builder
	for _, c := range []struct {
		name string
		f    func([4]float32) []float32
	}{
		{"FMA", three(FMA)}, {"Sqrt", one(Sqrt)}, {"Max", two(Max)}, {"Min", two(Min)},
		{"Exp", one(Exp)}, {"expNegAbs", one(expNegAbs)}, {"Expm1", one(Expm1)}, {"ExpmX", one(ExpmX)},
		{"Log", one(Log)}, {"Log1p01", one(func(x float32) float32 { return Log1p01(expNegAbs(x)) })},
		{"Sigmoid", one(Sigmoid)}, {"Softplus", one(Softplus)}, {"Tanh", one(Tanh)}, {"ReLU", one(ReLU)},
		{"ExpGrad", two(ExpGrad)}, {"LogGrad", two(LogGrad)}, {"SigmoidGrad", two(SigmoidGrad)},
		{"SoftplusGrad", two(SoftplusGrad)}, {"TanhGrad", two(TanhGrad)}, {"ReLUGrad", two(ReLUGrad)},
		{"BCE", pair(BCE)}, {"SquaredError", pair(SquaredError)},
		{"KL", two(KL)}, {"KLGrad", pair(KLGrad)}, {"Reparameterize", three(Reparameterize)},
		{"ReparameterizeGrad", func(a [4]float32) []float32 { x, y := ReparameterizeGrad(a[0], a[1], a[2]); return []float32{x, y} }},
		{"Adam", func(a [4]float32) []float32 {
			w, m, v := Adam(a[0], a[1], Abs(a[2]), a[3], adam)
			return []float32{w, m, v}
		}},
		{"NewAdamStep", func(a [4]float32) []float32 {
			h := NewAdamStep(float64(a[0]), float64(Sigmoid(a[1])), float64(Sigmoid(a[2])), 1e-8, float64(a[3]), int(math.Float32bits(a[1])&0xffff))
			return []float32{h.Beta1, h.OneMinusBeta1, h.Beta2, h.OneMinusBeta2, h.StepSize, h.InvSqrtBias2, h.Eps, h.Decay}
		}},
		{"BoxMuller", pair(func(x, y float32) (float32, float32) { return BoxMuller(math.Float32bits(x), math.Float32bits(y)) })},
		{"Bits", func(a [4]float32) []float32 { return []float32{math.Float32frombits(Bits(words(a)) >> 2)} }},
		{"Uniform", func(a [4]float32) []float32 { return []float32{Uniform(words(a))} }},
		{"Normal", func(a [4]float32) []float32 { return []float32{Normal(words(a))} }},
		{"Gelu", one(Gelu)}, {"GeluGrad", two(GeluGrad)}, {"SiLU", one(SiLU)}, {"SiLUGrad", two(SiLUGrad)},
		{"LeakyReLU", two(LeakyReLU)}, {"LeakyReLUGrad", three(LeakyReLUGrad)},
	} {
		r := rand.New(rand.NewPCG(1, 2))
		h := fnv.New64a()
		var buf []byte
		for i := range goldenInputs {
			buf = buf[:0]
			for _, y := range c.f(goldenArgs(r, i)) {
				if y != y {
					y = float32(math.NaN()) // any NaN equals any NaN
				}
				buf = binary.LittleEndian.AppendUint32(buf, math.Float32bits(y))
			}
			h.Write(buf)
		}
		fmt.Fprintf(&got, "%-19s%016x\n", c.name, h.Sum64())
	}
	const file = "testdata/golden.txt"
	if *update {
		if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	wants := strings.Split(string(want), "\n")
	gots := strings.Split(got.String(), "\n")
	if len(gots) != len(wants) {
		t.Fatalf("%d functions, want %d", len(gots)-1, len(wants)-1)
	}
	for i, g := range gots {
		if g != wants[i] {
			t.Errorf("%s, want %s", g, wants[i])
		}
	}
}
