package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (a *asm) add(by, to reg.Register) { a.ADDQ(by, to) }

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
