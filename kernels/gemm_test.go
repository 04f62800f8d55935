package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/lanewise/lanewise/internal/ref"
)

// testEngines are engines of every set on 1, 2 and 7 threads. Beside another
// set the reference runs on 2: threads share the work in the same way for all.
func testEngines(t testing.TB) []*Engine {
	t.Helper()
	var es []*Engine
	for _, r := range testRows(t) {
		for _, threads := range []int{1, 2, 7} {
			if threads == 2 || r != &goRow || goAlone() {
				es = append(es, New(Set{r}, threads))
			}
		}
	}
	return es
}

// big is how many multiplications make a product that few engines get, and
// huge one that the reference does not: it is slow, and under an emulator
// thirty times slower.
const big, huge = 200_000, 10_000_000

// tooMuch tells whether the reference leaves out work of this size. Alone, it
// does what is big on 7 threads only.
func (e *Engine) tooMuch(work int) bool {
	return e.set.row == &goRow && (work > huge || work > big && goAlone() && e.Threads() != 7)
}

// spotChecked tells whether row i of so many is compared where all would take
// too long: some of every block.
func spotChecked(i, rows, cols int) bool {
	return rows*cols < 500_000 || i%13 == 0 || i == rows-1
}

func (e *Engine) String() string { return fmt.Sprint(e.set.name, "/", e.pool.threads, " threads") }

// A gemmCall is a call of Gemm, but for the matrices.
type gemmCall[T Float] struct {
	transA, transB bool
	m, n, k        int
	alpha, beta    T
}

func (p gemmCall[T]) String() string {
	return fmt.Sprintf("%T A%s %dx%dx%d alpha=%v beta=%v", p.alpha, map[[2]bool]string{
		{}: "B", {false, true}: "Bᵀ", {true, false}: "ᵀB", {true, true}: "ᵀBᵀ"}[[2]bool{p.transA, p.transB}],
		p.m, p.n, p.k, p.alpha, p.beta)
}

// run is Gemm of either element type.
func (p gemmCall[T]) run(e *Engine, a []T, lda int, b []T, ldb int, c []T, ldc int) {
	switch c := any(c).(type) {
	case []float32:
		gemm32(e, p.transA, p.transB, p.m, p.n, p.k, float32(p.alpha), any(a).([]float32), lda, any(b).([]float32), ldb, float32(p.beta), c, ldc)
	case []float64:
		gemm64(e, p.transA, p.transB, p.m, p.n, p.k, float64(p.alpha), any(a).([]float64), lda, any(b).([]float64), ldb, float64(p.beta), c, ldc)
	}
}

// transposes calls f for all four.
func transposes(f func(transA, transB bool)) {
	for i := range 4 {
		f(i&1 != 0, i&2 != 0)
	}
}

// dense is a matrix without gaps, at(i, p) where it is not transposed.
func dense[T Float](trans bool, rows, cols int, at func(i, p int) T) (x []T, ld int) {
	if trans {
		return dense(false, cols, rows, func(p, i int) T { return at(i, p) })
	}
	x = make([]T, 0, rows*cols)
	for i := range rows {
		for p := range cols {
			x = append(x, at(i, p))
		}
	}
	return x, max(1, cols)
}

// TestGemmIntegers compares products of small integers, which are exact, with
// a triple loop. Every shape has every transposition on every engine; alpha,
// beta and k take turns.
func TestGemmIntegers(t *testing.T) {
	alphas, betas, ks := []float64{0, 1, -2, 0.5}, []float64{0, 1, -1, 3}, []int{0, 1, 2, 3, 4, 5, 8, 17}
	es := testEngines(t)
	const maxM, maxN, maxK = 33, 49, 17
	small := func(n int) []int {
		rng := rand.New(rand.NewPCG(3, 4))
		x := make([]int, n)
		for i := range x {
			x[i] = rng.IntN(9) - 4
		}
		return x
	}
	av, bv, cv := small(maxM*maxK), small(maxK*maxN), small(maxM*maxN)
	want := make([]float64, maxM*maxN)
	turn := 0
	for m := range maxM + 1 {
		for n := range maxN + 1 {
			if brief() && (m*7+n)%5 != 0 {
				continue
			}
			turn++
			for s := range 2 { // two of the k, of different parity at every turn
				k := ks[(turn+4*s)%len(ks)]
				pair := turn/8 + 5*s
				alpha, beta := alphas[pair%4], betas[pair/4%4]
				for i := range m {
					for j := range n {
						sum := 0
						for p := range k {
							sum += av[i*maxK+p] * bv[p*maxN+j]
						}
						want[i*maxN+j] = alpha*float64(sum) + beta*float64(cv[i*maxN+j])
					}
				}
				checkIntegers[float32](t, es, m, n, k, alpha, beta, av, bv, cv, want, turn)
				checkIntegers[float64](t, es, m, n, k, alpha, beta, av, bv, cv, want, turn)
			}
		}
	}
}

func checkIntegers[T Float](t *testing.T, es []*Engine, m, n, k int, alpha, beta float64, av, bv, cv []int, want []float64, turn int) {
	const maxN, maxK = 49, 17
	var c []T
	transposes(func(transA, transB bool) {
		a, lda := dense(transA, m, k, func(i, p int) T { return T(av[i*maxK+p]) })
		b, ldb := dense(transB, k, n, func(p, j int) T { return T(bv[p*maxN+j]) })
		p := gemmCall[T]{transA, transB, m, n, k, T(alpha), T(beta)}
		for i, e := range es {
			// Threads cost more than they are worth here, and the reference has
			// tiles of 4x4: one transposition each.
			if trans := (turn + i) % 4; (e.Threads() > 1 || e.set.row == &goRow) && (transA != (trans&1 != 0) || transB != (trans&2 != 0)) {
				continue
			}
			c = c[:0]
			for i := range m {
				for j := range n {
					c = append(c, T(cv[i*maxN+j]))
				}
			}
			p.run(e, a, lda, b, ldb, c, max(1, n))
			for i := range m {
				for j := range n {
					if got := float64(c[i*n+j]); !(got == want[i*maxN+j]) {
						t.Fatalf("%v, %v: C[%d,%d] = %v, want %v", e, p, i, j, got, want[i*maxN+j])
					}
				}
			}
		}
	})
}

// A mat is a matrix of which everything but the elements is a canary: the gaps
// behind its rows, and what comes before and after it.
type mat[T Float] struct {
	rows, cols, ld int
	buf            []T
	first          int
}

// newMat lets the matrix start at element first of its memory.
func newMat[T Float](rows, cols, gap, first int) *mat[T] {
	m := &mat[T]{rows: rows, cols: cols, ld: max(1, cols+gap), first: first}
	m.fresh(make([]T, first+rows*m.ld+5))
	return m
}

func (m *mat[T]) fresh(buf []T) {
	m.buf = buf
	for i := range buf {
		buf[i] = canaryOf[T]()
	}
}

// x is what a caller passes: it ends with the last element.
func (m *mat[T]) x() []T {
	n := 0
	if m.rows > 0 && m.cols > 0 {
		n = (m.rows-1)*m.ld + m.cols
	}
	return m.buf[m.first:][:n:n]
}

func (m *mat[T]) at(i, j int) *T { return &m.buf[m.first+i*m.ld+j] }

func (m *mat[T]) each(f func(i, j int, x *T)) {
	for i := range m.rows {
		for j := range m.cols {
			f(i, j, m.at(i, j))
		}
	}
}

func (m *mat[T]) intact() bool {
	for k, v := range m.buf {
		d := k - m.first
		if d >= 0 && d/m.ld < m.rows && d%m.ld < m.cols {
			continue
		}
		if bitsOf(v) != bitsOf(canaryOf[T]()) {
			return false
		}
	}
	return true
}

// canaryOf is a NaN that no kernel makes.
func canaryOf[T Float]() T {
	var c T
	switch c := any(&c).(type) {
	case *float32:
		*c = math.Float32frombits(canary)
	case *float64:
		*c = math.Float64frombits(0x7ff8abcdef012345)
	}
	return c
}

func bitsOf[T Float](x T) uint64 {
	if unsafe.Sizeof(x) == 4 {
		return uint64(*(*uint32)(unsafe.Pointer(&x)))
	}
	return *(*uint64)(unsafe.Pointer(&x))
}

func sameT[T Float](a, b T) bool { return bitsOf(a) == bitsOf(b) || a != a && b != b }

func fmaOf[T Float]() func(x, y, z T) T {
	if f, ok := any(ref.FMA).(func(x, y, z T) T); ok {
		return f
	}
	return any(math.FMA).(func(x, y, z T) T)
}

// define is what Gemm is documented to be, element by element.
func (p gemmCall[T]) define(a, b, c *mat[T], bias []T, act Activation) []T {
	fma := fmaOf[T]()
	out := make([]T, 0, p.m*p.n)
	for i := range p.m {
		if !spotChecked(i, p.m, p.n) {
			out = append(out, make([]T, p.n)...)
			continue
		}
		for j := range p.n {
			var s T
			switch {
			case bias != nil:
				s = bias[j]
			case p.beta != 0:
				s = p.beta * *c.at(i, j)
			}
			var chain T // of its own, after the first
			for q := range p.k {
				if p.alpha == 0 {
					break
				}
				if q%ref.ChainSteps == 0 && q > 0 {
					if q > ref.ChainSteps {
						s += chain
					}
					chain = 0
				}
				x, y := [2]int{i, q}, [2]int{q, j}
				if p.transA {
					x = [2]int{q, i}
				}
				if p.transB {
					y = [2]int{j, q}
				}
				ax := p.alpha * *a.at(x[0], x[1])
				if q < ref.ChainSteps {
					s = fma(ax, *b.at(y[0], y[1]), s)
				} else {
					chain = fma(ax, *b.at(y[0], y[1]), chain)
				}
			}
			if p.k > ref.ChainSteps && p.alpha != 0 {
				s += chain
			}
			if act == ReLU && s <= 0 {
				s = 0
			}
			out = append(out, s)
		}
	}
	return out
}

func (p gemmCall[T]) mats(gap, first int) (a, b, c *mat[T]) {
	shape := func(trans bool, rows, cols, g int) *mat[T] {
		if trans {
			rows, cols = cols, rows
		}
		return newMat[T](rows, cols, g, first)
	}
	return shape(p.transA, p.m, p.k, gap), shape(p.transB, p.k, p.n, 2*gap), shape(false, p.m, p.n, 3*gap)
}

func draw[T Float](rng *rand.Rand, special bool) T {
	if special && rng.IntN(24) == 0 {
		return T(specials[rng.IntN(len(specials))])
	}
	return T(float32(rng.NormFloat64()))
}

// against runs p on every engine and compares it with its definition, on bits.
func (p gemmCall[T]) against(t *testing.T, es []*Engine, rng *rand.Rand, gap, first int, special bool) {
	t.Helper()
	a, b, c := p.mats(gap, first)
	for _, m := range []*mat[T]{a, b, c} {
		m.each(func(_, _ int, x *T) { *x = draw[T](rng, special) })
	}
	want := p.define(a, b, c, nil, NoActivation)
	start := append([]T(nil), c.buf...)
	for _, e := range es {
		if e.tooMuch(p.m * p.n * p.k) {
			continue
		}
		copy(c.buf, start)
		p.run(e, a.x(), a.ld, b.x(), b.ld, c.x(), c.ld)
		c.compare(t, want, e, p)
		if !a.intact() || !b.intact() {
			t.Fatalf("%v, %v: changed the surroundings of an operand", e, p)
		}
	}
}

func (c *mat[T]) compare(t *testing.T, want []T, e *Engine, what fmt.Stringer) {
	t.Helper()
	c.each(func(i, j int, x *T) {
		if !sameT(*x, want[i*c.cols+j]) && spotChecked(i, c.rows, c.cols) {
			t.Fatalf("%v, %v: C[%d,%d] = %v (%x), by definition %v (%x)", e, what, i, j,
				*x, bitsOf(*x), want[i*c.cols+j], bitsOf(want[i*c.cols+j]))
		}
	})
	if !c.intact() {
		t.Fatalf("%v, %v: wrote outside of C", e, what)
	}
}

// blockShapes are m, n, k beside every bound of the plans of all sets, and every
// tile, with the other two small.
func blockShapes(t testing.TB) [][3]int {
	shapes := [][3]int{{1, 2*chunk + 5, 1}, {1, 1, 1}, {1, 1, 3000}, {2, 3, 0}, {5, 1, 2}, {1, 7, 2}, {5, 1, 38*chainSteps + 1}}
	near := func(n int, f func(n int) [3]int) {
		for d := -1; d <= 1; d++ {
			shapes = append(shapes, f(n+d))
		}
	}
	for _, k := range []int{chainSteps, 2 * chainSteps} {
		near(k, func(k int) [3]int { return [3]int{7, 19, k} })
		near(k, func(k int) [3]int { return [3]int{1, 67, k} })
		near(k, func(k int) [3]int { return [3]int{25, 5, k} })
	}
	for _, k := range []int{dotRows - 1, dotRows, 403, 8201} { // a few rows
		shapes = append(shapes, [3]int{1, 67, k}, [3]int{1, 93, k}, [3]int{2, 8, k}, [3]int{2, 15, k})
	}
	for _, c := range testCosts(t) {
		near(c.blockA/chainSteps, func(m int) [3]int { return [3]int{m, 5, chainSteps} })
		for _, tile := range c.tiles { // blocks of the first chain
			near(min(chainSteps, c.panelB/tile.nr/8*8), func(k int) [3]int { return [3]int{7, 5, k} })
		}
		near(c.nc, func(n int) [3]int { return [3]int{3, n, 2} })
		shapes = append(shapes, [3]int{40, 64, 8}, [3]int{40, 64, 7}, [3]int{c.transposeRows, 70, 33}) // transposed, and not
		for _, rule := range c.rowRules {                                                              // row by row, and not
			m := min(rule.rows, 40)
			near(rule.cols, func(n int) [3]int { return [3]int{m, n, rule.steps} })
			near(rule.steps, func(k int) [3]int { return [3]int{m, rule.cols, k} })
			shapes = append(shapes, [3]int{m + 1, rule.cols, rule.steps}, [3]int{m, c.rowShared/rule.steps + 1, rule.steps / 2})
		}
		if c.rowCols > 0 {
			shapes = append(shapes, [3]int{2, c.nc + 1, 2*c.rowDepth + 1}, [3]int{1 + c.rowsInCall, 100, 4}, [3]int{1000, 100, 4}, [3]int{2, 3000, 100})
		}
		for _, tile := range c.tiles {
			near(tile.mr, func(m int) [3]int { return [3]int{m, tile.nr + 1, 11} })
			near(3*tile.mr, func(m int) [3]int { return [3]int{m, tile.nr, 6} })
			near(2*tile.nr, func(n int) [3]int { return [3]int{tile.mr + 1, n, 5} })
		}
		if !brief() {
			shapes = append(shapes, [3]int{c.blockA/chainSteps + 1, 50, 2*chainSteps + 1}) // two kinds of block at once
			if !goAlone() {
				shapes = append(shapes, [3]int{1500, c.nc + 1, 2}) // huge
			}
		}
	}
	slices.SortFunc(shapes, func(a, b [3]int) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(shapes)
}

// testCosts are those of all sets and element types.
func testCosts(t testing.TB) (cs []*costs) {
	for _, r := range testRows(t) {
		cs = append(cs, &r.gemm32.costs, &r.gemm64.costs)
	}
	return cs
}

func TestGemmDefinition(t *testing.T) {
	t.Run("float32", gemmDefinition[float32])
	t.Run("float64", gemmDefinition[float64])
}

func gemmDefinition[T Float](t *testing.T) {
	es := testEngines(t)
	rng := rand.New(rand.NewPCG(5, 6))
	alphas, betas := []T{1, -0.7, 0, 1.3, 1, 1}, []T{0, 1, 0.9, -3.1}
	for turn, s := range blockShapes(t) {
		transposes(func(transA, transB bool) {
			if s[0]*s[1]*s[2] > big && (transA != (turn%2 == 0) || transB) {
				return
			}
			p := gemmCall[T]{transA, transB, s[0], s[1], s[2], alphas[rng.IntN(len(alphas))], betas[rng.IntN(4)]}
			p.against(t, es, rng, rng.IntN(4), rng.IntN(8), turn%2 == 0)
		})
	}
	random := 80
	if brief() {
		random = 10
	}
	for range random { // all of it, special values too
		s := [3]int{rng.IntN(40), rng.IntN(70), rng.IntN(30)}
		transposes(func(transA, transB bool) {
			p := gemmCall[T]{transA, transB, s[0], s[1], s[2], alphas[rng.IntN(len(alphas))], betas[rng.IntN(4)]}
			p.against(t, es, rng, rng.IntN(4), rng.IntN(8), true)
		})
	}
}

func TestGemmBias(t *testing.T) {
	es := testEngines(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for _, s := range blockShapes(t) {
		transposes(func(transA, transB bool) {
			if s[0]*s[1]*s[2] > big && (transA || !transB) {
				return
			}
			for _, act := range []Activation{NoActivation, ReLU} {
				p := gemmCall[float32]{transA, transB, s[0], s[1], s[2], 1, 0}
				a, b, c := p.mats(rng.IntN(3), rng.IntN(8))
				special := rng.IntN(2) == 0
				for _, m := range []*mat[float32]{a, b} {
					m.each(func(_, _ int, x *float32) { *x = draw[float32](rng, special) })
				}
				bias, intact := margins(make([]float32, p.n+30), 11, p.n)
				for j := range bias {
					bias[j] = draw[float32](rng, true)
				}
				if p.k > 0 && p.m > 0 { // a chain of -0: -0 + 0·-0
					for j := range bias {
						if j%5 == 0 {
							bias[j] = float32(math.Copysign(0, -1))
						}
					}
				}
				want := p.define(a, b, c, bias, act)
				for _, e := range es {
					if e.tooMuch(p.m * p.n * p.k) {
						continue
					}
					c.fresh(c.buf) // C is NaN all over and not read
					gemmBias(e, transA, transB, p.m, p.n, p.k, a.x(), a.ld, b.x(), b.ld, bias, act, c.x(), c.ld)
					c.compare(t, want, e, p)
					if !intact() || !a.intact() || !b.intact() {
						t.Fatalf("%v, %v: changed the surroundings of an operand", e, p)
					}
				}
			}
		})
	}
}

func TestGemmReLUGrad(t *testing.T) {
	es := testEngines(t)
	rng := rand.New(rand.NewPCG(11, 12))
	for turn, s := range blockShapes(t) {
		transposes(func(transA, transB bool) {
			if s[0]*s[1]*s[2] > big && (transA || transB) {
				return
			}
			p := gemmCall[float32]{transA, transB, s[0], s[1], s[2], 1, float32(turn % 2)}
			a, b, c := p.mats(rng.IntN(3), rng.IntN(8))
			y := newMat[float32](p.m, p.n, c.ld-p.n, rng.IntN(8))
			for _, m := range []*mat[float32]{a, b, c, y} {
				m.each(func(_, _ int, x *float32) { *x = draw[float32](rng, turn%3 == 0) })
			}
			want := p.define(a, b, c, nil, NoActivation)
			y.each(func(i, j int, x *float32) {
				if !(*x > 0) {
					want[i*p.n+j] = 0
				}
			})
			start := append([]float32(nil), c.buf...)
			for _, e := range es {
				if e.tooMuch(p.m * p.n * p.k) {
					continue
				}
				copy(c.buf, start)
				gemmReLUGrad(e, transA, transB, p.m, p.n, p.k, p.alpha, a.x(), a.ld, b.x(), b.ld, p.beta, y.x(), c.x(), c.ld)
				c.compare(t, want, e, p)
				if !a.intact() || !b.intact() || !y.intact() {
					t.Fatalf("%v, %v: changed the surroundings of an operand", e, p)
				}
			}
		})
	}
}

// TestGemmGuarded has each matrix against an inaccessible page, at either end.
func TestGemmGuarded(t *testing.T) {
	t.Run("float32", func(t *testing.T) {
		gemmGuarded(t, func(n int, atEnd bool) []float32 { return guarded(t, n, atEnd) })
	})
	t.Run("float64", func(t *testing.T) {
		gemmGuarded(t, func(n int, atEnd bool) []float64 {
			x := guarded(t, 2*n, atEnd)
			return unsafe.Slice((*float64)(unsafe.Pointer(&x[0])), n)
		})
	})
}

func gemmGuarded[T Float](t *testing.T, memory func(n int, atEnd bool) []T) {
	const most = 1 << 13
	rng := rand.New(rand.NewPCG(9, 10))
	es := testEngines(t)
	for _, atEnd := range []bool{false, true} {
		var mem [5][]T
		for i := range mem {
			mem[i] = memory(most, atEnd)
		}
		place := func(i, n int) []T {
			if atEnd {
				return mem[i][most-n:]
			}
			return mem[i][:n]
		}
		step := 1
		if brief() {
			step = 5
		}
		for m := 1; m <= 26; m++ {
			for n := 1 + m%step; n <= 66; n += step + m%3 {
				k := (m + n) % 4
				p := gemmCall[T]{m%2 == 0, n%2 == 0, m, n, k, 1, T(n % 3)}
				a, b, c := p.mats(n%2*3, 0)
				for i, x := range []*mat[T]{a, b, c} {
					x.fresh(place(i, len(x.x())))
					x.each(func(_, _ int, x *T) { *x = draw[T](rng, false) })
				}
				bias := place(3, n)
				for j := range bias {
					bias[j] = draw[T](rng, false)
				}
				start := append([]T(nil), c.buf...)
				want := p.define(a, b, c, nil, NoActivation)
				for _, e := range es {
					if e.Threads() != 1 && (m+n)%8 != 0 {
						continue
					}
					copy(c.buf, start)
					p.run(e, a.x(), a.ld, b.x(), b.ld, c.x(), c.ld)
					c.compare(t, want, e, p)
					if bias, ok := any(bias).([]float32); ok {
						a, b, c := any(a).(*mat[float32]), any(b).(*mat[float32]), any(c).(*mat[float32])
						gemmBias(e, p.transA, p.transB, m, n, k, a.x(), a.ld, b.x(), b.ld, bias, NoActivation, c.x(), c.ld)
						y := any(place(4, len(c.x()))).([]float32)
						gemmReLUGrad(e, p.transA, p.transB, m, n, k, 1, a.x(), a.ld, b.x(), b.ld, 0, y, c.x(), c.ld)
					}
				}
			}
		}
	}
}
