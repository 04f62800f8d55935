package main

import "math"

// An op is a verb of the vocabulary in which kernels are written. Every verb
// is one correctly rounded operation, or exact, so a body means the same bits
// in every set; lower_*.go says how each set spells it.
type op int

const (
	opConst op = iota // the same constant in every lane
	opLeaf            // a value that the driver provides: a load, a broadcast argument, a counter
	opAdd
	opSub
	opMul
	opDiv
	opSqrt
	opFMA  // a·b + c, rounded once
	opFNMA // c − a·b, rounded once
	opMin  // b where a < b is false: NaN in b is kept
	opMax
	opToFloat
	opAnd
	opOr
	opXor
	opLogic // of three bits: bit 4a+2b+c of a table
	opIAdd
	opISub
	opShl
	opShr  // logical
	opSar  // arithmetic
	opUMax // of unsigned integers
	opMulHi
	opMulLo
	opMulEven    // the 64-bit products of the even 32-bit lanes
	opUpper      // the odd 32-bit lanes moved to the even ones
	opInterleave // the even 32-bit lanes of a, and those of b between them
	opLess
	opLessEq
	opSelect     // mask ? a : b
	opSignedUnit // sign bit of a ? b : 1, for b from 0 to 1; either, if b is NaN
	opScale      // a·2^b, rounded once: b is integral, and b + 254 the low bits of c
)

// A val is a node of an expression over vectors. It has no machine in it.
type val struct {
	op    op
	args  []*val
	num   float64     // opConst: a number, rounded to the element's type
	bits  uint64      // opConst: bits, if num is 0; shifts: the count; opLogic: the table
	load  func() vreg // opLeaf: emits what brings the value into a register
	pin   bool        // opLeaf: the register outlives the expression
	mem   any         // opLeaf: the memory that uses are to read, each anew, or nil
	other *val        // opMulHi, opMulLo: the other half of the product
}

// vreg is the number of a vector register, or of a mask register where a mask is meant.
type vreg int

func node(o op, args ...*val) *val { return &val{op: o, args: args} }

func leaf(load func() vreg) *val { return &val{op: opLeaf, load: load} }

func pinned(r vreg) *val { return &val{op: opLeaf, pin: true, load: func() vreg { return r }} }

// f is a number in every lane, u a bit pattern.
func f(x float64) *val { return &val{op: opConst, num: x} }
func u(x uint64) *val  { return &val{op: opConst, bits: x} }

func add(a, b *val) *val     { return node(opAdd, a, b) }
func sub(a, b *val) *val     { return node(opSub, a, b) }
func mul(a, b *val) *val     { return node(opMul, a, b) }
func div(a, b *val) *val     { return node(opDiv, a, b) }
func sqrt(a *val) *val       { return node(opSqrt, a) }
func fma(a, b, c *val) *val  { return node(opFMA, a, b, c) }
func fnma(a, b, c *val) *val { return node(opFNMA, a, b, c) }
func min_(a, b *val) *val    { return node(opMin, a, b) }
func max_(a, b *val) *val    { return node(opMax, a, b) }
func toFloat(a *val) *val    { return node(opToFloat, a) }
func and(a, b *val) *val     { return node(opAnd, a, b) }
func or(a, b *val) *val      { return node(opOr, a, b) }
func xor(a, b *val) *val     { return node(opXor, a, b) }
func iadd(a, b *val) *val    { return node(opIAdd, a, b) }
func isub(a, b *val) *val    { return node(opISub, a, b) }

func umax(a, b *val) *val       { return node(opUMax, a, b) }
func less(a, b *val) *val       { return node(opLess, a, b) }
func lessEq(a, b *val) *val     { return node(opLessEq, a, b) }
func scale(a, n, t *val) *val   { return node(opScale, a, n, t) }
func shl(a *val, k uint64) *val { return shift(opShl, a, k) }
func shr(a *val, k uint64) *val { return shift(opShr, a, k) }
func sar(a *val, k uint64) *val { return shift(opSar, a, k) }

func mulEven(a, b *val) *val    { return node(opMulEven, a, b) }
func upper(a *val) *val         { return node(opUpper, a) }
func interleave(a, b *val) *val { return node(opInterleave, a, b) }

// product is that of 32-bit lanes, in halves.
func product(a, b *val) (hi, lo *val) {
	hi, lo = node(opMulHi, a, b), node(opMulLo, a, b)
	hi.other, lo.other = lo, hi
	return hi, lo
}

func shift(o op, a *val, k uint64) *val { return &val{op: o, args: []*val{a}, bits: k} }

func select_(m, a, b *val) *val { return node(opSelect, m, a, b) }
func signedUnit(x, a *val) *val { return node(opSignedUnit, x, a, f(1)) }
func abs(a *val) *val           { return and(a, u(0x7fffffff)) }
func negAbs(a *val) *val        { return or(a, u(signBit)) }
func sign(a *val) *val          { return and(a, u(signBit)) }

// horner is the polynomial c[0] + c[1]·x + c[2]·x² + …
func horner(x *val, c []float64) *val {
	p := f(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		p = fma(p, x, f(c[i]))
	}
	return p
}

// constant is the pattern of a constant.
func (x *val) constant() uint64 {
	if x.num != 0 {
		return uint64(math.Float32bits(float32(x.num)))
	}
	return x.bits
}

// inMemory tells whether x need not be computed: each use may read it from memory.
func (x *val) inMemory() bool { return x.op == opConst || x.mem != nil }

// eliminateCommon makes one of equal subexpressions, in place: the value of a guard is
// often one of the body, too.
func eliminateCommon(xs []*val) {
	type like struct {
		op   op
		bits uint64
		args [3]any // values, and of constants what they are
	}
	first, done := map[like]*val{}, map[*val]*val{}
	var visit func(x *val) *val
	visit = func(x *val) *val {
		if len(x.args) == 0 {
			return x
		}
		if done[x] == nil {
			k := like{op: x.op, bits: x.bits}
			for i, y := range x.args {
				x.args[i] = visit(y)
				if k.args[i] = x.args[i]; y.op == opConst {
					k.args[i] = [2]any{y.num, y.bits}
				}
			}
			if first[k] == nil {
				first[k] = x
			}
			done[x] = first[k]
		}
		return done[x]
	}
	for i, x := range xs {
		xs[i] = visit(x)
	}
}
