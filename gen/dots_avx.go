package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A avxDots is the product of a vector and rows of a matrix while its code is
// written. The rows are transposed in registers, eight at a time, so that each has
// a lane of an accumulator, and its chain the one order that there is. The last
// eight may have some in common with those before: they begin at the same c.
//
//	registers:  squares, twice a side | accumulators, 8·n rows | elements of a, a side
type avxDots struct {
	*asm
	v, acc, x []reg.VecPhysical
	tall      int            // rows in an accumulator
	rows      []reg.Register // every eighth row, and the last eight
	from      []operand.Mem  // of eight rows
	pa        reg.Register
}

// dots writes the kernel of at most 8·n rows.
func (a *asm) dots(n int) {
	a.function(dotsName(n), dotsSignature(a.elem))
	side, size := a.elem.side(), a.elem.bytes
	d := &avxDots{asm: a, tall: 2 * side, pa: a.argument("a")}
	d.v = ymm[:d.tall]
	d.acc = ymm[d.tall:][:dotsRows/d.tall*n]
	d.x = ymm[len(d.v)+len(d.acc):][:side]
	d.eachC(func(c operand.Mem, r reg.Register) { a.VMOVUPS(c, r) })
	d.setRows(n)

	// An iteration takes a line of every row.
	quads, quad := a.argument("quads"), 4*size
	loop, last, rest, done := a.label("loop"), a.label("last"), a.label("rest"), a.label("done")
	a.SUBQ(operand.U8(lineBytes/quad), quads)
	a.JL(operand.LabelRef(last))
	a.mark(loop)
	d.steps(lineBytes / size)
	a.SUBQ(operand.U8(lineBytes/quad), quads)
	a.JGE(operand.LabelRef(loop))
	a.mark(last)
	a.ADDQ(operand.U8(lineBytes/quad), quads)
	a.JZ(operand.LabelRef(done))
	a.mark(rest)
	d.steps(4)
	a.DECQ(quads)
	a.JNZ(operand.LabelRef(rest))
	a.mark(done)
	d.eachC(func(c operand.Mem, r reg.Register) { a.VMOVUPS(r, c) })
	a.ret()
}

// lineBytes is the size of a cache line.
const lineBytes = 64

// eachC visits the accumulators with their places in c.
func (d *avxDots) eachC(visit func(c operand.Mem, r reg.Register)) {
	c, last := d.argument("c"), d.argument("rows")
	for i, r := range d.acc {
		m := operand.Mem{Base: c, Disp: 32 * i}
		if past := i - len(d.acc) + dotsRows/d.tall; past >= 0 { // of the last eight
			m = operand.Mem{Base: c, Index: last, Scale: uint8(d.elem.bytes), Disp: 32*past - dotsRows*d.elem.bytes}
		}
		visit(m, r)
	}
}

func (d *avxDots) setRows(n int) {
	ld := d.stride("ldb")
	d.from = d.everyRow(ld, dotsRows)
	for i := range n - 1 {
		if i == 0 {
			d.rows = append(d.rows, d.argument("b"))
			continue
		}
		next := d.GP64()
		d.LEAQ(operand.Mem{Base: d.rows[i-1], Index: ld, Scale: dotsRows}, next)
		d.rows = append(d.rows, next)
	}
	last := d.argument("rows")
	d.SUBQ(operand.U8(dotsRows), last)
	d.IMULQ(ld, last)
	d.ADDQ(d.address("b"), last)
	d.rows = append(d.rows, last)
}

// steps continues the chains. So many rows are more than a processor prefetches by
// itself: with a line of each the next is asked for, a few at a time, for that takes
// as long as the arithmetic.
func (d *avxDots) steps(count int) {
	side, size := d.elem.side(), d.elem.bytes
	ahead := 0 // rows to prefetch beside each square
	if count*size == lineBytes {
		ahead = d.tall * side / count
	}
	for p := 0; p < count; p += side {
		for q, r := range d.x {
			d.op("VBROADCAST"+d.elem.scalar, operand.Mem{Base: d.pa, Disp: (p + q) * size}, r)
		}
		for i, r := range d.acc {
			row := func(j int) operand.Mem {
				j += i * d.tall
				return rowAt(d.rows[j/dotsRows], d.from[j%dotsRows], p*size)
			}
			for q := range ahead {
				d.PREFETCHT0(row(p/side*ahead + q).Offset(lineBytes - p*size))
			}
			for q, column := range d.squares(d.tall, row, d.v) {
				d.f("VFMADD231", column, d.x[q], r)
			}
		}
	}
	for _, r := range append(d.rows, d.pa) {
		d.ADDQ(operand.U8(count*size), r)
	}
}
