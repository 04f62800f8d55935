package main

import (
	"math/rand/v2"
	"testing"
)

// TestMergeLogic compares expressions of logical operations with what is left of
// them, for all values of a bit.
func TestMergeLogic(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	merged := 0
	for range 2000 {
		leaves := []*val{leaf(nil), leaf(nil), leaf(nil), leaf(nil)}
		xs := append([]*val(nil), leaves[:2+rng.IntN(3)]...)
		for range 1 + rng.IntN(6) {
			o := []op{opAnd, opOr, opXor}[rng.IntN(3)]
			xs = append(xs, node(o, xs[rng.IntN(len(xs))], xs[rng.IntN(len(xs))]))
		}
		root := xs[len(xs)-1]
		values := func() (bits []uint64) {
			for assigned := range 1 << len(leaves) {
				bits = append(bits, evaluate(root, leaves, uint64(assigned)))
			}
			return bits
		}
		before := values()
		mergeLogic([][]sink{{{x: root}}})
		for i, bit := range values() {
			if bit != before[i] {
				t.Fatalf("value %d is %d, was %d", i, bit, before[i])
			}
		}
		if root.op == opLogic {
			merged++
		}
	}
	if merged < 200 {
		t.Errorf("%d of 2000 became one operation of three values", merged)
	}
}

// evaluate is x where leaf i is bit i of assigned.
func evaluate(x *val, leaves []*val, assigned uint64) uint64 {
	for i, y := range leaves {
		if x == y {
			return assigned >> i & 1
		}
	}
	var a [3]uint64
	for i, y := range x.args {
		a[i] = evaluate(y, leaves, assigned)
	}
	switch x.op {
	case opAnd:
		return a[0] & a[1]
	case opOr:
		return a[0] | a[1]
	case opXor:
		return a[0] ^ a[1]
	}
	return x.bits >> (4*a[0] + 2*a[1] + a[2]) & 1
}
