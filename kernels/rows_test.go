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

	"github.com/lanewise/lanewise/kernels/asm"
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

// An opCase is an operation as the tests call it.
type opCase struct {
	asm.Op
	*asm.Arity
	outputs int // how many are wanted
}

// opCases are all operations, those with an optional output with it and without it.
func opCases() []opCase {
	var cases []opCase
	for op := range asm.Op(asm.NumOps) {
		c := opCase{op, &asm.Ops[op], len(asm.Ops[op].Out)}
		cases = append(cases, c)
		if c.Optional {
			c.outputs--
			cases = append(cases, c)
		}
	}
	return cases
}

func (c *opCase) String() string {
	if c.outputs < len(c.Out) {
		return c.Name + " without " + c.Out[c.outputs]
	}
	return c.Name
}

// call runs the kernel of a row. What is left in the arguments is the sum and the
// noise's counter, which starts just below a carry into its upper half.
func (c *opCase) call(r *row, out, in [][]float32, n int) *asm.Args {
	a := &asm.Args{
		N:       n,
		Scalars: [8]float32{0.9, 0.1, 0.999, 0.001, 1e-3, 1.5, 1e-8, 0.99},
		Noise:   [3]uint64{0x0123456789abcdef, 0xfedcba9876543210, 1<<32 - 32},
	}
	for k, x := range out {
		a.Out[k] = unsafe.SliceData(x)
	}
	for k, x := range in {
		a.In[k] = unsafe.SliceData(x)
	}
	r.ops[c.Op](a)
	forget(a)
	return a
}

// sameArgs tells whether two kernels have left the same.
func sameArgs(a, b *asm.Args) bool {
	x, y := *a, *b
	x.Sum, y.Sum = 0, 0
	return x == y && same(a.Sum, b.Sum)
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
		for _, op := range opCases() {
			t.Run(r.name+"/"+op.String(), func(t *testing.T) {
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
					for o := range op.outputs {
						for i := range op.In {
							if !op.InPlace {
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
		for _, op := range opCases() {
			t.Run(r.name+"/"+op.String(), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(3, 4))
				usual := func(x []float32) {
					for i := range x {
						x[i] = 0x1p-10 + rng.Float32()*4
						if op.Op != asm.Log && rng.IntN(2) == 0 {
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
func checkRow(t *testing.T, r *row, op opCase, n int, l layout, fill func(x []float32), o, i int) {
	t.Helper()
	var in, out, wantIn, wantOut [][]float32
	var intact []func() bool
	place := func() []float32 {
		x, ok := l.place(t, n)
		intact = append(intact, ok)
		return x
	}
	for range op.In {
		x := place()
		fill(x)
		in, wantIn = append(in, x), append(wantIn, slices.Clone(x))
	}
	for k := range op.outputs {
		x := place
		if k == o {
			x = func() []float32 { return in[i] }
		}
		out = append(out, x())
		if op.InPlace {
			fill(out[k])
		}
		if op.Op == asm.Adam && op.Out[k] == "v" {
			for j, v := range out[k] {
				out[k][j] = float32(math.Abs(float64(v)))
			}
		}
		wantOut = append(wantOut, slices.Clone(out[k]))
	}
	want := op.call(&goRow, wantOut, wantIn, n)
	got := op.call(r, out, in, n)
	for k := range out {
		for j := range out[k] {
			if !same(out[k][j], wantOut[k][j]) {
				t.Fatalf("n=%d %s alias(%d,%d): out[%d][%d] = %x, reference %x", n, l.name, o, i, k, j,
					math.Float32bits(out[k][j]), math.Float32bits(wantOut[k][j]))
			}
		}
	}
	if !sameArgs(got, want) {
		t.Fatalf("n=%d %s: leaves %+v, reference %+v", n, l.name, got, want)
	}
	for _, ok := range intact {
		if !ok() {
			t.Fatalf("n=%d %s: wrote outside of its arrays", n, l.name)
		}
	}
}
