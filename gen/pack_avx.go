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

// transpose writes the packing of operands that are stored across their panel,
// four columns at a time, in 256-bit registers in both sets: rows i and i+4 lie
// in the halves of a register, and each half is a 4×4 network of unpack and
// shuffle. Of six rows the last two are paired by themselves.
func (a *asm) transpose(rows int) {
	a.function(transposeName(rows), transposeSignature)
	dst, w, src, ld, n := a.pointer("dst"), a.stride("w"), a.pointer("src"), a.stride("ld"), a.pointer("strips")
	lds := a.multiples(ld, 4)
	src4 := a.GP64()
	a.LEAQ(operand.Mem{Base: src, Index: ld, Scale: 4}, src4)
	row := func(i, col int) operand.Mem {
		return at([]reg.Register{src, src4}[i/4], lds[i%4]).Offset(4 * col)
	}
	v := func(i int) reg.Register {
		if rows == 8 {
			return ymm[i]
		}
		return ymm[i].AsX()
	}
	pairs := func(x, y, lo, hi reg.Register) { // x0 y0 x1 y1, and x2 y2 x3 y3
		a.VUNPCKLPS(y, x, lo)
		a.VUNPCKHPS(y, x, hi)
	}

	loop := a.label("loop")
	a.Label(loop)
	for col := 0; col < transposeStrip; col += 4 {
		for i := range 4 {
			a.VMOVUPS(row(i, col), ymm[i].AsX())
			if rows == 8 {
				a.VINSERTF128(operand.U8(1), row(i+4, col), ymm[i], ymm[i])
			}
		}
		pairs(v(0), v(1), v(4), v(5))
		pairs(v(2), v(3), v(6), v(7))
		if rows == 6 {
			a.VMOVUPS(row(4, col), v(8))
			a.VMOVUPS(row(5, col), v(9))
			pairs(v(8), v(9), v(10), v(11))
		}
		for p := range 4 {
			x := v(p)
			a.VSHUFPS(operand.U8([]uint8{0x44, 0xee}[p%2]), v(6+p/2), v(4+p/2), x)
			a.VMOVUPS(x, operand.Mem{Base: dst})
			if rest := (operand.Mem{Base: dst, Disp: 16}); rows == 6 && p%2 == 0 {
				a.VMOVLPS(v(10+p/2), rest)
			} else if rows == 6 {
				a.VMOVHPS(v(10+p/2), rest)
			}
			a.ADDQ(w, dst)
		}
	}
	a.ADDQ(operand.U8(4*transposeStrip), src)
	a.ADDQ(operand.U8(4*transposeStrip), src4)
	a.DECQ(n)
	a.JNZ(operand.LabelRef(loop))
	a.ret()
}
