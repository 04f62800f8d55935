package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A block8 is a walk along eight rows of a matrix, four columns at a time, in
// 256-bit registers in both sets: rows i and i+4 lie in the halves of a register.
type block8 struct {
	*asm
	base [2]reg.Register // rows 0 and 4
	lds  []operand.Mem
}

// rowsFrom is the block that starts at src.
func (a *asm) rowsFrom(src, ld reg.Register, lds []operand.Mem) *block8 {
	src4 := a.GP64()
	a.LEAQ(operand.Mem{Base: src, Index: ld, Scale: 4}, src4)
	return &block8{a, [2]reg.Register{src, src4}, lds}
}

func (b *block8) at(row, col int) operand.Mem {
	return at(b.base[row/4], b.lds[row%4]).Offset(4 * col)
}

// advance passes a strip.
func (b *block8) advance() {
	for _, r := range b.base {
		b.ADDQ(operand.U8(4*transposeStrip), r)
	}
}

// columns leaves columns col to col+3 in x[0] to x[3], with four registers to
// spare: each half is a 4×4 network of unpack and shuffle. Of less than eight
// rows there are only the first four.
func (b *block8) columns(rows, col int, x []reg.VecPhysical) []reg.Register {
	v := make([]reg.Register, len(x))
	for i, r := range x {
		if v[i] = r.AsX(); rows == 8 {
			v[i] = r
		}
	}
	for i := range 4 {
		b.VMOVUPS(b.at(i, col), x[i].AsX())
		if rows == 8 {
			b.VINSERTF128(operand.U8(1), b.at(i+4, col), x[i], x[i])
		}
	}
	b.pairs(v[0], v[1], v[4], v[5])
	b.pairs(v[2], v[3], v[6], v[7])
	for p := range 4 {
		b.VSHUFPS(operand.U8([]uint8{0x44, 0xee}[p%2]), v[6+p/2], v[4+p/2], v[p])
	}
	return v[:4]
}

// pairs makes x0 y0 x1 y1, and x2 y2 x3 y3, in either half.
func (b *block8) pairs(x, y, lo, hi reg.Register) {
	b.VUNPCKLPS(y, x, lo)
	b.VUNPCKHPS(y, x, hi)
}

// transpose writes the packing of operands that are stored across their panel.
// Of six rows the last two are paired by themselves.
func (a *asm) transpose(rows int) {
	a.function(transposeName(rows), transposeSignature)
	dst, w, src, ld, n := a.pointer("dst"), a.stride("w"), a.pointer("src"), a.stride("ld"), a.pointer("strips")
	b := a.rowsFrom(src, ld, a.multiples(ld, 4))
	x, y := ymm[8].AsX(), ymm[9].AsX()
	rest := []reg.Register{ymm[10].AsX(), ymm[11].AsX()}

	loop := a.label("loop")
	a.Label(loop)
	for col := 0; col < transposeStrip; col += 4 {
		columns := b.columns(rows, col, ymm[:8])
		if rows == 6 {
			a.VMOVUPS(b.at(4, col), x)
			a.VMOVUPS(b.at(5, col), y)
			b.pairs(x, y, rest[0], rest[1])
		}
		for p, v := range columns {
			a.VMOVUPS(v, operand.Mem{Base: dst})
			if to := (operand.Mem{Base: dst, Disp: 16}); rows == 6 && p%2 == 0 {
				a.VMOVLPS(rest[p/2], to)
			} else if rows == 6 {
				a.VMOVHPS(rest[p/2], to)
			}
			a.ADDQ(w, dst)
		}
	}
	b.advance()
	a.DECQ(n)
	a.JNZ(operand.LabelRef(loop))
	a.ret()
}

// dots writes the product of a vector and rows of a matrix,
//
//	c[j] = fma(a[p], b[j·ldb+p], c[j]),  p = 0 … 4·quads-1,
//
// for 8·n-7 to 8·n rows, but 8 at least. They are transposed in registers, eight at
// a time, so that each has a lane, and its chain the one order that there is. The
// last eight may have some in common with those before.
func (a *asm) dots(n int) {
	a.function(dotsName(n), dotsSignature)
	pa, ld, quads, last := a.pointer("a"), a.stride("ldb"), a.pointer("quads"), a.pointer("rows")
	lds := a.multiples(ld, 4)
	acc, x := ymm[8:8+n], ymm[12:16]
	blocks := make([]*block8, n)
	a.SUBQ(operand.U8(8), last)
	c := a.pointer("c")
	cs := func(i int) operand.Mem {
		if i == n-1 {
			return operand.Mem{Base: c, Index: last, Scale: 4}
		}
		return operand.Mem{Base: c, Disp: 32 * i}
	}
	for i := range blocks {
		a.VMOVUPS(cs(i), acc[i])
		var start reg.Register
		switch i {
		case n - 1:
			start = a.GP64()
			a.MOVQ(last, start)
			a.IMULQ(ld, start)
			a.ADDQ(a.address("b"), start)
		case 0:
			start = a.pointer("b")
		default:
			start = a.GP64()
			a.LEAQ(operand.Mem{Base: blocks[i-1].base[1], Index: ld, Scale: 4}, start)
		}
		blocks[i] = a.rowsFrom(start, ld, lds)
	}
	columns := func(cols int) {
		for col := 0; col < cols; col += 4 {
			for p := range x {
				a.VBROADCASTSS(operand.Mem{Base: pa, Disp: 4 * (col + p)}, x[p])
			}
			for i, b := range blocks {
				for p, v := range b.columns(8, col, ymm[:8]) {
					a.VFMADD231PS(v, x[p], acc[i])
				}
			}
		}
	}
	loop, rest, done := a.label("loop"), a.label("rest"), a.label("done")
	a.SUBQ(operand.U8(2), quads)
	a.JL(operand.LabelRef(rest))
	a.Label(loop)
	columns(transposeStrip)
	for _, b := range blocks {
		b.advance()
	}
	a.ADDQ(operand.U8(4*transposeStrip), pa)
	a.SUBQ(operand.U8(2), quads)
	a.JGE(operand.LabelRef(loop))
	a.Label(rest)
	a.INCQ(quads)
	a.JNZ(operand.LabelRef(done))
	columns(4)
	a.Label(done)
	for i := range blocks {
		a.VMOVUPS(acc[i], cs(i))
	}
	a.ret()
}
