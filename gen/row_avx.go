package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// row writes the micro-kernel whose tiles are whole rows of C, of any n. It reads
// no more of B than there is, and each vector once, from memory.
//
//	registers:  accumulators, 12 vectors | an element of A
//	at the end: accumulators, 4 vectors | masks, 4 vectors | of B, 4 vectors | an element of A
func (a *asm) row() {
	a.function(rowTileName, tileSignature(a.elem))
	const tail = 4
	acc, x := a.takeN(3*tail), a.takeN(1)
	size, bytes := a.elem.bytes, a.isa.bytes

	// Pointers are to the ends of rows, and col goes from -n to 0. In memory n
	// becomes what is left for the masks.
	width, rest := a.argument("n"), a.GP64()
	a.MOVQ(width, rest)
	a.ANDQ(operand.U32(tail*a.lanes()-1), rest)
	a.MOVQ(rest, a.address("n"))
	r := &avxRow{
		avxEdge: &avxEdge{asm: a, spare: x},
		l:       &avxSteps{asm: a, a: x, at: func(r vreg, _ int) reg.VecPhysical { return a.v(r) }},
		masks:   acc[tail : 2*tail],
		more:    acc[2*tail:],
		width:   width, col: a.GP64(),
	}
	r.columns(rest, tail*a.lanes())
	a.IMUL3Q(operand.I32(-size), width, width)
	r.pa, r.as = a.argument("a"), a.multiples(a.stride("as"), unroll)
	r.pb, r.bs = a.argument("b"), a.multiples(a.stride("bs"), unroll)
	r.pc = a.argument("c")
	a.SUBQ(width, r.pb)
	a.SUBQ(width, r.pc)

	top, narrow, next := a.label("row"), a.label("narrow"), a.label("next")
	a.mark(top)
	a.MOVQ(width, r.col)
	for _, n := range []int{len(acc), tail} {
		again, skip := a.label("again"), a.label("skip")
		a.CMPQ(r.col, operand.I32(-n*bytes))
		a.JG(operand.LabelRef(skip))
		a.mark(again)
		r.part(acc[:n], false)
		a.ADDQ(operand.I32(n*bytes), r.col)
		a.CMPQ(r.col, operand.I32(-n*bytes))
		a.JLE(operand.LabelRef(again))
		a.mark(skip)
	}
	a.TESTQ(r.col, r.col)
	a.JZ(operand.LabelRef(next))
	a.CMPQ(r.col, operand.I32(-tail/2*bytes))
	a.JGE(operand.LabelRef(narrow))
	r.part(acc[:tail], true)
	a.JMP(operand.LabelRef(next))
	a.mark(narrow)
	r.part(acc[:tail/2], true)
	a.mark(next)
	a.ADDQ(a.stride("ldc"), r.pc)
	a.ADDQ(a.stride("ap"), r.pa)
	byColumn := a.label("byColumn")
	a.unless(tileBiasRow, byColumn)
	a.ADDQ(operand.U32(size), a.address("bias"))
	a.mark(byColumn)
	a.DECQ(a.address("m"))
	a.JNZ(operand.LabelRef(top))
	a.ret()
}

// A avxRow is that kernel while it is written.
type avxRow struct {
	*avxEdge
	l          *avxSteps
	masks      []vreg // for masks that are vectors
	more       []vreg // for vectors of B
	pa, pb, pc reg.Register
	as, bs     []operand.Mem
	width, col reg.Register
}

// part is some vectors of the row, from col on; with masks, the last ones.
func (r *avxRow) part(acc []vreg, masked bool) {
	r.l.acc = [][]vreg{acc}
	r.l.masks, r.held = nil, nil
	if masked {
		r.hold(r.masks[:len(acc)])
		r.l.masks = func(m operand.Mem, j int) operand.Op {
			r.load(m, j, r.v(r.more[j]), true)
			return r.v(r.more[j])
		}
	}
	each := func(end reg.Register, do func(operand.Mem, int, reg.VecPhysical, bool)) {
		for j, v := range acc {
			do(operand.Mem{Base: end, Index: r.col, Scale: 1, Disp: j * r.isa.bytes}, j, r.v(v), masked)
		}
	}

	startFrom(r.asm, acc, []start{
		{tileLoad, func() { each(r.pc, r.load) }},
		{tileBias, func() {
			bias := r.argument("bias")
			r.SUBQ(r.width, bias)
			each(bias, r.load)
		}},
		{tileBiasRow, func() {
			r.op("VBROADCAST"+r.elem.scalar, operand.Mem{Base: r.argument("bias")}, r.v(acc[0]))
			for _, v := range acc[1:] {
				r.op("VMOVUPS", r.v(acc[0]), r.v(v))
			}
		}},
	})
	pa := r.GP64()
	r.MOVQ(r.pa, pa)
	r.l.pb, r.l.k = r.GP64(), r.argument("k")
	r.LEAQ(operand.Mem{Base: r.pb, Index: r.col, Scale: 1}, r.l.pb)
	r.l.run(r.l.byColumns(pa, r.as, r.bs))
	endWith(r.asm, acc, r.l.a[0], r.pc,
		func() { each(r.pc, r.add) },
		func(mask reg.Register) { each(mask, r.keep) })
	each(r.pc, r.store)
}
