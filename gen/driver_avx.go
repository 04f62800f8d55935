package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (a *asm) takeG() reg.Register   { return a.GP64() }
func (a *asm) dropG(...reg.Register) {} // avo knows their last uses

func (a *asm) reload(name string, to reg.Register) { a.MOVQ(a.address(name), to) }
func (a *asm) assign(variable, name string)        { a.MOVQ(a.argument(name), a.address(variable)) }
func (a *asm) raise(name string, by reg.Register)  { a.ADDQ(by, a.address(name)) }
func (a *asm) raiseNumber(name string, n int)      { a.increase(a.address(name), n) }

func (a *asm) set(to, from reg.Register)      { a.MOVQ(from, to) }
func (a *asm) add(by, to reg.Register)        { a.ADDQ(by, to) }
func (a *asm) subtract(by, from reg.Register) { a.SUBQ(by, from) }

func (a *asm) addTimes(n int, of, to reg.Register) {
	r := a.GP64()
	a.IMUL3Q(operand.U32(n), of, r)
	a.ADDQ(r, to)
}

func (a *asm) addProduct(x, y, to reg.Register) {
	a.IMULQ(y, x)
	a.ADDQ(x, to)
}

func (a *asm) bytes(count, to reg.Register) {
	a.MOVQ(count, to)
	a.toBytes(to)
}

func (a *asm) addNumber(n int, from, to reg.Register) {
	if from != to {
		a.MOVQ(from, to)
	}
	a.increase(to, n)
}

func (a *asm) increase(to operand.Op, n int) {
	if n < 0 {
		a.SUBQ(operand.I32(-n), to)
	} else {
		a.ADDQ(operand.I32(n), to)
	}
}

func (a *asm) compare(x reg.Register, n int) { a.CMPQ(x, operand.I32(n)) }
func (a *asm) jumpIf(c condition, to label)  { a.op("J"+string(c), operand.LabelRef(to)) }

func (a *asm) unlessBit(bit int, of reg.Register, to label) {
	a.TESTQ(operand.I32(bit), of)
	a.JZ(operand.LabelRef(to))
}

func (a *asm) unless(bits int, to label) {
	a.TESTQ(operand.U32(bits), a.address("mode"))
	a.JZ(operand.LabelRef(to))
}

func (a *asm) countDown(n reg.Register, to label) {
	a.DECQ(n)
	a.JNZ(operand.LabelRef(to))
}

// move takes 256-bit registers at most in both sets, as transpose does.
func (a *asm) move(src, dst reg.Register, at, bytes int) {
	m, r := piece(a.take(), bytes)
	a.op(m, operand.Mem{Base: src, Disp: at}, r)
	a.op(m, r, operand.Mem{Base: dst, Disp: at})
}

func (a *asm) moveOn(src, dst reg.Register, bytes int) {
	size := min(bytes, 32)
	rs := a.takeN(bytes / size)
	for i, r := range rs {
		m, v := piece(r, size)
		a.op(m, operand.Mem{Base: src, Disp: i * size}, v)
	}
	for i, r := range rs {
		m, v := piece(r, size)
		a.op(m, v, operand.Mem{Base: dst, Disp: i * size})
	}
	a.ADDQ(operand.I32(bytes), src)
	a.ADDQ(operand.I32(bytes), dst)
	a.drop(rs...)
}

func (a *asm) splitOn(src, even, odd reg.Register) {
	rs := a.takeN(3)
	x, y, out := ymm[rs[0]], ymm[rs[1]], ymm[rs[2]]
	a.VMOVUPS(operand.Mem{Base: src}, x)
	a.VMOVUPS(operand.Mem{Base: src, Disp: 32}, y)
	for _, to := range []struct {
		places uint64
		dst    reg.Register
	}{{0x88, even}, {0xdd, odd}} {
		a.VSHUFPS(operand.U8(to.places), y, x, out)
		a.VPERMPD(operand.U8(0xd8), out, out) // x x y y of each lane -> x x x x, y y y y
		a.VMOVUPS(out, operand.Mem{Base: to.dst})
	}
	a.ADDQ(operand.I32(64), src)
	a.ADDQ(operand.I32(32), even)
	a.ADDQ(operand.I32(32), odd)
	a.drop(rs...)
}

// piece is the instruction that moves so many bytes, and what it calls register r.
func piece(r vreg, bytes int) (mnemonic string, v reg.Register) {
	switch y := ymm[r]; bytes {
	case 32:
		return "VMOVUPS", y
	case 16:
		return "VMOVUPS", y.AsX()
	case 8:
		return "VMOVSD", y.AsX()
	default:
		return "VMOVSS", y.AsX()
	}
}

func (a *asm) clear(r vreg)       { a.op("VXORPS", a.v(r), a.v(r), a.v(r)) }
func (a *asm) fma(x, y, sum vreg) { a.f("VFMADD231", a.v(y), a.v(x), a.v(sum)) }

func (a *asm) relu(r, zero vreg) {
	a.f("VMAX", a.v(r), a.v(zero), a.v(r)) // NaN, the second source, is kept
	a.f("VADD", a.v(r), a.v(zero), a.v(r)) // -0 becomes +0
}

// prefetch uses the second-level cache if the loop over k itself fetches C from there.
func (a *asm) prefetch(p reg.Register, off int) {
	prefetch := a.PREFETCHT0
	if a.isa.fetchesC {
		prefetch = a.PREFETCHT1
	}
	prefetch(operand.Mem{Base: p, Disp: off})
}
