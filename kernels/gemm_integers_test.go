package kernels

import (
	"math/rand/v2"
	"testing"
)

// TestGemmIntegers compares products of small integers, which are exact, with
// a triple loop. Every shape has every transposition on every engine; alpha,
// beta and k alternate.
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
	nth := 0
	for m := range maxM + 1 {
		for n := range maxN + 1 {
			if brief() && (m*7+n)%5 != 0 {
				continue
			}
			nth++
			for s := range 2 { // two of the k, of different parity for every shape
				k := ks[(nth+4*s)%len(ks)]
				pair := nth/8 + 5*s
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
				checkIntegers[float32](t, es, m, n, k, alpha, beta, av, bv, cv, want, nth)
				checkIntegers[float64](t, es, m, n, k, alpha, beta, av, bv, cv, want, nth)
			}
		}
	}
}

func checkIntegers[T Float](t *testing.T, es []*Engine, m, n, k int, alpha, beta float64, av, bv, cv []int, want []float64, nth int) {
	const maxN, maxK = 49, 17
	var c []T
	transposes(func(transA, transB bool) {
		a, lda := dense(transA, m, k, func(i, p int) T { return T(av[i*maxK+p]) })
		b, ldb := dense(transB, k, n, func(p, j int) T { return T(bv[p*maxN+j]) })
		p := gemmCall[T]{transA, transB, m, n, k, T(alpha), T(beta)}
		for i, e := range es {
			// Threads cost more than they are worth here, and the reference has
			// tiles of 4x4: one transposition each.
			if trans := (nth + i) % 4; (e.Threads() > 1 || e.set.row == &goRow) && (transA != (trans&1 != 0) || transB != (trans&2 != 0)) {
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
