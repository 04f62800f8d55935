package main

import (
	"maps"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// avxLowering lowers to the instructions of amd64.
type avxLowering struct {
	*asm
	*lowering
}

func (a *asm) loadConstant(bits uint64, r vreg) { a.op("VMOVUPS", a.literal(bits), a.v(r)) }

// rewrite merges logical operations where VPTERNLOG is there, as VSCALEFPS is.
func (a *asm) rewrite(bodies [][]sink) {
	if a.isa.masks {
		mergeLogic(bodies)
	} else {
		splitScale(bodies)
	}
}

// sharing is how many operations side by side are worth an instruction that loads
// what all of them take; fewer have it as an operand in memory, each for itself. A
// processor loads two vectors in a cycle, and does as many FMAs.
func (a *asm) sharing() int { return 4 }

func (a *asm) takesInRegister(*val, int) bool { return true }

// share keeps the constants of a row.
func (a *asm) share(l *lowering, row []*val) (done func()) {
	if len(row) < a.sharing() {
		return func() {}
	}
	pinned := pinFor(a, constants(row[:1], a.takesInRegister), func() {
		l := &lowering{set: l.set, uses: maps.Clone(l.uses), at: maps.Clone(l.at)}
		for _, x := range row {
			l.get(x)
		}
	})
	return func() { unpin(a, pinned) }
}

func (a *asm) free(x *val, r vreg) {
	if a.isMask(x) {
		a.dropK(r)
	} else {
		a.drop(r)
	}
}

// isMask tells whether x lives in a mask register.
func (a *asm) isMask(x *val) bool {
	return a.isa.masks && (x.op == opLess || x.op == opLessEq)
}

// inMemory tells whether x has no register, and needs none.
func (l *avxLowering) inMemory(x *val) bool {
	if _, ok := l.at[x]; ok {
		return false
	}
	if x.op == opConst {
		_, pinned := l.pins[x.constant()]
		return !pinned
	}
	return x.mem != nil
}

// src is x as a source that may also be memory.
func (l *avxLowering) src(x *val) operand.Op {
	switch {
	case !l.inMemory(x): // a constant may be pinned
		return l.v(l.get(x))
	case x.op == opConst:
		return l.literal(x.constant())
	default:
		return x.mem.(operand.Mem)
	}
}

func (l *avxLowering) dst(x *val) reg.VecPhysical { return l.v(l.lowering.dst(x)) }

var avxSpellings = spellings[*avxLowering]{
	opAdd:     {"VADDPS", (*avxLowering).commutative},
	opSub:     {"VSUBPS", (*avxLowering).binary},
	opMul:     {"VMULPS", (*avxLowering).commutative},
	opDiv:     {"VDIVPS", (*avxLowering).binary},
	opMin:     {"VMINPS", (*avxLowering).binary},
	opMax:     {"VMAXPS", (*avxLowering).binary},
	opSqrt:    {"VSQRTPS", (*avxLowering).unary},
	opFMA:     {"VFMADD", (*avxLowering).fused},
	opFNMA:    {"VFNMADD", (*avxLowering).fused},
	opToFloat: {"VCVTDQ2PS", (*avxLowering).unary},

	opAnd:     {"VANDPS", (*avxLowering).commutative},
	opOr:      {"VORPS", (*avxLowering).commutative},
	opXor:     {"VXORPS", (*avxLowering).commutative},
	opLogic:   {"VPTERNLOGD", (*avxLowering).logic},
	opIAdd:    {"VPADDD", (*avxLowering).commutative},
	opISub:    {"VPSUBD", (*avxLowering).binary},
	opUMax:    {"VPMAXUD", (*avxLowering).commutative},
	opMulEven: {"VPMULUDQ", (*avxLowering).commutative},
	opShl:     {"VPSLLD", (*avxLowering).shift},
	opShr:     {"VPSRLD", (*avxLowering).shift},
	opSar:     {"VPSRAD", (*avxLowering).shift},

	opLess:       {"VCMPPS", (*avxLowering).compare},
	opLessEq:     {"VCMPPS", (*avxLowering).compare},
	opSelect:     {"VBLENDVPS", (*avxLowering).selection},
	opSignedUnit: {"VBLENDVPS", (*avxLowering).selection},
	opScale:      {"VSCALEFPS", (*avxLowering).binary},
	opUpper:      {"VMOVSHDUP", (*avxLowering).unary},
	opInterleave: {"VMOVSLDUP", (*avxLowering).interleave},
}

func (a *asm) compute(l *lowering, x *val) { avxSpellings.write(&avxLowering{a, l}, x) }

func (l *avxLowering) unary(mnemonic string, x *val) {
	s := l.src(x.args[0])
	l.op(mnemonic, s, l.dst(x))
}

// binary emits dst = a ∘ b; the assembler writes b first, and b may be memory.
func (l *avxLowering) binary(mnemonic string, x *val) { l.between(mnemonic, x, x.args[0], x.args[1]) }

func (l *avxLowering) commutative(mnemonic string, x *val) {
	a, b := x.args[0], x.args[1]
	if l.inMemory(a) {
		a, b = b, a
	}
	l.between(mnemonic, x, a, b)
}

func (l *avxLowering) between(mnemonic string, x, a, b *val) {
	l.get(a) // before b, so that values come in the order of writing
	s := l.src(b)
	r := l.v(l.get(a))
	l.op(mnemonic, s, r, l.dst(x))
}

func (l *avxLowering) shift(mnemonic string, x *val) {
	s := l.v(l.get(x.args[0]))
	l.op(mnemonic, operand.U8(x.bits), s, l.dst(x))
}

// fused emits ±a·b + c in the form whose destination is an operand that is used last here.
// One of the others may be memory.
func (l *avxLowering) fused(mnemonic string, x *val) {
	a, b, c := x.args[0], x.args[1], x.args[2]
	var m *val // that one: the first of c, b and a, but a constant if there is any
	for _, y := range []*val{c, b, a} {
		if l.inMemory(y) && (m == nil || m.op != opConst) {
			m = y
		}
	}
	for _, y := range []*val{a, b, c} {
		if y != m {
			l.get(y)
		}
	}
	// From here on a is not the one in memory, and is used last here if one of the factors is.
	if m == a || m != b && !l.isLastUse(a, x) {
		a, b = b, a
	}
	switch {
	case l.isLastUse(c, x):
		s, t := l.src(b), l.v(l.get(a))
		l.f(mnemonic+"231", s, t, l.v(l.claim(c, x)))
	case l.isLastUse(a, x) && m == b:
		s, t := l.src(b), l.v(l.get(c))
		l.f(mnemonic+"132", s, t, l.v(l.claim(a, x)))
	case l.isLastUse(a, x):
		s, t := l.src(c), l.v(l.get(b))
		l.f(mnemonic+"213", s, t, l.v(l.claim(a, x)))
	default:
		s, t := l.src(b), l.v(l.get(a))
		d := l.take()
		l.op("VMOVUPS", l.src(c), l.v(d))
		l.f(mnemonic+"231", s, t, l.v(d))
		l.become(x, d)
	}
}

// predicates are those of VCMP.
var predicates = map[op]operand.U8{opLess: 0x11, opLessEq: 0x12}

func (l *avxLowering) compare(mnemonic string, x *val) {
	a := l.v(l.get(x.args[0]))
	b := l.src(x.args[1])
	if !l.isa.masks {
		l.op(mnemonic, predicates[x.op], b, a, l.dst(x))
		return
	}
	l.releaseAll(x)
	l.op(mnemonic, predicates[x.op], b, a, l.kreg(l.result(x, l.takeK())))
}

// selection uses that VBLENDV looks at signs alone.
func (l *avxLowering) selection(mnemonic string, x *val) {
	m, a, b := x.args[0], x.args[1], x.args[2]
	rm := l.get(m)
	rb := l.v(l.get(b))
	ra := l.src(a)
	switch {
	case !l.isa.masks:
		l.op(mnemonic, l.v(rm), ra, rb, l.dst(x))
	case x.op == opSelect:
		l.f("VBLENDM", ra, rb, l.kreg(rm), l.dst(x))
	default:
		// A mask of signs would take a cycle of the FMA units. As integers, a is
		// between 1 and -1.
		t := l.take()
		l.op("VPANDD", l.src(u(signBit)), l.v(rm), l.v(t))
		l.op("VPORD", rb, l.v(t), l.v(t))
		l.op("VPMAXSD", ra, l.v(t), l.v(t))
		l.become(x, t)
	}
}

// interleave takes the register of the even lanes if it can.
func (l *avxLowering) interleave(mnemonic string, x *val) {
	a, b := x.args[0], x.args[1]
	ra, rb := l.get(a), l.get(b)
	if !l.isa.masks {
		t := l.take()
		l.op(mnemonic, l.v(rb), l.v(t))
		l.op("VPBLENDD", operand.U8(0xaa), l.v(t), l.v(ra), l.v(t))
		l.become(x, t)
		return
	}
	d := l.overwrite(x, a)
	l.op(mnemonic, l.v(rb), l.kreg(l.odd), l.v(d))
	l.become(x, d)
}

// overwrite is a register that holds argument y of x, which x may change.
func (l *avxLowering) overwrite(x, y *val) vreg {
	if l.isLastUse(y, x) {
		return l.at[y]
	}
	d := l.take()
	l.op("VMOVUPS", l.src(y), l.v(d))
	return d
}

// setOddLanes prepares what interleave needs.
func (a *asm) setOddLanes() {
	if !a.isa.masks {
		return
	}
	a.odd = a.takeK()
	t := a.GP32()
	a.MOVL(operand.U32(0xaaaa), t)
	a.KMOVW(t, a.kreg(a.odd))
}
