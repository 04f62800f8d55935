package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A lowering turns expressions into instructions. Values are emitted in the
// order in which the sinks need them, once each, and their registers are free
// after the last use.
type lowering struct {
	*asm
	uses map[*val]int
	at   map[*val]vreg
}

// A sink is an expression and what to do with its register.
type sink struct {
	x    *val
	done func(vreg)
}

// lower emits bodies one after the other. They may share values. Within a body
// nothing is done before everything is computed: a store may hit an input.
func (a *asm) lower(bodies ...[]sink) {
	l := &lowering{asm: a, uses: map[*val]int{}, at: map[*val]vreg{}}
	for _, sinks := range bodies {
		for _, s := range sinks {
			l.count(s.x)
		}
	}
	for _, sinks := range bodies {
		for _, s := range sinks {
			l.get(s.x)
		}
		for _, s := range sinks {
			s.done(l.get(s.x))
			l.release(s.x)
		}
	}
}

func (l *lowering) count(x *val) {
	l.uses[x]++
	if l.uses[x] == 1 {
		for _, y := range x.args {
			l.count(y)
		}
	}
}

// isMask tells whether x lives in a mask register.
func (l *lowering) isMask(x *val) bool {
	return l.isa.masks && (x.op == opLess || x.op == opLessEq)
}

// get is the register of x, computed if it is not there yet.
func (l *lowering) get(x *val) vreg {
	if r, ok := l.at[x]; ok {
		return r
	}
	var r vreg
	switch x.op {
	case opConst:
		r = l.take()
		l.op("VMOVUPS", l.constant(l.elem.bits(x)), l.v(r))
	case opLeaf:
		r = x.load()
		if x.pin {
			return r
		}
	default:
		r = l.compute(x)
	}
	l.at[x] = r
	return r
}

// release counts one use of x as done.
func (l *lowering) release(x *val) {
	l.uses[x]--
	if r, ok := l.at[x]; ok && l.uses[x] == 0 {
		delete(l.at, x)
		if l.isMask(x) {
			l.dropK(r)
		} else {
			l.drop(r)
		}
	}
}

// src is x as a source that may also be memory.
func (l *lowering) src(x *val) operand.Op {
	if _, ok := l.at[x]; !ok && x.op == opConst {
		return l.constant(l.elem.bits(x))
	}
	return l.v(l.get(x))
}

// dst releases the arguments of an instruction that reads all its sources
// before it writes, and takes a register for its result.
func (l *lowering) dst(x *val) reg.VecPhysical {
	l.releaseAll(x)
	return l.v(l.result(x, l.take()))
}

func (l *lowering) releaseAll(x *val) {
	for _, y := range x.args {
		l.release(y)
	}
}

func (l *lowering) result(x *val, r vreg) vreg {
	l.at[x] = r
	return r
}

func (l *lowering) compute(x *val) vreg {
	switch x.op {
	case opAdd:
		l.binary("VADD"+l.elem.f, x, true)
	case opSub:
		l.binary("VSUB"+l.elem.f, x, false)
	case opMul:
		l.binary("VMUL"+l.elem.f, x, true)
	case opDiv:
		l.binary("VDIV"+l.elem.f, x, false)
	case opMin:
		l.binary("VMIN"+l.elem.f, x, false)
	case opMax:
		l.binary("VMAX"+l.elem.f, x, false)
	case opAnd:
		l.binary("VANDPS", x, true)
	case opOr:
		l.binary("VORPS", x, true)
	case opXor:
		l.binary("VXORPS", x, true)
	case opIAdd:
		l.binary("VPADD"+l.elem.i, x, true)
	case opISub:
		l.binary("VPSUB"+l.elem.i, x, false)
	case opMulLo:
		l.binary("VPMULL"+l.elem.i, x, true)
	case opSqrt:
		s := l.src(x.args[0])
		l.f("VSQRT", s, l.dst(x))
	case opToFloat:
		s := l.src(x.args[0])
		l.op("VCVTDQ2PS", s, l.dst(x))
	case opShl:
		l.shift("VPSLL", x)
	case opShr:
		l.shift("VPSRL", x)
	case opSar:
		l.shift("VPSRA", x)
	case opFMA:
		l.fused("VFMADD", x)
	case opFNMA:
		l.fused("VFNMADD", x)
	case opLess:
		l.compare(x, 0x11)
	case opLessEq:
		l.compare(x, 0x12)
	case opSelect:
		l.selection(x)
	case opScale:
		l.scale(x)
	case opMulHi:
		l.mulHi(x)
	default:
		panic(fmt.Sprintf("cannot lower op %d", x.op))
	}
	return l.at[x]
}

// binary emits dst = a ∘ b; the assembler writes b first, and b may be memory.
func (l *lowering) binary(mnemonic string, x *val, commutes bool) {
	a, b := x.args[0], x.args[1]
	if commutes && a.op == opConst {
		a, b = b, a
	}
	l.get(a) // before b, so that values come in the order of writing
	s := l.src(b)
	r := l.v(l.get(a))
	l.op(mnemonic, s, r, l.dst(x))
}

func (l *lowering) shift(mnemonic string, x *val) {
	s := l.v(l.get(x.args[0]))
	l.i(mnemonic, operand.U8(x.bits), s, l.dst(x))
}

// fused emits ±a·b + c in the form whose destination is an operand that dies.
func (l *lowering) fused(mnemonic string, x *val) {
	a, b, c := x.args[0], x.args[1], x.args[2]
	if a.op == opConst {
		a, b = b, a
	}
	for _, y := range []*val{a, b, c} {
		if y.op != opConst {
			l.get(y)
		}
	}
	inReg := func(y *val) bool { _, ok := l.at[y]; return ok }
	dies := func(y *val) bool {
		n := 0
		for _, z := range x.args {
			if z == y {
				n++
			}
		}
		return inReg(y) && l.uses[y] == n && n == 1
	}
	claim := func(y *val) reg.VecPhysical { // y's register becomes x's
		r := l.at[y]
		l.releaseAll(x)
		l.vecs[r] = true
		return l.v(l.result(x, r))
	}
	switch {
	case dies(c):
		s, t := l.src(b), l.v(l.get(a))
		l.f(mnemonic+"231", s, t, claim(c))
	case dies(a) && b.op != opConst:
		s, t := l.src(c), l.v(l.get(b))
		l.f(mnemonic+"213", s, t, claim(a))
	case dies(a): // b is a constant
		s, t := l.src(b), l.v(l.get(c))
		l.f(mnemonic+"132", s, t, claim(a))
	case dies(b):
		s, t := l.src(c), l.v(l.get(a))
		l.f(mnemonic+"213", s, t, claim(b))
	default:
		s, t := l.src(b), l.v(l.get(a))
		d := l.take()
		l.op("VMOVUPS", l.src(c), l.v(d))
		l.f(mnemonic+"231", s, t, l.v(d))
		l.releaseAll(x)
		l.result(x, d)
	}
}

func (l *lowering) compare(x *val, predicate uint8) {
	a := l.v(l.get(x.args[0]))
	b := l.src(x.args[1])
	if !l.isa.masks {
		l.f("VCMP", operand.U8(predicate), b, a, l.dst(x))
		return
	}
	l.releaseAll(x)
	l.f("VCMP", operand.U8(predicate), b, a, l.kreg(l.result(x, l.takeK())))
}

func (l *lowering) selection(x *val) {
	m, a, b := x.args[0], x.args[1], x.args[2]
	l.get(m)
	rb := l.v(l.get(b))
	ra := l.src(a)
	if l.isa.masks {
		l.f("VBLENDM", ra, rb, l.kreg(l.at[m]), l.dst(x))
	} else {
		l.f("VBLENDV", l.v(l.at[m]), ra, rb, l.dst(x))
	}
}

// scale is p·2^n. Where there is no such instruction, n + 254 is cut into two
// biased exponents: p is multiplied by two powers of two, exactly by the first.
func (l *lowering) scale(x *val) {
	p := l.v(l.get(x.args[0]))
	if l.isa.bytes == 64 {
		n := l.v(l.get(x.args[1]))
		l.f("VSCALEF", n, p, l.dst(x))
		return
	}
	t := l.v(l.get(x.args[2]))
	r, h := l.take(), l.take()
	l.op("VPSRLD", operand.U8(1), t, l.v(h))
	l.op("VPSUBD", l.v(h), t, l.v(r))
	l.op("VPSLLD", operand.U8(23), l.v(h), l.v(h))
	l.op("VPSLLD", operand.U8(23), l.v(r), l.v(r))
	l.op("VMULPS", p, l.v(h), l.v(h))
	l.op("VMULPS", l.v(h), l.v(r), l.v(r))
	l.drop(h)
	l.releaseAll(x)
	l.result(x, r)
}

// mulHi is the upper half of the unsigned product of 32-bit lanes with a
// constant: the even and the odd lanes are multiplied apart.
func (l *lowering) mulHi(x *val) {
	a := l.v(l.get(x.args[0]))
	m := l.constant(l.elem.bits(x.args[1]))
	even, odd := l.take(), l.take()
	l.op("VPSRLQ", operand.U8(32), a, l.v(odd))
	l.op("VPMULUDQ", m, a, l.v(even))
	l.op("VPMULUDQ", m, l.v(odd), l.v(odd))
	l.op("VPSRLQ", operand.U8(32), l.v(even), l.v(even))
	if l.isa.masks {
		l.op("VMOVDQA32", l.v(odd), l.kreg(l.odd), l.v(even))
	} else {
		l.op("VPBLENDD", operand.U8(0xaa), l.v(odd), l.v(even), l.v(even))
	}
	l.drop(odd)
	l.releaseAll(x)
	l.result(x, even)
}
