package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avxDots writes products of a vector and rows of a matrix.
//
//	registers:  squares, twice a side | accumulators, 8·n rows | elements of a, a side
type avxDots struct {
	*asm
	v, acc, x []reg.VecPhysical
	tall      int           // rows in an accumulator
	from      []operand.Mem // of eight rows
}

func (a *asm) dots(n int) { dots(&avxDots{asm: a}, a.elem, n) }

func (d *avxDots) prepare(n int, ld reg.Register) {
	side := d.elem.side()
	d.tall = 2 * side
	d.v = ymm[:d.tall]
	d.acc = ymm[d.tall:][:dotsRows/d.tall*n]
	d.x = ymm[len(d.v)+len(d.acc):][:side]
	d.from = d.everyRow(ld, dotsRows)
}

func (d *avxDots) loadC()  { d.eachC(func(c operand.Mem, r reg.Register) { d.VMOVUPS(c, r) }) }
func (d *avxDots) storeC() { d.eachC(func(c operand.Mem, r reg.Register) { d.VMOVUPS(r, c) }) }

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

func (d *avxDots) steps(count int, a reg.Register, rows []reg.Register) {
	side, size := d.elem.side(), d.elem.bytes
	ahead := 0 // rows to prefetch beside each square
	if count*size == lineBytes {
		ahead = d.tall * side / count
	}
	for p := 0; p < count; p += side {
		for q, r := range d.x {
			d.op("VBROADCAST"+d.elem.scalar, operand.Mem{Base: a, Disp: (p + q) * size}, r)
		}
		for i, r := range d.acc {
			row := func(j int) operand.Mem {
				j += i * d.tall
				return at(rows[j/dotsRows], d.from[j%dotsRows]).Offset(p * size)
			}
			for q := range ahead {
				d.PREFETCHT0(row(p/side*ahead + q).Offset(lineBytes - p*size))
			}
			for q, column := range d.squares(d.tall, row, d.v) {
				d.f("VFMADD231", column, d.x[q], r)
			}
		}
	}
}
