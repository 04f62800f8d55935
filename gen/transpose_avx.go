package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Matrices are transposed in squares of 128 bits a side: 4×4 of float32, 2×2 of
// float64. Two of them, one below the other, lie in the lanes of a 256-bit register,
// where loads have put them, in both sets: beyond the first-level cache the time is
// that of moving lines, and 512-bit registers gain nothing.

// side is the number of rows and columns of a square.
func (e *elem) side() int { return 16 / e.bytes }

// squares loads a square, or two, one below the other, and returns their columns.
// row(i) is the memory of row i. It needs registers for twice a side.
func (a *asm) squares(rows int, row func(i int) operand.Mem, v []reg.VecPhysical) []reg.Register {
	side := a.elem.side()
	x := make([]reg.Register, 2*side)
	for i := range x {
		if x[i] = v[i].AsX(); rows == 2*side {
			x[i] = v[i]
		}
	}
	for i := range side {
		a.VMOVUPS(row(i), v[i].AsX())
		if rows == 2*side {
			a.VINSERTF128(operand.U8(1), row(i+side), x[i], x[i])
		}
	}
	for i := 0; i < side; i += 2 {
		a.interleave(x[i], x[i+1], x[side+i], x[side+i+1])
	}
	if side == 2 {
		return x[side:]
	}
	for p := range side {
		a.VSHUFPS(operand.U8([]uint8{0x44, 0xee}[p%2]), x[6+p/2], x[4+p/2], x[p])
	}
	return x[:side]
}

// interleave makes x0 y0 x1 y1 and x2 y2 x3 y3 of float32 in each lane, and x0 y0
// and x1 y1 of float64.
func (a *asm) interleave(x, y, lo, hi reg.Register) {
	a.f("VUNPCKL", y, x, lo)
	a.f("VUNPCKH", y, x, hi)
}

// halfSquare is a square's columns of two rows of float32: 0 and 1 in one register,
// 2 and 3 in the other.
func (a *asm) halfSquare(row func(i int) operand.Mem) []reg.Register {
	x, y, lo, hi := ymm[0].AsX(), ymm[1].AsX(), ymm[2].AsX(), ymm[3].AsX()
	a.VMOVUPS(row(0), x)
	a.VMOVUPS(row(1), y)
	a.interleave(x, y, lo, hi)
	return []reg.Register{lo, hi}
}

// transpose writes the packing of operands that are stored across their panel. Each
// column is written as a whole before the next strip: half lines that were left to a
// second pass would have to be read again.
func (a *asm) transpose(rows int) {
	a.function(transposeName(rows), transposeSignature(a.elem))
	side, size := a.elem.side(), a.elem.bytes
	dst, n := a.argument("dst"), a.argument("strips")
	w, ld := a.stride("w"), a.stride("ld")
	to, from := a.everyRow(w, transposeStrip), a.everyRow(ld, min(rows, 8))
	src := []reg.Register{a.argument("src")} // every eighth row
	for i := 8; i < rows; i += 8 {
		next := a.GP64()
		a.LEAQ(operand.Mem{Base: src[len(src)-1], Index: ld, Scale: 8}, next)
		src = append(src, next)
	}

	loop := a.label("loop")
	a.mark(loop)
	for i, h := 0, 0; i < rows; i += h {
		switch rest := rows - i; {
		case rest >= 2*side:
			h = 2 * side
		case rest >= side:
			h = side
		default:
			h = rest
		}
		for col := 0; col < transposeStrip; col += side {
			row := func(j int) operand.Mem { return at(src[(i+j)/8], from[(i+j)%8]).Offset(col * size) }
			column := func(p int) operand.Mem { return at(dst, to[col+p]).Offset(i * size) }
			if h < side {
				for p, v := range a.halfSquare(row) {
					a.VMOVLPS(v, column(2*p))
					a.VMOVHPS(v, column(2*p+1))
				}
				continue
			}
			for p, v := range a.squares(h, row, ymm[:2*side]) {
				a.VMOVUPS(v, column(p))
			}
		}
	}
	for _, r := range src {
		a.ADDQ(operand.U8(transposeStrip*size), r)
	}
	a.LEAQ(operand.Mem{Base: dst, Index: w, Scale: transposeStrip}, dst)
	a.DECQ(n)
	a.JNZ(operand.LabelRef(loop))
	a.ret()
}

// everyRow is where up to eight rows begin that lie stride bytes apart, as indices
// of addresses.
func (a *asm) everyRow(stride reg.Register, rows int) []operand.Mem {
	at := []operand.Mem{{}, {Index: stride, Scale: 1}, {Index: stride, Scale: 2}, {}, {Index: stride, Scale: 4}, {}, {}, {}}
	sum := func(row int, index reg.Register, scale uint8) {
		if row < rows {
			x := a.GP64()
			a.LEAQ(operand.Mem{Base: stride, Index: index, Scale: scale}, x)
			at[row] = operand.Mem{Index: x, Scale: 1}
		}
	}
	sum(3, stride, 2)
	sum(5, stride, 4)
	if rows > 6 {
		at[6] = operand.Mem{Index: at[3].Index, Scale: 2}
		sum(7, at[3].Index, 2)
	}
	return at[:rows]
}
