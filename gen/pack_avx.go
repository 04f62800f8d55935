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
	at := func(r reg.Register, i int) operand.Mem { return operand.Mem{Base: r, Disp: 4 * i} }
	for i, r := 0, 0; i < width; r++ {
		switch rest := width - i; {
		case rest >= 8:
			a.VMOVUPS(at(src, i), ymm[r])
			a.VMOVUPS(ymm[r], at(dst, i))
			i += 8
		case rest >= 4:
			a.VMOVUPS(at(src, i), ymm[r].AsX())
			a.VMOVUPS(ymm[r].AsX(), at(dst, i))
			i += 4
		default: // 2
			a.VMOVSD(at(src, i), ymm[r].AsX())
			a.VMOVSD(ymm[r].AsX(), at(dst, i))
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
// in 256-bit registers in both sets: it is the 8×8 network of unpack, shuffle
// and permute. With fewer rows some are empty.
func (a *asm) transpose(rows int) {
	a.function(transposeName(rows), transposeSignature)
	dst, w, src, ld, n := a.pointer("dst"), a.stride("w"), a.pointer("src"), a.stride("ld"), a.pointer("strips")
	ld3, src4 := a.GP64(), a.GP64()
	a.LEAQ(operand.Mem{Base: ld, Index: ld, Scale: 2}, ld3)
	a.LEAQ(operand.Mem{Base: src, Index: ld, Scale: 4}, src4)
	row := func(i int) operand.Mem {
		base := src
		if i >= 4 {
			base = src4
		}
		switch i % 4 {
		case 0:
			return operand.Mem{Base: base}
		case 3:
			return operand.Mem{Base: base, Index: ld3, Scale: 1}
		}
		return operand.Mem{Base: base, Index: ld, Scale: uint8(i % 4)}
	}
	y := func(i int) reg.VecPhysical { return ymm[i] }

	loop := a.label("loop")
	a.Label(loop)
	for i := range 8 {
		if i < rows {
			a.VMOVUPS(row(i), y(i))
		} else {
			a.VXORPS(y(i), y(i), y(i))
		}
	}
	for i := 0; i < 8; i += 2 { // pairs of rows, element by element
		a.VUNPCKLPS(y(i+1), y(i), y(8+i))
		a.VUNPCKHPS(y(i+1), y(i), y(9+i))
	}
	for i := range 4 { // fours: y(i) has columns i, i+4 of rows 0-3, y(4+i) of rows 4-7
		from := 8 + i/2
		imm := operand.U8([]uint8{0x44, 0xee}[i%2])
		a.VSHUFPS(imm, y(from+2), y(from), y(i))
		a.VSHUFPS(imm, y(from+6), y(from+4), y(4+i))
	}
	for p := range 8 { // eights
		v := y(8 + p%4)
		if p < 4 {
			a.VPERM2F128(operand.U8(0x20), y(4+p), y(p), v)
		} else {
			a.VPERM2F128(operand.U8(0x31), y(p), y(p-4), v)
		}
		to := operand.Mem{Base: dst}
		switch rows {
		case 8:
			a.VMOVUPS(v, to)
		case 6:
			a.VMOVUPS(v.AsX(), to)
			a.VEXTRACTF128(operand.U8(1), v, v.AsX())
			a.VMOVLPS(v.AsX(), to.Offset(16))
		case 4:
			a.VMOVUPS(v.AsX(), to)
		}
		a.ADDQ(w, dst)
	}
	a.ADDQ(operand.U8(4*transposeStrip), src)
	a.ADDQ(operand.U8(4*transposeStrip), src4)
	a.DECQ(n)
	a.JNZ(operand.LabelRef(loop))
	a.ret()
}
