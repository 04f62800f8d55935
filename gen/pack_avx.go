package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// copyRows writes the packing of operands that are stored along their panel, in
// 256-bit registers in both sets, as transpose is.
func (a *asm) copyRows(width int) {
	a.function(copyName(width), copySignature(a.elem))
	dst, w, src, ld, n := a.pointer("dst"), a.stride("w"), a.pointer("src"), a.stride("ld"), a.pointer("n")
	loop := a.label("loop")
	a.mark(loop)
	for i, r, size := 0, 0, 0; i < a.elem.bytes*width; i, r = i+size, r+1 {
		move, v := "VMOVUPS", reg.Register(ymm[r])
		switch rest := a.elem.bytes*width - i; {
		case rest >= 32:
			size = 32
		case rest >= 16:
			size, v = 16, ymm[r].AsX()
		default:
			size, v, move = 8, ymm[r].AsX(), "VMOVSD"
		}
		a.op(move, operand.Mem{Base: src, Disp: i}, v)
		a.op(move, v, operand.Mem{Base: dst, Disp: i})
	}
	a.ADDQ(ld, src)
	a.ADDQ(w, dst)
	a.DECQ(n)
	a.JNZ(operand.LabelRef(loop))
	a.ret()
}
