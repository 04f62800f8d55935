package main

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
)

// VPTERNLOG computes any function of three bits: logical operations whose values
// depend on three others together become one.

// The columns of a truth table: bit 4a+2b+c is a, b, c.
var truth = [...]uint64{0xf0, 0xcc, 0xaa}

// mergeLogic rewrites the operations of stages, in place.
func mergeLogic(stages [][]sink) {
	seen := map[*val]bool{}
	var visit func(x *val)
	visit = func(x *val) {
		if seen[x] {
			return
		}
		seen[x] = true
		for _, y := range x.args {
			visit(y)
		}
		if x.op != opAnd && x.op != opOr && x.op != opXor {
			return
		}
		from := slices.Clone(x.args)
		for _, y := range x.args {
			if isLogic(y) {
				if f := instead(from, y); len(f) <= len(truth) {
					from = f
				}
			}
		}
		if len(from) == len(truth) {
			x.bits = table(x, from)
			x.op, x.args = opLogic, from
		}
	}
	for _, sinks := range stages {
		for _, s := range sinks {
			visit(s.x)
		}
	}
}

func isLogic(x *val) bool {
	return x.op == opAnd || x.op == opOr || x.op == opXor || x.op == opLogic
}

// instead is xs with the arguments of y in place of y.
func instead(xs []*val, y *val) (ys []*val) {
	for _, x := range slices.Concat(xs, y.args) {
		if x != y && !slices.Contains(ys, x) {
			ys = append(ys, x)
		}
	}
	return ys
}

// table is the truth table of x as a function of three values.
func table(x *val, from []*val) uint64 {
	if i := slices.Index(from, x); i >= 0 {
		return truth[i]
	}
	var t [3]uint64
	for i, y := range x.args {
		t[i] = table(y, from)
	}
	switch x.op {
	case opAnd:
		return t[0] & t[1]
	case opOr:
		return t[0] | t[1]
	case opXor:
		return t[0] ^ t[1]
	}
	return compose(x.bits, t)
}

// compose is the table of a function whose arguments have tables themselves.
func compose(f uint64, t [3]uint64) (g uint64) {
	for i := range 8 {
		g |= f >> (t[0]>>i&1<<2 | t[1]>>i&1<<1 | t[2]>>i&1) & 1 << i
	}
	return g
}

// logic emits a function of three values into the register of one that is used last
// here, if there is any. The last may be memory.
func (l *avxLowering) logic(mnemonic string, x *val) {
	order := []int{0, 1, 2}
	rank := func(i int) int {
		switch y := x.args[i]; {
		case l.inMemory(y):
			return 2
		case l.isLastUse(y, x):
			return 0
		}
		return 1
	}
	for _, y := range x.args {
		if !l.inMemory(y) {
			l.get(y)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return rank(i) - rank(j) })
	a, b, c := x.args[order[0]], x.args[order[1]], x.args[order[2]]
	rb, rc := l.v(l.get(b)), l.src(c)
	d := l.overwrite(x, a)
	var t [3]uint64
	for i, k := range order {
		t[k] = truth[i]
	}
	l.op(mnemonic, operand.U8(compose(x.bits, t)), rc, rb, l.v(d))
	l.become(x, d)
}
