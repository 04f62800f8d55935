package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// copyRows writes the packing of operands that are stored along their panel.
func (a *asm) copyRows(width int) {
	a.function(copyName(width), copySignature)
	dst, w, src, ld, n := a.pointer("dst"), a.stride("w"), a.pointer("src"), a.stride("ld"), a.pointer("n")
	loop := a.label("loop")
	a.Label(loop)
	element := func(r reg.Register, i int) operand.Mem { return operand.Mem{Base: r, Disp: 4 * i} }
	for i, r := 0, 0; i < width; r++ {
		switch rest := width - i; {
		case rest >= 8:
			a.VMOVUPS(element(src, i), ymm[r])
			a.VMOVUPS(ymm[r], element(dst, i))
			i += 8
		case rest >= 4:
			a.VMOVUPS(element(src, i), ymm[r].AsX())
			a.VMOVUPS(ymm[r].AsX(), element(dst, i))
			i += 4
		default: // 2
			a.VMOVSD(element(src, i), ymm[r].AsX())
			a.VMOVSD(ymm[r].AsX(), element(dst, i))
			i += 2
		}
	}
	a.ADDQ(ld, src)
	a.ADDQ(w, dst)
	a.DECQ(n)
	a.JNZ(operand.LabelRef(loop))
	a.ret()
}
