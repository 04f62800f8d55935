package blas

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// level2 are the operations of one element type.
type level2[T kernels.Float] struct {
	gemv       func(tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	ger        func(m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int)
	symv       func(ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int, beta T, y []T, incY int)
	trmv, trsv triangularVector[T]
}

func level2Of(im *Implementation) (level2[float32], level2[float64]) {
	return level2[float32]{im.Sgemv, im.Sger, im.Ssymv, im.Strmv, im.Strsv},
		level2[float64]{im.Dgemv, im.Dger, im.Dsymv, im.Dtrmv, im.Dtrsv}
}

// TestOracle2 has orders around the bounds of what is ours, and long vectors.
func TestOracle2(t *testing.T) {
	for _, set := range kernels.Sets() {
		single, double := level2Of(New(set, 2))
		rng := rand.New(rand.NewPCG(7, 8))
		check32, check64 := &checker[float32]{t: t, rng: rng}, &checker[float64]{t: t, rng: rng}
		for _, s := range [][2]int{{0, 0}, {1, 1}, {2, 70}, {31, 33}, {32, 32}, {33, 31}, {64, 65}, {65, 64}, {66, 97}, {3, 2000}, {2000, 3}, {96, 128}, {128, 96}, {191, 193}, {193, 192}, {257, 300}, {523, 519}} {
			if testing.Short() && max(s[0], s[1]) > 260 {
				continue
			}
			for range 2 {
				level2All(check32, single, s[0], s[1])
				level2All(check64, double, s[0], s[1])
			}
		}
	}
}

func FuzzLevel2(f *testing.F) {
	single, double := level2Of(New(kernels.Default(), 2))
	f.Add(uint64(1), uint16(100), uint16(70))
	f.Add(uint64(2), uint16(300), uint16(200))
	f.Fuzz(func(t *testing.T, seed uint64, m, n uint16) {
		rng := rand.New(rand.NewPCG(seed, 2))
		level2All(&checker[float32]{t: t, rng: rng}, single, int(m%600), int(n%600))
		level2All(&checker[float64]{t: t, rng: rng}, double, int(m%600), int(n%600))
	})
}

// A vec is n elements of a matrix of one column: as it lies in memory, or backwards.
type vec[T kernels.Float] struct {
	*matrix[T]
	inc int
}

func (c *checker[T]) vector(n int) vec[T] {
	x := vec[T]{c.matrix(n, 1), 0}
	if x.inc = x.ld; c.rng.IntN(3) == 0 {
		x.inc = -x.ld
	}
	return x
}

// place is where in memory element i is, and the other way round.
func (x vec[T]) place(i int) int {
	if x.inc < 0 {
		return x.rows - 1 - i
	}
	return i
}

func (x vec[T]) value(i int) float64 { return x.at(x.place(i), 0) }

func (x vec[T]) copy() vec[T] { return vec[T]{x.clone(), x.inc} }

// level2All has every operation, with transposes, triangles and increments drawn.
func level2All[T kernels.Float](c *checker[T], ops level2[T], m, n int) {
	trans := []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}
	tA := trans[c.rng.IntN(3)]
	ul := []blas.Uplo{blas.Upper, blas.Lower}[c.rng.IntN(2)]
	d := []blas.Diag{blas.Unit, blas.NonUnit}[c.rng.IntN(2)]
	alpha, beta := []T{1, -0.7, 2}[c.rng.IntN(3)], []T{0, 1, 0.4}[c.rng.IntN(3)]

	rows, cols := stored(tA, m, n)
	a, at := c.op(tA, rows, cols)
	x, y := c.vector(cols), c.vector(rows)
	if beta == 0 {
		y.forget(everywhere)
	}
	before := y.copy()
	ops.gemv(tA, m, n, alpha, a.data, a.ld, x.data, x.inc, beta, y.data, y.inc)
	skip := nowhere
	if min(m, n) == 0 {
		skip = everywhere // y stays, as in the reference BLAS
	}
	c.compare(fmt.Sprintf("gemv %c %d %d", tA, m, n), y.matrix, before.matrix, skip, cols, func(i, _ int) (float64, float64) {
		i = y.place(i)
		return inner(cols, float64(alpha), float64(beta), before.value(i), func(p int) float64 { return at(i, p) }, x.value)
	})

	a, x, y = c.matrix(m, n), c.vector(m), c.vector(n)
	was := a.clone()
	ops.ger(m, n, alpha, x.data, x.inc, y.data, y.inc, a.data, a.ld)
	c.compare(fmt.Sprintf("ger %d %d", m, n), a, was, nowhere, 1, func(i, j int) (float64, float64) {
		return inner(1, float64(alpha), 1, was.at(i, j), func(int) float64 { return x.value(i) }, func(int) float64 { return y.value(j) })
	})

	s, outside := c.matrix(n, n), beside(ul)
	s.forget(outside)
	symmetric := func(i, j int) float64 {
		if outside(i, j) {
			i, j = j, i
		}
		return s.at(i, j)
	}
	x, y = c.vector(n), c.vector(n)
	if beta == 0 {
		y.forget(everywhere)
	}
	before = y.copy()
	ops.symv(ul, n, alpha, s.data, s.ld, x.data, x.inc, beta, y.data, y.inc)
	c.compare(fmt.Sprintf("symv %c %d", ul, n), y.matrix, before.matrix, nowhere, n, func(i, _ int) (float64, float64) {
		i = y.place(i)
		return inner(n, float64(alpha), float64(beta), before.value(i), func(p int) float64 { return symmetric(i, p) }, x.value)
	})

	t, element := c.triangle(ul, tA, d, n)
	product := func(x vec[T]) func(i, _ int) (float64, float64) {
		return func(i, _ int) (float64, float64) {
			i = x.place(i)
			return inner(n, 1, 0, 0, func(p int) float64 { return element(i, p) }, x.value)
		}
	}
	name := fmt.Sprintf("%c%c%c %d", ul, tA, d, n)
	x = c.vector(n)
	before = x.copy()
	ops.trmv(ul, tA, d, n, t.data, t.ld, x.data, x.inc)
	c.compare("trmv "+name, x.matrix, before.matrix, nowhere, n, product(before))
	x = before.copy()
	ops.trsv(ul, tA, d, n, t.data, t.ld, x.data, x.inc)
	c.compare("trsv, multiplied again, "+name, before.matrix, before.matrix, nowhere, 2*n, product(x))
}
