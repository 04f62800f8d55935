package kernels

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lanewise/lanewise/internal/ref"
)

// TestGemmReadsNothing passes operands that must not be read.
func TestGemmReadsNothing(t *testing.T) {
	t.Run("float32", gemmReadsNothing[float32])
	t.Run("float64", gemmReadsNothing[float64])
}

func gemmReadsNothing[T Float](t *testing.T) {
	nan := T(math.NaN())
	constant := func(n int, v T) []T {
		x := make([]T, n)
		for i := range x {
			x[i] = v
		}
		return x
	}
	expect := func(e *Engine, what string, c []T, want T) {
		t.Helper()
		for i, v := range c {
			if bitsOf(v) != bitsOf(want) {
				t.Fatalf("%v: %s: C[%d] = %v, want %v", e, what, i, v, want)
			}
		}
	}
	const m, n, k = 9, 37, 5
	negZero := T(math.Copysign(0, -1))
	for _, e := range testEngines(t) {
		transposes(func(transA, transB bool) {
			lda, ldb := columns(transA, m, k), columns(transB, k, n)
			a, b := constant(m*k, nan), constant(k*n, nan)
			for _, alpha := range []T{0, negZero} {
				for _, beta := range []T{0, negZero} {
					c := constant(m*n, nan)
					gemmCall[T]{transA, transB, m, n, k, alpha, beta}.run(e, a, lda, b, ldb, c, n)
					expect(e, "alpha = beta = 0 over NaN", c, 0)
				}
				c := constant(m*n, 3)
				gemmCall[T]{transA, transB, m, n, k, alpha, 0.5}.run(e, a, lda, b, ldb, c, n)
				expect(e, "alpha = 0", c, 1.5)
				gemmCall[T]{transA, transB, m, n, k, alpha, 1}.run(e, a, lda, b, ldb, c, n)
				expect(e, "alpha = 0, beta = 1", c, 1.5)
			}
			// With k = 0 the operands have no elements at all.
			for _, alpha := range []T{1, nan} {
				c := constant(m*n, 3)
				gemmCall[T]{transA, transB, m, n, 0, alpha, -2}.run(e, nil, m, nil, n, c, n)
				expect(e, "k = 0", c, -6)
				gemmCall[T]{transA, transB, m, n, 0, alpha, 0}.run(e, nil, m, nil, n, c, n)
				expect(e, "k = 0, beta = 0", c, 0)
			}
			// With m = 0 or n = 0 C has none, and what it points to stays.
			c := constant(40, 3)
			gemmCall[T]{transA, transB, 0, n, k, 1, 0}.run(e, nil, k, b, ldb, c, n)
			gemmCall[T]{transA, transB, m, 0, k, 1, 0}.run(e, a, lda, nil, k, c, 1)
			gemmCall[T]{transA, transB, 0, 0, 0, 1, 0}.run(e, nil, 1, nil, 1, nil, 1)
			expect(e, "nothing", c, 3)
			// beta = 0 over NaN, and what C held does not matter.
			c = constant(m*n, nan)
			gemmCall[T]{transA, transB, m, n, k, 1, 0}.run(e, constant(m*k, 2), lda, constant(k*n, 3), ldb, c, n)
			expect(e, "beta = 0 over NaN", c, 6*k)
			// Everything else is IEEE.
			for _, v := range []T{nan, T(math.Inf(1))} {
				c = constant(m*n, 1)
				gemmCall[T]{transA, transB, m, n, k, 1, 1}.run(e, constant(m*k, 0), lda, constant(k*n, v), ldb, c, n)
				for i, x := range c {
					if x == x {
						t.Fatalf("%v: 0·%v: C[%d] = %v, want NaN", e, v, i, x)
					}
				}
			}
			c = constant(m*n, 1)
			gemmCall[T]{transA, transB, m, n, k, 1, 1}.run(e, constant(m*k, T(math.Inf(-1))), lda, constant(k*n, 2), ldb, c, n)
			expect(e, "infinite A", c, T(math.Inf(-1)))
			c = constant(m*n, nan)
			gemmCall[T]{transA, transB, m, n, k, 1, 0.5}.run(e, constant(m*k, 1), lda, constant(k*n, 1), ldb, c, n)
			for i, x := range c {
				if x == x {
					t.Fatalf("%v: NaN in C: C[%d] = %v, want NaN", e, i, x)
				}
			}
		})
	}
}

// TestGemmNaNStaysInItsRow puts one NaN into A, which may reach one row of C,
// and one into B, which may reach one column: no tile, mask or padding lets it
// out.
func TestGemmNaNStaysInItsRow(t *testing.T) {
	t.Run("float32", gemmNaN[float32])
	t.Run("float64", gemmNaN[float64])
}

func gemmNaN[T Float](t *testing.T) {
	const m, n, k = 29, 35, 7
	one := func(int, int) T { return 1 }
	for _, e := range testEngines(t) {
		transposes(func(transA, transB bool) {
			p := gemmCall[T]{transA, transB, m, n, k, 1, 0}
			a, lda := dense(transA, m, k, one)
			b, ldb := dense(transB, k, n, one)
			check := func(isNaN func(i, j int) bool, where int) {
				t.Helper()
				c := make([]T, m*n)
				p.run(e, a, lda, b, ldb, c, n)
				for i := range m {
					for j := range n {
						if x := c[i*n+j]; isNaN(i, j) != (x != x) || x == x && x != k {
							t.Fatalf("%v, %v, NaN at %d: C[%d,%d] = %v", e, p, where, i, j, x)
						}
					}
				}
			}
			for at := range a {
				if (e.Threads() > 1 || brief()) && at%13 != 0 {
					continue
				}
				row := at / lda
				if transA {
					row = at % lda
				}
				a[at] = T(math.NaN())
				check(func(i, _ int) bool { return i == row }, at)
				a[at] = 1
			}
			for at := range b {
				if (e.Threads() > 1 || brief()) && at%17 != 0 {
					continue
				}
				col := at % ldb
				if transB {
					col = at / ldb
				}
				b[at] = T(math.NaN())
				check(func(_, j int) bool { return j == col }, at)
				b[at] = 1
			}
		})
	}
}

// TestGemmError checks the documented bound against float64.
func TestGemmError(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 12))
	for _, s := range [][3]int{{13, 37, 1}, {13, 37, 20}, {7, 33, 400}, {3, 17, 3000}} {
		m, n, k := s[0], s[1], s[2]
		for _, scale := range [][2]float32{{1, 0}, {1, 1}, {-0.3, 1.7}, {1e-3, 1e3}} {
			alpha, beta := scale[0], scale[1]
			value := func(int, int) float32 { return float32(rng.NormFloat64() * math.Exp(3*rng.NormFloat64())) }
			a, _ := dense(false, m, k, value)
			b, _ := dense(false, k, n, value)
			c, _ := dense(false, m, n, value)
			if beta == 0 {
				for i := range c {
					c[i] = 0
				}
			}
			for _, e := range testEngines(t) {
				got := append([]float32(nil), c...)
				gemm32(e, false, false, m, n, k, alpha, a, k, b, n, beta, got, n)
				for i := range m {
					for j := range n {
						want := float64(beta) * float64(c[i*n+j])
						size := math.Abs(want)
						for p := range k {
							term := float64(alpha) * float64(a[i*k+p]) * float64(b[p*n+j])
							want += term
							size += math.Abs(term)
						}
						bound := float64(min(k, ref.ChainSteps)+k/ref.ChainSteps+4) * 0x1p-24 * size
						if d := math.Abs(float64(got[i*n+j]) - want); !(d <= bound) {
							t.Fatalf("%v, %v: C[%d,%d] = %v, want %v ± %v", e, s, i, j, got[i*n+j], want, bound)
						}
					}
				}
			}
		}
	}
}

// TestGemmLong has a k, and a row of C, that overflow products of block
// numbers and lengths where int has 32 bits.
func TestGemmLong(t *testing.T) {
	if brief() {
		t.Skip("short")
	}
	const k = 1_500_000
	x := make([]float32, k)
	for i := range x {
		x[i] = 1
	}
	for _, e := range testEngines(t) {
		if e.tooMuch(k) {
			continue
		}
		c := []float32{0}
		gemm32(e, false, false, 1, 1, k, 1, x, k, x, 1, 0, c, 1)
		if c[0] != k {
			t.Fatalf("%v: a chain of %d ones = %v", e, k, c[0])
		}
	}
}
