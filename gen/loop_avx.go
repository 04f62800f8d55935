package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avxLoop is the part of a loop that is written for amd64 alone.
type avxLoop struct {
	*asm
	*loop
	group int // elements per iteration: 16, or the 64 of one Philox group
	args  reg.Register
	base  map[string]reg.Register
	i     reg.Register // index of the group's first element
	sums  []vreg
	local reg.Register // points to a group of noise
	table reg.Register // without mask registers: where the tail's masks start
	ks    []vreg       // with them: one per vector
}

// elementwise writes one kernel.
func (a *asm) elementwise(k *kernel) {
	a.function(k.name, argsSignature)
	l := &avxLoop{asm: a, group: sumLanes, args: a.argument("args"), base: map[string]reg.Register{}}
	l.loop = &loop{set: l, k: k, reads: true}
	if k.noise {
		l.group = noiseGroup
		l.local = l.takeLocal()
		l.setKeys()
		l.setOddLanes()
	}
	for _, name := range k.arrays() {
		l.base[name] = l.loadArg(k.array(name))
	}
	n := l.loadArg(argN)
	l.i = a.GP64()
	a.XORQ(l.i, l.i)
	if !k.noise { // which needs all the registers
		l.pinScalars()
	}
	if k.sum {
		for range sumLanes / a.lanes() {
			r := a.take()
			a.clear(r)
			l.sums = append(l.sums, r)
		}
	}

	l.plan()
	if !k.noise {
		pinFor(l, l.constants, l.widest)
	}
	done := a.label("done")
	if l.width*a.lanes() > l.group {
		l.repeat(n, l.width*a.lanes(), func() { l.vectors(0, l.width) })
	}
	if k.noise {
		inSteps(l, noiseWords(l)) // of the first group
	}
	l.repeat(n, l.group, l.oneGroup)
	a.JZ(operand.LabelRef(done))
	l.mask(n)
	l.oneGroup()
	a.mark(done)
	if k.sum {
		l.fold()
	}
	l.tail = false // what comes after is for whole vectors
	a.ret()
}

// arg is the memory of the argument at some byte.
func (l *avxLoop) arg(at int) operand.Mem { return operand.Mem{Base: l.args, Disp: at} }

func (l *avxLoop) loadArg(at int) reg.Register {
	r := l.GP64()
	l.MOVQ(l.arg(at), r)
	return r
}

// repeat runs body for every step of the n elements, and leaves n with the rest.
func (l *avxLoop) repeat(n reg.Register, step int, body func()) {
	iterate(l.asm, n, n, step, step, func() {
		body()
		l.ADDQ(operand.U8(step), l.i)
	})
	l.ADDQ(operand.U8(step), n)
}

// oneGroup writes the body for one group.
func (l *avxLoop) oneGroup() {
	w := min(l.width, l.group/l.lanes())
	if l.tail {
		w = 1
	}
	var pinned []uint64
	if l.k.noise {
		// The words of this group are there: the counter is the next one's.
		l.op("ADDQ", operand.U8(sumLanes), l.arg(noiseCounter))
		l.normals(!l.tail)
		pinned = pinFor(l, l.constants, func() { l.vectors(0, w) })
	}
	for off := 0; off < l.group; off += w * l.lanes() {
		l.vectors(off, w)
	}
	unpin(l, pinned)
}

const notLessOrEqual = 6 // of VPCMPU

// test compares as unsigned integers.
func (l *avxLoop) test(r vreg, rare label) {
	limit := l.literal(l.k.guard.limit.constant())
	if l.isa.masks {
		k := l.takeK()
		l.op("VPCMPUD", operand.U8(notLessOrEqual), limit, l.v(r), l.kreg(k))
		l.KORTESTW(l.kreg(k), l.kreg(k))
		l.JNE(operand.LabelRef(rare))
		l.dropK(k)
		return
	}
	t := l.take() // r may be the body's, too
	l.op("VPMAXU"+l.elem.i, limit, l.v(r), l.v(t))
	l.op("VPCMPEQ"+l.elem.i, limit, l.v(t), l.v(t))
	signs := l.GP32()
	l.f("VMOVMSK", l.v(t), signs)
	l.drop(t)
	l.CMPL(signs, operand.U32(1<<l.lanes()-1))
	l.JNE(operand.LabelRef(rare))
}

func (l *avxLoop) scalar(name string) vreg { return l.broadcast(l.arg(l.k.scalar(name))) }

func (l *avxLoop) input(name string, off int) *val {
	x := leaf(func() vreg { return l.load(name, off) })
	if l.reread && !l.tail {
		x.mem = l.element(name, off)
	}
	return x
}

func (l *avxLoop) element(name string, off int) operand.Mem {
	return operand.Mem{Base: l.base[name], Index: l.i, Scale: uint8(l.elem.bytes), Disp: off * l.elem.bytes}
}

func (l *avxLoop) load(name string, off int) vreg {
	r, m := l.take(), l.element(name, off)
	switch {
	case !l.tail:
		l.op("VMOVUPS", m, l.v(r))
	case l.isa.masks:
		l.op("VMOVU"+l.elem.f+"_Z", m, l.maskOf(off), l.v(r))
	default:
		l.op("VMOVUPS", l.maskIn(off), l.v(r))
		l.f("VMASKMOV", m, l.v(r), l.v(r))
	}
	return r
}

func (l *avxLoop) store(r vreg, name string, off int) {
	m := l.element(name, off)
	skip := l.label("skip")
	if name == l.k.optional {
		l.TESTQ(l.base[name], l.base[name])
		l.JZ(operand.LabelRef(skip))
	}
	switch {
	case !l.tail:
		l.op("VMOVUPS", l.v(r), m)
	case l.isa.masks:
		l.f("VMOVU", l.v(r), l.maskOf(off), m)
	default:
		t := l.take()
		l.op("VMOVUPS", l.maskIn(off), l.v(t))
		l.f("VMASKMOV", l.v(r), l.v(t), m)
		l.drop(t)
	}
	if name == l.k.optional {
		l.mark(skip)
	}
}

// addTo adds the vector r of terms at off to its partial sums.
func (l *avxLoop) addTo(off int, r vreg) {
	s := l.v(l.sums[off%sumLanes/l.lanes()])
	switch {
	case !l.tail:
		l.f("VADD", l.v(r), s, s)
	case l.isa.masks:
		l.f("VADD", l.v(r), s, l.maskOf(off), s)
	default: // a partial sum is never -0, so adding 0 leaves it
		t := l.take()
		l.op("VANDPS", l.maskIn(off), l.v(r), l.v(t))
		l.f("VADD", l.v(t), s, s)
		l.drop(t)
	}
}

// fold stores the total of the partial sums: the upper half is added to the
// lower until one is left.
func (l *avxLoop) fold() {
	t := l.take()
	s, u := l.v(l.sums[0]), l.v(t)
	if len(l.sums) > 1 {
		l.f("VADD", l.v(l.sums[1]), s, s)
		l.op("VEXTRACTF128", operand.U8(1), s, u.AsX())
	} else {
		l.op("VEXTRACTF64X4", operand.U8(1), s, u.AsY())
		l.f("VADD", u.AsY(), s.AsY(), s.AsY())
		l.op("VEXTRACTF32X4", operand.U8(1), s.AsY(), u.AsX())
	}
	l.f("VADD", u.AsX(), s.AsX(), s.AsX())
	l.op("VMOVHLPS", s.AsX(), s.AsX(), u.AsX())
	l.f("VADD", u.AsX(), s.AsX(), s.AsX())
	l.op("VMOVSHDUP", s.AsX(), u.AsX())
	l.op("VADDSS", u.AsX(), s.AsX(), s.AsX())
	l.op("VMOVSS", s.AsX(), l.arg(argSum))
	l.drop(t)
}

// mask prepares the masks of a group of which only n elements exist.
func (l *avxLoop) mask(n reg.Register) {
	l.tail = true
	if !l.isa.masks {
		l.table = l.maskTable(n, l.group)
		return
	}
	l.ks = l.maskBits(n, l.group)
}

func (l *avxLoop) maskOf(off int) reg.OpmaskPhysical { return l.kreg(l.ks[off/l.lanes()]) }

func (l *avxLoop) maskIn(off int) operand.Mem {
	return operand.Mem{Base: l.table, Disp: off * l.elem.bytes}
}

// maskTable points to the masks, as vectors in memory, of n elements in group.
func (a *asm) maskTable(n reg.Register, group int) reg.Register {
	e, all := a.elem, ^uint64(0)>>(64-8*a.elem.bytes)
	table := a.data(fmt.Sprintf("mask%dx%d", group, a.elem.bytes), 2*group, func(i int) operand.Constant {
		if i < group {
			return e.constant(all)
		}
		return e.constant(0)
	})
	p, q := a.GP64(), a.GP64()
	a.LEAQ(table, p)
	a.MOVQ(operand.U32(group), q)
	a.SUBQ(n, q)
	a.LEAQ(operand.Mem{Base: p, Index: q, Scale: uint8(a.elem.bytes)}, p)
	return p
}

// maskBits fills a mask register per vector for n elements in group <= 64.
func (a *asm) maskBits(n reg.Register, group int) []vreg {
	a.MOVQ(n, reg.RCX)
	bits := a.GP64()
	a.MOVQ(operand.I32(-1), bits)
	a.SHLQ(reg.CL, bits) // n = 64 would shift by 0, but then there is no tail
	a.NOTQ(bits)
	var ks []vreg
	for range group / a.lanes() {
		k := a.takeK()
		a.KMOVW(bits.As32(), a.kreg(k))
		a.SHRQ(operand.U8(a.lanes()), bits)
		ks = append(ks, k)
	}
	return ks
}
