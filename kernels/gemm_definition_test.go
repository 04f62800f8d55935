package kernels

import (
	"math/rand/v2"
	"testing"
)

func TestGemmDefinition(t *testing.T) {
	t.Run("float32", gemmDefinition[float32])
	t.Run("float64", gemmDefinition[float64])
}

func gemmDefinition[T Float](t *testing.T) {
	es := testEngines(t)
	rng := rand.New(rand.NewPCG(5, 6))
	alphas, betas := []T{1, -0.7, 0, 1.3, 1, 1}, []T{0, 1, 0.9, -3.1}
	for nth, s := range blockShapes(t) {
		transposes(func(transA, transB bool) {
			if s[0]*s[1]*s[2] > big && (transA != (nth%2 == 0) || transB) {
				return
			}
			p := gemmCall[T]{transA, transB, s[0], s[1], s[2], alphas[rng.IntN(len(alphas))], betas[rng.IntN(4)]}
			p.against(t, es, rng, rng.IntN(4), rng.IntN(8), nth%2 == 0)
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
