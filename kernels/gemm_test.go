package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
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
	p.with(e, a, lda, b, ldb, c, ldc, nil)
}

func (p gemmCall[T]) with(e *Engine, a []T, lda int, b []T, ldb int, c []T, ldc int, ep *EpilogueOf[T]) {
	x, y, z := view(false, p.m, p.n, c, ldc), view(p.transA, p.m, p.k, a, lda), view(p.transB, p.k, p.n, b, ldb)
	gemmOf[T](e).multiply(&x, p.alpha, &y, &z, p.beta, ep)
}

// gemmOf is what e makes products of T with.
func gemmOf[T Float](e *Engine) *gemm[T] {
	if g, ok := any(&e.gemm32).(*gemm[T]); ok {
		return g
	}
	return any(&e.gemm64).(*gemm[T])
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
func (p gemmCall[T]) define(a, b, c *mat[T], ep *EpilogueOf[T]) []T {
	if ep == nil {
		ep = &EpilogueOf[T]{}
	}
	out := make([]T, p.m*p.n)
	for i := range p.m {
		if !spotChecked(i, p.m, p.n) {
			continue
		}
		for j := range p.n {
			var start T
			switch {
			case ep.Bias != nil:
				start = ep.Bias[j]
			case ep.RowBias != nil:
				start = ep.RowBias[i]
			case p.beta != 0:
				start = p.beta * *c.at(i, j)
			}
			s := p.chains(a, b, i, j, start)
			if ep.Activation == ReLU && s <= 0 {
				s = 0
			}
			if ep.Mask.Data != nil && !(ep.Mask.Data[i*ep.Mask.Stride+j] > 0) {
				s = 0
			}
			out[i*p.n+j] = s
		}
	}
	return out
}

// chains is element (i, j) of alpha·A·B, of which only the first chain starts from
// start.
func (p gemmCall[T]) chains(a, b *mat[T], i, j int, start T) T {
	if p.alpha == 0 {
		return start
	}
	fma := fmaOf[T]()
	sum, chain := start, start
	for q := range p.k {
		if q > 0 && q%ref.ChainSteps == 0 {
			if sum = chain; q > ref.ChainSteps {
				sum = start + chain
			}
			start, chain = sum, 0
		}
		x, y := [2]int{i, q}, [2]int{q, j}
		if p.transA {
			x = [2]int{q, i}
		}
		if p.transB {
			y = [2]int{j, q}
		}
		ax := p.alpha * *a.at(x[0], x[1])
		chain = fma(ax, *b.at(y[0], y[1]), chain)
	}
	if p.k > ref.ChainSteps {
		return start + chain
	}
	return chain
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
	want := p.define(a, b, c, nil)
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
