package kernels

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"unsafe"
)

var onlySet = flag.String("set", "", "the only set to test: an emulator is slow")

// testRows are the rows to compare with goRow. LANEWISE_REQUIRE names sets,
// separated by commas, whose absence is a failure.
func testRows(t testing.TB) []*row {
	t.Helper()
	rs := rows()
	if *onlySet != "" {
		rs = slices.DeleteFunc(rs, func(r *row) bool { return r.name != *onlySet })
		if len(rs) == 0 {
			t.Fatalf("-set %s: this machine does not have it", *onlySet)
		}
	}
	var names []string
	for _, r := range rs {
		names = append(names, r.name)
	}
	for _, want := range strings.Split(os.Getenv("LANEWISE_REQUIRE"), ",") {
		if want != "" && !strings.Contains(","+strings.Join(names, ",")+",", ","+want+",") {
			t.Fatalf("LANEWISE_REQUIRE names %s; this machine has %s", want, names)
		}
	}
	return rs
}

// goAlone tells that the machine has the reference and nothing to compare it
// with: what is left is its own arithmetic, threads and bounds.
func goAlone() bool { return len(rows()) == 1 }

// A rowOp is one kernel of a row, as the tests see it: nout arrays computed
// from nin arrays, and a few numbers beside them.
type rowOp struct {
	name      string
	nout, nin int
	inout     bool // the outputs are the first inputs, updated in place
	call      func(r *row, out, in []*float32, n int, extra *[3]float32)
}

func rowOps() []rowOp {
	ops := []rowOp{
		{name: "scale", nout: 1, nin: 1, call: func(r *row, o, i []*float32, n int, _ *[3]float32) { r.scale(o[0], i[0], n, 1.7) }},
		{name: "sum", nin: 1, call: func(r *row, _, i []*float32, n int, x *[3]float32) { r.sum(i[0], n, &x[0]) }},
		{name: "bce", nout: 1, nin: 2, call: func(r *row, o, i []*float32, n int, x *[3]float32) {
			r.bce(o[0], i[0], i[1], n, 0.125, &x[0])
		}},
		{name: "squaredError", nout: 1, nin: 2, call: func(r *row, o, i []*float32, n int, x *[3]float32) {
			r.squaredError(o[0], i[0], i[1], n, 0.3, &x[0])
		}},
		{name: "normal", nout: 1, call: func(r *row, o, _ []*float32, n int, x *[3]float32) {
			s := testNoise()
			r.normal(o[0], n, &s)
			noiseTo(x, s)
		}},
		{name: "reparam", nout: 2, nin: 3, call: func(r *row, o, i []*float32, n int, _ *[3]float32) {
			r.reparam(o[0], o[1], i[0], i[1], i[2], n)
		}},
		{name: "reparamNoise", nout: 2, nin: 2, call: func(r *row, o, i []*float32, n int, x *[3]float32) {
			s := testNoise()
			r.reparamNoise(o[0], o[1], nil, i[0], i[1], n, &s)
			noiseTo(x, s)
		}},
		{name: "reparamNoiseKept", nout: 3, nin: 2, call: func(r *row, o, i []*float32, n int, x *[3]float32) {
			s := testNoise()
			r.reparamNoise(o[0], o[1], o[2], i[0], i[1], n, &s)
			noiseTo(x, s)
		}},
		{name: "reparamGrad", nout: 2, nin: 4, call: func(r *row, o, i []*float32, n int, _ *[3]float32) {
			r.reparamGrad(o[0], o[1], i[0], i[1], i[2], i[3], n, 0.7)
		}},
		{name: "reparamGradNoise", nout: 2, nin: 3, call: func(r *row, o, i []*float32, n int, x *[3]float32) {
			s := testNoise()
			r.reparamGradNoise(o[0], o[1], i[0], i[1], i[2], n, 0.7, &s)
			noiseTo(x, s)
		}},
		{name: "adam", nout: 3, nin: 4, inout: true, call: func(r *row, o, i []*float32, n int, _ *[3]float32) {
			r.adam(o[0], o[1], o[2], i[3], n, 0.9, 0.1, 0.999, 0.001, 1e-3, 1.5, 1e-8, 0.99)
		}},
	}
	for name, f := range map[string]func(*row) unary{
		"exp": func(r *row) unary { return r.exp }, "log": func(r *row) unary { return r.log },
		"sigmoid": func(r *row) unary { return r.sigmoid }, "tanh": func(r *row) unary { return r.tanh },
		"softplus": func(r *row) unary { return r.softplus }, "relu": func(r *row) unary { return r.relu },
	} {
		ops = append(ops, rowOp{name: name, nout: 1, nin: 1, call: func(r *row, o, i []*float32, n int, _ *[3]float32) {
			f(r)(o[0], i[0], n)
		}})
	}
	for name, f := range map[string]func(*row) binary{
		"expGrad": func(r *row) binary { return r.expGrad }, "logGrad": func(r *row) binary { return r.logGrad },
		"sigmoidGrad": func(r *row) binary { return r.sigmoidGrad }, "tanhGrad": func(r *row) binary { return r.tanhGrad },
		"softplusGrad": func(r *row) binary { return r.softplusGrad }, "reluGrad": func(r *row) binary { return r.reluGrad },
		"add": func(r *row) binary { return r.add }, "kl": func(r *row) binary { return r.kl },
	} {
		ops = append(ops, rowOp{name: name, nout: 1, nin: 2, call: func(r *row, o, i []*float32, n int, _ *[3]float32) {
			f(r)(o[0], i[0], i[1], n)
		}})
	}
	return ops
}

// testNoise starts just below a carry into the counter's upper half.
func testNoise() [3]uint64 { return [3]uint64{0x0123456789abcdef, 0xfedcba9876543210, 1<<32 - 32} }

func noiseTo(x *[3]float32, s [3]uint64) {
	x[1] = math.Float32frombits(uint32(s[2]) & 0x3fffffff)
	x[2] = float32(s[2] >> 32)
}

var specials = []float32{
	float32(math.NaN()), float32(math.Inf(1)), float32(math.Inf(-1)), 0, float32(math.Copysign(0, -1)),
	math.SmallestNonzeroFloat32, -math.SmallestNonzeroFloat32, 0x1p-126, -0x1p-126, 0x1.fffffcp-127,
	math.MaxFloat32, -math.MaxFloat32, 1, -1, 88.72283, 88.72284, -87.33654, -103.97207, -103.97209, 0.5, 2, 89, -104,
	math.Float32frombits(0xffc12345), math.Float32frombits(0x7f812345), // NaN of both signs, one signaling
}

// fill draws values of all magnitudes; with special, one in four is special.
func fill(x []float32, rng *rand.Rand, special bool) {
	for i := range x {
		switch k := rng.IntN(8); {
		case special && k < 2:
			x[i] = specials[rng.IntN(len(specials))]
		case special && k == 2:
			x[i] = math.Float32frombits(rng.Uint32())
		case k < 5:
			x[i] = float32(rng.NormFloat64())
		default:
			x[i] = float32(rng.NormFloat64() * 30)
		}
	}
}

func same(a, b float32) bool {
	return math.Float32bits(a) == math.Float32bits(b) || a != a && b != b
}

const canary = 0x7fabcdef // a NaN that no kernel makes

// A layout places n elements somewhere and tells whether the surroundings are
// as they were.
type layout struct {
	name  string
	place func(t testing.TB, n int) (x []float32, intact func() bool)
}

func offsetLayout(k int) layout {
	return layout{fmt.Sprint("offset", k), func(t testing.TB, n int) ([]float32, func() bool) {
		return margins(make([]float32, n+40), 16+k, n)
	}}
}

// margins fills what surrounds buf[at:at+n] with canaries.
func margins(buf []float32, at, n int) ([]float32, func() bool) {
	for i := range buf {
		buf[i] = math.Float32frombits(canary)
	}
	return buf[at : at+n : at+n], func() bool {
		for i, v := range buf {
			if (i < at || i >= at+n) && math.Float32bits(v) != canary {
				return false
			}
		}
		return true
	}
}

var layouts = []layout{
	offsetLayout(0), offsetLayout(1), offsetLayout(7),
	{"guardAfter", func(t testing.TB, n int) ([]float32, func() bool) {
		return margins(guarded(t, n+9, true), 9, n)
	}},
	{"guardBefore", func(t testing.TB, n int) ([]float32, func() bool) {
		return margins(guarded(t, n+9, false), 0, n)
	}},
}

// TestRowsMatchReference compares every kernel of every set with the
// reference, on bits: all lengths to two groups and more, arrays apart, in
// place, unaligned, and against guard pages.
func TestRowsMatchReference(t *testing.T) {
	lengths := []int{191, 192, 1000, 1024}
	for n := range 133 {
		lengths = append(lengths, n)
	}
	all := lengths
	for _, r := range testRows(t) {
		if lengths = all; r == &goRow { // compared with itself: where it writes
			lengths = []int{0, 1, 2, 15, 16, 17, 63, 64, 65, 131, 1024}
		}
		for _, op := range rowOps() {
			t.Run(r.name+"/"+op.name, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(1, 2))
				filled := func(special bool) func(x []float32) {
					return func(x []float32) { fill(x, rng, special) }
				}
				for _, n := range lengths {
					for _, l := range layouts {
						if strings.HasPrefix(l.name, "guard") && n > 70 && n%61 != 0 {
							continue // two groups are enough there
						}
						checkRow(t, r, op, n, l, filled(n%2 == 1), -1, -1)
					}
					for o := range op.nout {
						for i := range op.nin {
							if !op.inout {
								checkRow(t, r, op, n, layouts[1], filled(n%2 == 0), o, i)
							}
						}
					}
				}
			})
		}
	}
}

// TestRareElements takes numbers for which no kernel has a special case, and
// others, at the limits of the shortcuts in gen/domain.go too, in few places: a
// rare element of every kind in every vector of two groups and of a tail, and one
// in every place. So vectors take the fast path, the cold one, and that of the tail.
func TestRareElements(t *testing.T) {
	rare := append(specials[:len(specials):len(specials)], 0x1.ep-127)
	for _, limit := range []float32{86, -86, 87.33654, -87.33654, 29, -29, 30, -30, 0x1p-126} {
		for _, to := range []float32{0, math.MaxFloat32, -math.MaxFloat32} {
			rare = append(rare, limit, math.Nextafter32(limit, to))
		}
	}
	lengths := []int{144, 147}
	if brief() {
		lengths = lengths[1:]
	}
	for _, r := range testRows(t) {
		if r == &goRow {
			continue
		}
		for _, op := range rowOps() {
			t.Run(r.name+"/"+op.name, func(t *testing.T) {
				rng := rand.New(rand.NewPCG(3, 4))
				usual := func(x []float32) {
					for i := range x {
						x[i] = 0x1p-10 + rng.Float32()*4
						if op.name != "log" && rng.IntN(2) == 0 {
							x[i] = -x[i]
						}
					}
				}
				with := func(n, at int, v float32) {
					t.Helper()
					checkRow(t, r, op, n, layouts[1], func(x []float32) {
						usual(x)
						x[at] = v
					}, -1, -1)
				}
				for _, n := range lengths {
					checkRow(t, r, op, n, layouts[1], usual, -1, -1)
					for at := range n {
						with(n, at, rare[rng.IntN(len(rare))])
					}
					for _, v := range rare {
						const lanes = 16 // of the widest vectors
						for from := 0; from < n && n == lengths[len(lengths)-1]; from += lanes {
							with(n, from+rng.IntN(min(lanes, n-from)), v)
						}
					}
				}
			})
		}
	}
}

// checkRow runs op in r and in goRow, on inputs that fill has filled. Output o is
// the same array as input i, unless they are negative.
func checkRow(t *testing.T, r *row, op rowOp, n int, l layout, fill func(x []float32), o, i int) {
	t.Helper()
	var in, out, wantIn, wantOut [][]float32
	var intact []func() bool
	place := func() []float32 {
		x, ok := l.place(t, n)
		intact = append(intact, ok)
		return x
	}
	for range op.nin {
		x := place()
		fill(x)
		in = append(in, x)
		wantIn = append(wantIn, append([]float32(nil), x...))
	}
	if op.inout {
		for k := range in[2] {
			in[2][k] = float32(math.Abs(float64(in[2][k]))) // v of Adam
		}
		copy(wantIn[2], in[2])
	}
	for k := range op.nout {
		switch {
		case op.inout:
			out, wantOut = append(out, in[k]), append(wantOut, wantIn[k])
		case k == o:
			out, wantOut = append(out, in[i]), append(wantOut, make([]float32, n))
		default:
			out, wantOut = append(out, place()), append(wantOut, make([]float32, n))
		}
	}
	var got, want [3]float32
	op.call(&goRow, pointers(wantOut), pointers(wantIn), n, &want)
	op.call(r, pointers(out), pointers(in), n, &got)
	for k := range out {
		for j := range out[k] {
			if !same(out[k][j], wantOut[k][j]) {
				t.Fatalf("n=%d %s alias(%d,%d): out[%d][%d] = %x, reference %x", n, l.name, o, i, k, j,
					math.Float32bits(out[k][j]), math.Float32bits(wantOut[k][j]))
			}
		}
	}
	for j := range got {
		if !same(got[j], want[j]) {
			t.Fatalf("n=%d %s: sum or word of the counter %d = %v, reference %v", n, l.name, j, got[j], want[j])
		}
	}
	for _, ok := range intact {
		if !ok() {
			t.Fatalf("n=%d %s: wrote outside of its arrays", n, l.name)
		}
	}
}

func pointers(xs [][]float32) []*float32 {
	ps := make([]*float32, len(xs))
	for i, x := range xs {
		ps[i] = unsafe.SliceData(x)
	}
	return ps
}
