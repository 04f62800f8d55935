package blas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/blas"

	"github.com/lanewise/lanewise/kernels"
)

// level3 are the operations of one element type.
type level3[T kernels.Float] struct {
	gemm  func(tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	symm  func(s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	syrk  func(ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int)
	syr2k func(ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int)
	trmm  triangular[T]
	trsm  triangular[T]
}

func both(im *Implementation) (level3[float32], level3[float64]) {
	return level3[float32]{im.Sgemm, im.Ssymm, im.Ssyrk, im.Ssyr2k, im.Strmm, im.Strsm},
		level3[float64]{im.Dgemm, im.Dsymm, im.Dsyrk, im.Dsyr2k, im.Dtrmm, im.Dtrsm}
}

// A checker makes operations whose matrices have gaps between their rows, triangles
// that are not to be read and a C that is not to be read all NaN, and compares with
// loops in float64.
type checker[T kernels.Float] struct {
	level3[T]
	t      testing.TB
	rng    *rand.Rand
	memory func(n int) []T // nil: any
}

// TestOracle has all orders to 65, and some beyond.
func TestOracle(t *testing.T) {
	for _, set := range kernels.Sets() {
		single, double := both(New(set, 2))
		rng := rand.New(rand.NewPCG(5, 6))
		check32, check64 := &checker[float32]{level3: single, t: t, rng: rng}, &checker[float64]{level3: double, t: t, rng: rng}
		for n := range 66 {
			if testing.Short() && n%8 > 1 {
				continue
			}
			check32.all(n, rng.IntN(66), rng.IntN(66))
			check64.all(n, rng.IntN(66), rng.IntN(66))
			check64.all(rng.IntN(66), n, rng.IntN(66))
		}
		if testing.Short() {
			continue
		}
		check32.all(130, 97, 40)
		check64.all(97, 161, 20)
		check64.all(20, 30, 1100)
	}
}

func FuzzLevel3(f *testing.F) {
	single, double := both(New(kernels.Default(), 2))
	f.Add(uint64(1), uint8(3), uint8(70), uint8(9))
	f.Fuzz(func(t *testing.T, seed uint64, m, n, k uint8) {
		rng := rand.New(rand.NewPCG(seed, 1))
		(&checker[float32]{level3: single, t: t, rng: rng}).all(int(m), int(n), int(k))
		(&checker[float64]{level3: double, t: t, rng: rng}).all(int(m), int(n), int(k))
	})
}

// all has every operation, with transposes and triangles drawn.
func (c *checker[T]) all(m, n, k int) {
	trans := []blas.Transpose{blas.NoTrans, blas.Trans, blas.ConjTrans}
	for range 3 {
		tA, tB := trans[c.rng.IntN(3)], trans[c.rng.IntN(3)]
		ul := []blas.Uplo{blas.Upper, blas.Lower}[c.rng.IntN(2)]
		s := []blas.Side{blas.Left, blas.Right}[c.rng.IntN(2)]
		d := []blas.Diag{blas.Unit, blas.NonUnit}[c.rng.IntN(2)]
		alpha, beta := []T{1, -0.7, 0, 2}[c.rng.IntN(4)], []T{0, 1, 0.4}[c.rng.IntN(3)]
		c.products(tA, tB, m, n, k, alpha, beta)
		c.symmetric(s, ul, m, n, alpha, beta)
		c.updates(ul, tA, n, k, alpha, beta)
		c.triangles(s, ul, tA, d, m, n, alpha)
	}
}

// A matrix lies in a slice that ends with its last element.
type matrix[T kernels.Float] struct {
	data       []T
	rows, cols int
	ld         int
}

func (c *checker[T]) matrix(rows, cols int) *matrix[T] {
	x := &matrix[T]{rows: rows, cols: cols, ld: max(1, cols) + c.rng.IntN(4)}
	if n := max(0, (rows-1)*x.ld+cols); c.memory != nil {
		x.data = c.memory(n)
	} else {
		x.data = make([]T, n)
	}
	for i := range x.data {
		x.data[i] = T(math.NaN())
	}
	for i := range rows {
		for j := range cols {
			x.data[i*x.ld+j] = T(c.rng.NormFloat64())
		}
	}
	return x
}

// op is a matrix that a transposition makes rows×cols.
func (c *checker[T]) op(t blas.Transpose, rows, cols int) (*matrix[T], func(i, j int) float64) {
	x := c.matrix(stored(t, rows, cols))
	if t != blas.NoTrans {
		return x, func(i, j int) float64 { return x.at(j, i) }
	}
	return x, x.at
}

func (x *matrix[T]) at(i, j int) float64 { return float64(x.data[i*x.ld+j]) }

// forget makes NaN of the elements that f names.
func (x *matrix[T]) forget(f func(i, j int) bool) {
	for i := range x.rows {
		for j := range x.cols {
			if f(i, j) {
				x.data[i*x.ld+j] = T(math.NaN())
			}
		}
	}
}

// beside tells of a square's triangle whether an element is not in it.
func beside(ul blas.Uplo) func(i, j int) bool {
	return func(i, j int) bool { return i != j && (j > i) != (ul == blas.Upper) }
}

func everywhere(int, int) bool { return true }

// compare expects want, of which there is a sum of magnitudes too, where skip does not
// name an element, and all else as it was in before.
func (c *checker[T]) compare(name string, got, before *matrix[T], skip func(i, j int) bool, terms int, want func(i, j int) (sum, magnitude float64)) {
	c.t.Helper()
	eps := 0x1p-52
	if unsafe.Sizeof(got.data[:1:1][0]) == 4 {
		eps = 0x1p-23
	}
	for at, x := range got.data {
		i, j := at/got.ld, at%got.ld
		if j >= got.cols || skip(i, j) {
			if y := before.data[at]; x != y && (x == x || y == y) {
				c.t.Fatalf("%s: wrote %v beside the matrix, at %d, %d", name, x, i, j)
			}
			continue
		}
		sum, magnitude := want(i, j)
		if bound := float64(terms+8) * eps * magnitude; !(math.Abs(float64(x)-sum) <= bound) {
			c.t.Fatalf("%s: element %d, %d is %v, want %v within %.3g", name, i, j, x, sum, bound)
		}
	}
}

func (x *matrix[T]) clone() *matrix[T] {
	y := *x
	y.data = append([]T(nil), x.data...)
	return &y
}

// inner is the k terms of a·b, and beta·c.
func inner(k int, alpha, beta, c float64, a, b func(p int) float64) (sum, magnitude float64) {
	if beta != 0 {
		sum = beta * c
		magnitude = math.Abs(sum)
	}
	if alpha == 0 {
		return sum, magnitude
	}
	for p := range k {
		x := alpha * a(p) * b(p)
		sum += x
		magnitude += math.Abs(x)
	}
	return sum, magnitude
}

func nowhere(int, int) bool { return false }

func (c *checker[T]) products(tA, tB blas.Transpose, m, n, k int, alpha, beta T) {
	a, x := c.op(tA, m, k)
	b, y := c.op(tB, k, n)
	out := c.matrix(m, n)
	if beta == 0 {
		out.forget(everywhere)
	}
	before := out.clone()
	c.gemm(tA, tB, m, n, k, alpha, a.data, a.ld, b.data, b.ld, beta, out.data, out.ld)
	c.compare(fmt.Sprintf("gemm %c%c %d %d %d", tA, tB, m, n, k), out, before, nowhere, k, func(i, j int) (float64, float64) {
		return inner(k, float64(alpha), float64(beta), before.at(i, j), func(p int) float64 { return x(i, p) }, func(p int) float64 { return y(p, j) })
	})
}

func (c *checker[T]) symmetric(s blas.Side, ul blas.Uplo, m, n int, alpha, beta T) {
	order := m
	if s == blas.Right {
		order = n
	}
	a, b, out := c.matrix(order, order), c.matrix(m, n), c.matrix(m, n)
	outside := beside(ul)
	x := func(i, j int) float64 {
		if outside(i, j) {
			i, j = j, i
		}
		return a.at(i, j)
	}
	a.forget(outside)
	if beta == 0 {
		out.forget(everywhere)
	}
	before := out.clone()
	c.symm(s, ul, m, n, alpha, a.data, a.ld, b.data, b.ld, beta, out.data, out.ld)
	c.compare(fmt.Sprintf("symm %c%c %d %d", s, ul, m, n), out, before, nowhere, order, func(i, j int) (float64, float64) {
		return inner(order, float64(alpha), float64(beta), before.at(i, j), func(p int) float64 {
			if s == blas.Right {
				return b.at(i, p)
			}
			return x(i, p)
		}, func(p int) float64 {
			if s == blas.Right {
				return x(p, j)
			}
			return b.at(p, j)
		})
	})
}

func (c *checker[T]) updates(ul blas.Uplo, tA blas.Transpose, n, k int, alpha, beta T) {
	a, x := c.op(tA, n, k)
	b, y := c.op(tA, n, k)
	out := c.matrix(n, n)
	outside := beside(ul)
	out.forget(outside)
	if beta == 0 {
		out.forget(everywhere)
	}
	before := out.clone()
	c.syrk(ul, tA, n, k, alpha, a.data, a.ld, beta, out.data, out.ld)
	c.compare(fmt.Sprintf("syrk %c%c %d %d", ul, tA, n, k), out, before, outside, k, func(i, j int) (float64, float64) {
		return inner(k, float64(alpha), float64(beta), before.at(i, j), func(p int) float64 { return x(i, p) }, func(p int) float64 { return x(j, p) })
	})
	out = before.clone()
	c.syr2k(ul, tA, n, k, alpha, a.data, a.ld, b.data, b.ld, beta, out.data, out.ld)
	c.compare(fmt.Sprintf("syr2k %c%c %d %d", ul, tA, n, k), out, before, outside, 2*k, func(i, j int) (float64, float64) {
		s1, m1 := inner(k, float64(alpha), float64(beta), before.at(i, j), func(p int) float64 { return x(i, p) }, func(p int) float64 { return y(j, p) })
		s2, m2 := inner(k, float64(alpha), 0, 0, func(p int) float64 { return y(i, p) }, func(p int) float64 { return x(j, p) })
		return s1 + s2, m1 + m2
	})
}

// triangle is one of which all else is NaN, and the elements that its transposition has.
func (c *checker[T]) triangle(ul blas.Uplo, tA blas.Transpose, d blas.Diag, order int) (a *matrix[T], element func(i, j int) float64) {
	a = c.matrix(order, order)
	outside := beside(ul)
	for i := range order { // solutions do not grow
		for j := range order {
			a.data[i*a.ld+j] /= T(4 * order)
		}
		a.data[i*a.ld+i] = 1 + T(c.rng.Float64())
	}
	a.forget(func(i, j int) bool { return outside(i, j) || i == j && d == blas.Unit })
	return a, func(i, j int) float64 {
		if tA != blas.NoTrans {
			i, j = j, i
		}
		switch {
		case i == j && d == blas.Unit:
			return 1
		case outside(i, j):
			return 0
		}
		return a.at(i, j)
	}
}

// triangles has products, and solutions that are multiplied again.
func (c *checker[T]) triangles(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T) {
	order := m
	if s == blas.Right {
		order = n
	}
	a, element := c.triangle(ul, tA, d, order)
	b := c.matrix(m, n)
	before := b.clone()
	product := func(scale T, x *matrix[T]) func(i, j int) (float64, float64) {
		return func(i, j int) (float64, float64) {
			return inner(order, float64(scale), 0, 0, func(p int) float64 {
				if s == blas.Right {
					return x.at(i, p)
				}
				return element(i, p)
			}, func(p int) float64 {
				if s == blas.Right {
					return element(p, j)
				}
				return x.at(p, j)
			})
		}
	}
	name := fmt.Sprintf("%c%c%c%c %d %d", s, ul, tA, d, m, n)
	c.trmm(s, ul, tA, d, m, n, alpha, a.data, a.ld, b.data, b.ld)
	c.compare("trmm "+name, b, before, nowhere, order, product(alpha, before))

	x := before.clone()
	c.trsm(s, ul, tA, d, m, n, alpha, a.data, a.ld, x.data, x.ld)
	again := before.clone()
	for i := range m {
		for j := range n {
			again.data[i*again.ld+j] *= alpha
		}
	}
	if alpha == 0 {
		c.compare("trsm "+name, x, before, nowhere, order, func(int, int) (float64, float64) { return 0, 0 })
		return
	}
	c.compare("trsm, multiplied again, "+name, again, before, nowhere, 2*order, product(1, x))
}
