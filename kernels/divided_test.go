package kernels

import (
	"math/rand/v2"
	"testing"
)

// TestDividedRounds has more chains than may wait at a time: the bits are those of one
// thread.
func TestDividedRounds(t *testing.T) {
	for _, r := range testRows(t) {
		if r != &goRow { // which is slow, and divides chains in the same way
			dividedRounds[float32](t, r)
			dividedRounds[float64](t, r)
		}
	}
}

func dividedRounds[T Float](t *testing.T, r *row) {
	e := New(Set{r}, 7)
	g := gemmOf[T](e)
	m, n := 2*g.set.tiles[0].mr, 3*g.set.tiles[0].nr
	most := dividedSums / (m * n)
	k := (most+1)*chainSteps + 5
	rng := rand.New(rand.NewPCG(33, 34))
	a, b, bias := make([]T, m*k), make([]T, k*n), make([]T, n)
	for _, x := range [][]T{a, b, bias} {
		for i := range x {
			x[i] = T(rng.Float32() - 0.5)
		}
	}
	x, y := NewMatrix(a, m, k), NewMatrix(b, k, n)
	ep := &EpilogueOf[T]{Bias: bias, Activation: ReLU}
	got, want := NewMatrix(make([]T, m*n), m, n), NewMatrix(make([]T, m*n), m, n)
	g.multiply(&got, 1, &x, &y, 0, ep)
	gemmOf[T](New(Set{r}, 1)).multiply(&want, 1, &x, &y, 0, ep)
	if i := differs(got.Data, want.Data); i >= 0 {
		t.Errorf("%v: element %d is %v, with one thread %v", e, i, got.Data[i], want.Data[i])
	}
	if d := &g.chains; d.first == 0 || cap(d.sums) > dividedSums {
		t.Errorf("%v: %d chains were one round, of %d elements", e, k/chainSteps, cap(d.sums))
	}
}
