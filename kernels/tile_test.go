package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/lanewise/lanewise/internal/ref"
)

// TestTiles runs every micro-kernel by itself: all heights and widths of a tile, and
// several of them; all ways to store A and B, all modes, k around what the rounds of
// their loops take; each operand against a guard page at one of its ends; and NaN in
// all that a tile may read but C does not have.
func TestTiles(t *testing.T) {
	for _, r := range testRows(t) {
		eachTile(t, r.name+"/float32", &r.gemm32, ref.FMA)
		eachTile(t, r.name+"/float64", &r.gemm64, math.FMA)
	}
}

// A tile is a micro-kernel and its shape.
type tile[T Float] struct {
	tileShape
	run microKernel[T]
}

func eachTile[T Float](t *testing.T, set string, ts *tiles[T], fma func(x, y, z T) T) {
	for i, shape := range ts.tiles {
		t.Run(fmt.Sprintf("%s/%dx%d", set, shape.mr, shape.nr), func(t *testing.T) { checkTile(t, &tile[T]{shape, ts.run[i]}, fma) })
	}
	if ts.row != nil {
		row := tileShape{mr: 1, nr: 64}
		t.Run(set+"/row", func(t *testing.T) { checkRowTile(t, &tile[T]{row, ts.row}, fma) })
	}
}

var tileSteps = []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 17, 33}

func checkTile[T Float](t *testing.T, x *tile[T], fma func(x, y, z T) T) {
	c := newTileCheck(t, x, fma)
	step := 1
	if brief() {
		step = 3
	}
	for _, k := range tileSteps {
		for n := x.nr; n > 0; n -= step {
			for m := x.mr; m > 0; m -= step {
				c.check(m, n, k)
			}
		}
		for n := 4 * x.nr; n >= x.nr; n-- { // several panels of a row
			c.check(1, n, k)
		}
		for range 60 / step {
			c.check(1+c.rng.IntN(3*x.mr), 1+c.rng.IntN(3*x.nr), k)
		}
	}
}

// checkRowTile makes a panel of as many columns as C has.
func checkRowTile[T Float](t *testing.T, x *tile[T], fma func(x, y, z T) T) {
	row := *x
	row.nr *= 4
	c := newTileCheck(t, &row, fma)
	for _, k := range tileSteps {
		for n := c.nr; n > 0; n-- {
			row.nr = n
			c.check(1+n%3, n, k)
		}
	}
}

// A tileCheck runs a micro-kernel and a loop that follows its contract.
type tileCheck[T Float] struct {
	*testing.T
	*tile[T]
	fma   func(x, y, z T) T
	rng   *rand.Rand
	place func(at int) func(n int) []T
}

const tileGap = 3 // at most, between rows

func newTileCheck[T Float](t *testing.T, x *tile[T], fma func(x, y, z T) T) *tileCheck[T] {
	const most = 33 // steps
	rows, cols := 4*x.mr, 4*x.nr
	return &tileCheck[T]{t, x, fma, rand.New(rand.NewPCG(uint64(x.mr), uint64(x.nr))),
		guardedPlaces[T](t, max(rows, most)*(cols+rows+most+tileGap))}
}

func (t *tileCheck[T]) check(m, n, k int) {
	t.Helper()
	gap := func() int { return t.rng.IntN(tileGap + 1) }
	// What the last tiles and the last panel read.
	tiles, panels := (m-1)/t.mr, (n-1)/t.nr
	height, width := form(m-tiles*t.mr, t.mr, t.heights), form(n-panels*t.nr, t.nr, t.widths)
	rows, cols := tiles*t.mr+height, panels*t.nr+width

	ai, as, ap := 1, t.mr, t.mr*k // packed
	switch t.rng.IntN(3) {
	case 1: // by columns
		ai, as, ap = 1, rows+gap(), t.mr
	case 2: // by rows
		ai, as = max(1, k)+gap(), 1
		ap = t.mr * ai
	}
	bs, bp := t.nr, t.nr*k // packed
	if t.rng.IntN(2) == 0 {
		bs, bp = cols+gap(), t.nr
	}
	ldc := n + gap()
	mode := []int{0, tileLoad, tileBias, tileBiasRow, tileAdd}[t.rng.IntN(5)] | []int{0, tileReLU, tileMask, tileReLU | tileMask}[t.rng.IntN(4)]

	p := t.place(t.rng.IntN(32))
	a := p(tiles*ap + (height-1)*ai + max(k-1, 0)*as + 1)
	b := p(panels*bp + max(k-1, 0)*bs + width)
	c, mask, bias := p((m-1)*ldc+n), p((m-1)*ldc+n), p(max(m, n))
	if mode&tileBias != 0 {
		bias = bias[len(bias)-n:]
	} else {
		bias = bias[len(bias)-m:]
	}
	inA := func(i, q int) int { return i/t.mr*ap + i%t.mr*ai + q*as }
	inB := func(q, j int) int { return j/t.nr*bp + q*bs + j%t.nr }
	for _, x := range [][]T{a, b} {
		for i := range x {
			x[i] = T(math.NaN())
		}
	}
	for q := range k {
		for i := range m {
			a[inA(i, q)] = t.number()
		}
		for j := range n {
			b[inB(q, j)] = t.number()
		}
	}
	for _, x := range [][]T{c, mask, bias} {
		for i := range x {
			x[i] = t.number()
		}
	}

	want := append([]T(nil), c...)
	for i := range m {
		for j := range n {
			at, z := i*ldc+j, T(0)
			switch {
			case mode&tileLoad != 0:
				z = c[at]
			case mode&tileBias != 0:
				z = bias[j]
			case mode&tileBiasRow != 0:
				z = bias[i]
			}
			for q := range k {
				z = t.fma(a[inA(i, q)], b[inB(q, j)], z)
			}
			if mode&tileAdd != 0 {
				z += c[at]
			}
			if mode&tileReLU != 0 && z <= 0 || mode&tileMask != 0 && !(mask[at] > 0) {
				z = 0
			}
			want[at] = z
		}
	}
	t.run(k, &a[0], ai, as, ap, &b[0], bs, bp, &c[0], ldc, &bias[0], &mask[0], m, n, mode)
	for i := range c {
		if !sameBits(c[i], want[i]) {
			t.Fatalf("m=%d n=%d k=%d ai=%d as=%d ap=%d bs=%d bp=%d ldc=%d mode=%#b: c[%d,%d] = %v, want %v",
				m, n, k, ai, as, ap, bs, bp, ldc, mode, i/ldc, i%ldc, c[i], want[i])
		}
	}
}

// number is a random one, now and then -0 or NaN.
func (t *tileCheck[T]) number() T {
	switch t.rng.IntN(120) {
	case 0:
		return T(math.Copysign(0, -1))
	case 1:
		return T(math.NaN())
	}
	return T(t.rng.NormFloat64())
}

func sameBits[T Float](x, y T) bool {
	return x != x && y != y || x == y && math.Signbit(float64(x)) == math.Signbit(float64(y))
}

// guardedPlaces returns a function that starts a new series of up to five
// arrays of at most n elements, each right before or after a guard page.
func guardedPlaces[T Float](t *testing.T, n int) func(ends int) func(n int) []T {
	var pages [2][5][]T
	for at := range pages {
		for i := range pages[at] {
			words := n * int(unsafe.Sizeof(T(0))) / 4
			x := guarded(t, words, at == 1)
			pages[at][i] = unsafe.Slice((*T)(unsafe.Pointer(&x[0])), n)
		}
	}
	return func(ends int) func(n int) []T {
		i := -1
		return func(size int) []T {
			i++
			if ends>>i&1 == 0 {
				return pages[0][i][:size:size]
			}
			return pages[1][i][n-size:]
		}
	}
}
