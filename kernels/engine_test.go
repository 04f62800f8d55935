package kernels

import (
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// A method is an elementwise method of Engine: out is computed from in, or
// updated with it. All arrays are of one length.
type method struct {
	name    string
	out, in int
	inout   bool // what out held matters, and no array may be another
	call    func(e *Engine, out, in [][]float32) float64
}

var testField = Noise{Seed: 0x1234567890abcdef, Stream: 7, First: 64 * 5}

// methods are those of Engine: what has one of the usual signatures as it is, and the
// others as it is written here.
var methods = func() []method {
	const s = 0.7 // a scalar
	ms := []method{
		{"Normal", 1, 0, false, func(e *Engine, o, _ [][]float32) float64 { e.Normal(o[0], testField); return 0 }},
		{"Reparameterize", 1, 2, false, func(e *Engine, o, i [][]float32) float64 {
			return e.Reparameterize(samplesOf(len(i[0])), o[0], nil, i[0], i[1], Drawn(testField))
		}},
		{"ReparameterizeKept", 2, 2, false, func(e *Engine, o, i [][]float32) float64 {
			return e.Reparameterize(samplesOf(len(i[0])), o[0], nil, i[0], i[1], Kept(o[1], testField))
		}},
		{"ReparameterizeGrad", 2, 3, false, func(e *Engine, o, i [][]float32) float64 {
			e.ReparameterizeGrad(o[0], o[1], i[0], i[1], i[2], Drawn(testField), 0.3)
			return 0
		}},
		{"ReparameterizeGradWith", 2, 4, false, func(e *Engine, o, i [][]float32) float64 {
			e.ReparameterizeGrad(o[0], o[1], i[0], i[1], i[2], Given(i[3]), 0.3)
			return 0
		}},
		// eps may not be z.
		{"ReparameterizeWith", 1, 3, true, func(e *Engine, o, i [][]float32) float64 {
			return e.Reparameterize(samplesOf(len(i[0])), o[0], nil, i[0], i[1], Given(i[2]))
		}},
		{"Adam", 3, 1, true, func(e *Engine, o, i [][]float32) float64 {
			e.Adam(o[0], o[1], o[2], i[0], DefaultAdam(), 3)
			return 0
		}},
	}
	for e, i := reflect.TypeFor[*Engine](), 0; i < e.NumMethod(); i++ {
		m := method{name: e.Method(i).Name, out: 1}
		if m.name == "ColumnSums" { // its arrays differ in length
			continue
		}
		switch f := e.Method(i).Func.Interface().(type) {
		case func(e *Engine, dst, x []float32):
			m.in, m.call = 1, func(e *Engine, o, i [][]float32) float64 { f(e, o[0], i[0]); return 0 }
		case func(e *Engine, dst, x []float32, scalar float32):
			m.in, m.call = 1, func(e *Engine, o, i [][]float32) float64 { f(e, o[0], i[0], s); return 0 }
		case func(e *Engine, dst, x, y []float32):
			m.in, m.call = 2, func(e *Engine, o, i [][]float32) float64 { f(e, o[0], i[0], i[1]); return 0 }
		case func(e *Engine, dst, x, y []float32, scalar float32):
			m.in, m.call = 2, func(e *Engine, o, i [][]float32) float64 { f(e, o[0], i[0], i[1], s); return 0 }
		case func(e *Engine, grad, x, t []float32, scale float32) float64:
			m.in, m.call = 2, func(e *Engine, o, i [][]float32) float64 { return f(e, o[0], i[0], i[1], s) }
		default:
			continue
		}
		ms = append(ms, m)
	}
	slices.SortFunc(ms, func(a, b method) int { return strings.Compare(a.name, b.name) })
	return ms
}()

// samplesOf cuts n elements into samples, of 7 components where that goes.
func samplesOf(n int) int {
	if n%7 == 0 {
		return n / 7
	}
	return n
}

// arrays draws k arrays of n positive numbers of moderate size, which no method
// turns into NaN.
func arrays(rng *rand.Rand, k, n int) [][]float32 {
	xs := make([][]float32, k)
	for i := range xs {
		xs[i] = make([]float32, n)
		for j := range xs[i] {
			xs[i][j] = float32(math.Abs(rng.NormFloat64()) + 0.01)
		}
	}
	return xs
}

func clones(xs [][]float32) [][]float32 {
	ys := slices.Clone(xs)
	for i := range ys {
		ys[i] = slices.Clone(ys[i])
	}
	return ys
}

func checkSame(t *testing.T, got, want [][]float32, gotSum, wantSum float64, what ...any) {
	t.Helper()
	for k := range got {
		for i := range want[k] {
			if !same(got[k][i], want[k][i]) {
				t.Fatalf("%v: out[%d][%d] = %v (%x), want %v (%x)", what, k, i,
					got[k][i], math.Float32bits(got[k][i]), want[k][i], math.Float32bits(want[k][i]))
			}
		}
	}
	if !sameT(gotSum, wantSum) {
		t.Fatalf("%v: returned %v, want %v", what, gotSum, wantSum)
	}
}

// TestMethodsOnAllEngines has the same bits from every set and number of
// threads, at lengths around the chunks that threads share.
func TestMethodsOnAllEngines(t *testing.T) {
	lengths := []int{0, 1, 17, chunk - 1, chunk, chunk + 1, 2*chunk - 3, 2 * chunk, 2*chunk + 5, 3*chunk + 7*11}
	if brief() || goAlone() {
		lengths = []int{0, 1, 17, chunk + 1, 2*chunk - 3}
	}
	rng := rand.New(rand.NewPCG(21, 22))
	es := testEngines(t)
	for _, m := range methods {
		t.Run(m.name, func(t *testing.T) {
			for i, n := range lengths {
				in, out := arrays(rng, m.in, n), arrays(rng, m.out, n)
				if i%2 == 1 && !m.inout {
					for _, x := range in {
						fill(x, rng, true)
					}
				}
				var want [][]float32
				var wantSum float64
				for i, e := range es {
					got := clones(out)
					sum := m.call(e, got, in)
					if i == 0 {
						want, wantSum = got, sum
					}
					checkSame(t, got, want, sum, wantSum, "n", n, e)
				}
			}
		})
	}
}

const (
	lengthsDiffer   = "kernels: slices differ in length"
	overlapInPart   = "kernels: slices overlap in part"
	overlapAtAll    = "kernels: slices overlap"
	unequalSamples  = "kernels: Reparameterize of samples of unequal length"
	unalignedNoise  = "kernels: Noise.First is not a multiple of 64"
	endOfNoise      = "kernels: Noise has no element 2^64"
	stepsFromOne    = "kernels: Adam counts its steps from 1"
	otherRowLengths = "kernels: ColumnSums of rows of another length"
)

func TestMethodsCheckLengths(t *testing.T) {
	rng := rand.New(rand.NewPCG(23, 24))
	e := New(Set{&goRow}, 2)
	for _, m := range methods {
		if m.out+m.in == 1 {
			continue
		}
		for k := range m.out + m.in {
			for _, d := range []int{-35, -1, 1} {
				xs := arrays(rng, m.out+m.in, 35)
				xs[k] = arrays(rng, 1, 35+d)[0]
				xs[k] = xs[k][:len(xs[k]):len(xs[k])]
				before := clones(xs)
				expectPanic(t, m.name, lengthsDiffer, func() { m.call(e, xs[:m.out], xs[m.out:]) })
				checkSame(t, xs, before, 0, 0, m.name, "wrote before it panicked")
			}
		}
	}
}

// TestMethodsCheckOverlap has every output lie on every other array, exactly
// and in part.
func TestMethodsCheckOverlap(t *testing.T) {
	rng := rand.New(rand.NewPCG(25, 26))
	n := chunk + 21
	if brief() || goAlone() {
		n = 321
	}
	for _, e := range []*Engine{New(Set{testRows(t)[0]}, 2), New(Set{&goRow}, 1)} {
		for _, m := range methods {
			for o := range m.out {
				for k := range m.out + m.in {
					if k == o {
						continue
					}
					for _, shift := range []int{1, 20, n - 1} {
						for _, first := range []bool{false, true} {
							xs := arrays(rng, m.out+m.in, n)
							both := make([]float32, n+shift)
							xs[o], xs[k] = both[:n], both[shift:]
							if first {
								xs[o], xs[k] = xs[k], xs[o]
							}
							text := panicText(t, func() { m.call(e, xs[:m.out], xs[m.out:]) })
							if text != overlapInPart && text != overlapAtAll {
								t.Errorf("%s: arrays %d and %d overlap by %d: panic %q", m.name, o, k, n-shift, text)
							}
						}
					}
					xs := arrays(rng, m.out+m.in, n)
					want := clones(xs)
					want[k] = want[o]
					wantSum := 0.0
					if allowed := !m.inout && k >= m.out; allowed {
						in := clones(xs[m.out:])
						xs[o] = xs[k]
						wantSum = m.call(e, want[:m.out], in)
						sum := m.call(e, xs[:m.out], xs[m.out:])
						checkSame(t, xs[:m.out], want[:m.out], sum, wantSum, m.name, "in place", o, k)
						continue
					}
					xs[o] = xs[k]
					if m.name == "ReparameterizeWith" && k < 3 { // z may be mu or logvar
						expectPanic(t, m.name, "", func() { m.call(e, xs[:m.out], xs[m.out:]) })
						continue
					}
					expectPanic(t, m.name, overlapAtAll, func() { m.call(e, xs[:m.out], xs[m.out:]) })
				}
			}
		}
	}
}

// TestMethodsPanic has what the table of methods does not show.
func TestMethodsPanic(t *testing.T) {
	x := func(n int) []float32 { return make([]float32, n) }
	e := New(Set{testRows(t)[0]}, 2)
	off := Noise{First: 32}
	for _, c := range []struct {
		what, want string
		f          func()
	}{
		{"Normal", unalignedNoise, func() { e.Normal(x(9), off) }},
		{"Reparameterize", unalignedNoise, func() { e.Reparameterize(1, x(9), nil, x(9), x(9), Drawn(off)) }},
		{"ReparameterizeGrad", unalignedNoise, func() { e.ReparameterizeGrad(x(9), x(9), x(9), x(9), x(9), Drawn(off), 1) }},
		{"past the field", endOfNoise, func() { e.Normal(x(65), Noise{First: 1<<64 - 64}) }},
		{"the field's last group", "", func() { e.Normal(x(64), Noise{First: 1<<64 - 64}) }},
		{"past the field, z", endOfNoise, func() { e.Reparameterize(1, x(65), nil, x(65), x(65), Drawn(Noise{First: 1<<64 - 64})) }},
		{"past the field, gradient", endOfNoise, func() { e.ReparameterizeGrad(x(65), x(65), x(65), x(65), x(65), Drawn(Noise{First: 1<<64 - 64}), 1) }},
		{"no sample", unequalSamples, func() { e.Reparameterize(0, x(9), nil, x(9), x(9), Drawn(Noise{})) }},
		{"-1 samples", unequalSamples, func() { e.Reparameterize(-1, x(9), nil, x(9), x(9), Drawn(Noise{})) }},
		{"2 samples of 9", unequalSamples, func() { e.Reparameterize(2, x(9), nil, x(9), x(9), Drawn(Noise{})) }},
		{"10 samples of 9", unequalSamples, func() { e.Reparameterize(10, x(9), nil, x(9), x(9), Drawn(Noise{})) }},
		{"kl of 2 for 3", lengthsDiffer, func() { e.Reparameterize(3, x(9), x(2), x(9), x(9), Drawn(Noise{})) }},
		{"kl of 0 for 3", lengthsDiffer, func() { e.Reparameterize(3, x(9), x(0), x(9), x(9), Drawn(Noise{})) }},
		{"given eps is nil", lengthsDiffer, func() { e.Reparameterize(3, x(9), nil, x(9), x(9), Given(nil)) }},
		{"kept eps is nil", lengthsDiffer, func() { e.Reparameterize(3, x(9), nil, x(9), x(9), Kept(nil, Noise{})) }},
		{"eps of the gradient is nil", lengthsDiffer, func() { e.ReparameterizeGrad(x(9), x(9), x(9), x(9), x(9), Given(nil), 1) }},
		{"kl in z", overlapAtAll, func() { z := x(9); e.Reparameterize(3, z, z[6:], x(9), x(9), Drawn(Noise{})) }},
		{"kl in mu", overlapAtAll, func() { mu := x(9); e.Reparameterize(9, x(9), mu, mu, x(9), Drawn(Noise{})) }},
		{"kl in logvar", overlapAtAll, func() { l := x(9); e.Reparameterize(3, x(9), l[:3], x(9), l, Given(x(9))) }},
		{"kl in eps", overlapAtAll, func() { eps := x(9); e.Reparameterize(3, x(9), eps[:3], x(9), x(9), Kept(eps, Noise{})) }},
		{"kl in given eps", overlapAtAll, func() { eps := x(9); e.Reparameterize(3, x(9), eps[:3], x(9), x(9), Given(eps)) }},
		{"Adam", stepsFromOne, func() { e.Adam(x(9), x(9), x(9), x(9), DefaultAdam(), 0) }},
		{"ColumnSums of 2 columns", otherRowLengths, func() { e.ColumnSums(x(2), x(9)) }},
		{"ColumnSums of no columns", otherRowLengths, func() { e.ColumnSums(nil, x(9)) }},
		{"ColumnSums in place", overlapAtAll, func() { y := x(9); e.ColumnSums(y[:3], y) }},
		{"New with no set", "kernels: New with the zero Set", func() { New(Set{}, 1) }},
		{"New on -1 threads", "kernels: New with a negative number of threads", func() { New(Set{&goRow}, -1) }},
		{"ColumnSums of nothing", "", func() { e.ColumnSums(nil, nil) }},
		{"no sample of nothing", "", func() { e.Reparameterize(0, nil, nil, nil, nil, Drawn(Noise{})) }},
		{"nothing at all", "", func() { e.Exp(nil, nil); e.Adam(nil, nil, nil, nil, DefaultAdam(), 1) }},
	} {
		expectPanic(t, c.what, c.want, c.f)
	}
}

// TestColumnSums compares them with sums in ascending order, in chains of 512.
func TestColumnSums(t *testing.T) {
	rng := rand.New(rand.NewPCG(27, 28))
	for _, n := range []int{1, 2, 15, 16, 17, 127, 128, 129, 400, 1000} {
		for _, rows := range []int{0, 1, 2, 33, 511, 512, 513, 1024, 1537} {
			if rows > 33 && n > 17 && n != 129 {
				continue
			}
			x := make([]float32, rows*n)
			fill(x, rng, rows == 2)
			want, chain := make([]float32, n), make([]float32, n)
			for i, v := range x {
				switch row, j := i/n, i%n; {
				case row < 512:
					want[j] += v
				default:
					if chain[j] += v; row%512 == 511 || row == rows-1 {
						want[j] += chain[j]
						chain[j] = 0
					}
				}
			}
			for _, e := range testEngines(t) {
				dst, intact := margins(make([]float32, n+20), 10, n)
				e.ColumnSums(dst, x)
				checkSame(t, [][]float32{dst}, [][]float32{want}, 0, 0, e, rows, n)
				if !intact() {
					t.Fatal("wrote outside of dst")
				}
			}
		}
	}
}

// TestColumnSumsWide has so many columns that a chain of rows has 2^31 elements.
func TestColumnSumsWide(t *testing.T) {
	const n = 1<<31/chainSteps + 1
	x, dst := make([]float32, 2*n), make([]float32, n)
	for i := range x {
		x[i] = 1
	}
	New(Default(), 1).ColumnSums(dst, x)
	for j, sum := range dst {
		if sum != 2 {
			t.Fatalf("sum %d is %v, want 2", j, sum)
		}
	}
}

// TestNothingAllocated runs everything twice and more.
func TestNothingAllocated(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	rng := rand.New(rand.NewPCG(29, 30))
	for _, r := range testRows(t) {
		n := 2*chunk + 8
		if brief() || r == &goRow {
			n = chunk + 8
		}
		for _, threads := range []int{1, 2} {
			if r == &goRow && threads == 1 {
				continue // on two threads it does the same, and more
			}
			e := New(Set{r}, threads)
			for _, m := range methods {
				in, out := arrays(rng, m.in, n), arrays(rng, m.out, n)
				expectNoAllocs(t, e, m.name, func() { m.call(e, out, in) })
			}
			x, y, z, kl := make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n/8)
			expectNoAllocs(t, e, "ColumnSums", func() { e.ColumnSums(x[:512], y[:chunk]) })
			expectNoAllocs(t, e, "Reparameterize with kl", func() { e.Reparameterize(n/8, x, kl, y, z, Drawn(Noise{})) })
			expectNoAllocs(t, e, "Gemm", func() {
				gemm32(e, true, false, 30, 40, 50, 1, x, 30, y, 40, 0.5, z, 40)
				gemm32(e, false, true, 50, 30, 20, 1, x, 20, y, 20, 1, z, 30)
				gemmBias(e, false, false, 30, 40, 50, x, 50, y, 40, kl[:40], ReLU, z, 40)
			})
			d := make([]float64, 3000)
			expectNoAllocs(t, e, "GemmFloat64", func() {
				gemm64(e, true, false, 30, 20, 10, 1, d[:300], 30, d[1000:], 20, 0.5, d[2000:], 20)
			})
		}
	}
}
