package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avxRow is the micro-kernel of rows while it is written.
//
//	registers:  accumulators, 12 vectors | an element of A
//	at the end: accumulators, 4 vectors | masks, 4 vectors | of B, 4 vectors | an element of A
type avxRow struct {
	*avxEdge
	rowPlace[reg.Register]
	l      *avxSteps
	acc    []vreg
	as, bs []operand.Mem
	masked bool // the part under way
}

const rowTail = 4 // vectors that have masks

func (a *asm) row() {
	r := &avxRow{avxEdge: &avxEdge{asm: a}}
	row(r, a.elem, a.isa.bytes)
}

func (r *avxRow) begin() *rowPlace[reg.Register] {
	r.acc, r.spare = r.takeN(3*rowTail), r.takeN(1)
	r.l = &avxSteps{asm: r.asm, a: r.spare, at: func(x vreg, _ int) reg.VecPhysical { return r.v(x) }}
	r.work, r.parts = r.spare[0], []int{3 * rowTail, rowTail}
	// In memory n becomes what is left for the masks.
	rest := r.GP64()
	r.width = r.argument("n")
	r.MOVQ(r.width, rest)
	r.ANDQ(operand.U32(rowTail*r.lanes()-1), rest)
	r.MOVQ(rest, r.address("n"))
	r.columns(rest, rowTail*r.lanes())
	r.IMUL3Q(operand.I32(-r.elem.bytes), r.width, r.width)
	r.a, r.as = r.argument("a"), r.everyRow(r.stride("as"), unroll)
	r.b, r.bs = r.argument("b"), r.everyRow(r.stride("bs"), unroll)
	r.c, r.col = r.argument("c"), r.GP64()
	r.SUBQ(r.width, r.b)
	r.SUBQ(r.width, r.c)
	return &r.rowPlace
}

func (r *avxRow) wholes(n int) { r.part(n, false) }

// rest has masks, for all that there is or for half as much.
func (r *avxRow) rest(next label) {
	narrow := r.label("narrow")
	r.TESTQ(r.col, r.col)
	r.JZ(operand.LabelRef(next))
	r.compare(r.col, -rowTail/2*r.isa.bytes)
	r.jumpIf(notNegative, narrow)
	r.part(rowTail, true)
	r.jump(next)
	r.mark(narrow)
	r.part(rowTail/2, true)
}

func (r *avxRow) part(n int, masked bool) {
	acc, masks, b := r.acc[:n], r.acc[rowTail:], r.acc[2*rowTail:]
	r.l.acc, r.l.masks, r.held, r.masked = [][]vreg{acc}, nil, nil, masked
	if masked {
		r.hold(masks[:n])
		r.l.masks = func(m operand.Mem, j int) operand.Op {
			r.load(m, j, r.v(b[j]), true)
			return r.v(b[j])
		}
	}
	rowPart(r, &r.rowPlace, acc)
}

func (r *avxRow) each(end reg.Register, do func(operand.Mem, int, reg.VecPhysical, bool)) {
	for j, v := range r.l.acc[0] {
		do(operand.Mem{Base: end, Index: r.col, Scale: 1, Disp: j * r.isa.bytes}, j, r.v(v), r.masked)
	}
}

func (r *avxRow) loadRow(end reg.Register)  { r.each(end, r.load) }
func (r *avxRow) addRow(end reg.Register)   { r.each(end, r.addC) }
func (r *avxRow) keepRow(end reg.Register)  { r.each(end, r.keep) }
func (r *avxRow) storeRow(end reg.Register) { r.each(end, r.store) }

func (r *avxRow) fillRow(bias reg.Register) {
	first := r.v(r.acc[0])
	r.op("VBROADCAST"+r.elem.scalar, operand.Mem{Base: bias}, first)
	for _, v := range r.l.acc[0][1:] {
		r.op("VMOVUPS", first, r.v(v))
	}
}

func (r *avxRow) multiplyRow() {
	a := r.GP64()
	r.set(a, r.a)
	r.l.pb, r.l.k = r.GP64(), r.argument("k")
	r.LEAQ(operand.Mem{Base: r.b, Index: r.col, Scale: 1}, r.l.pb)
	r.l.run(r.l.byColumns(a, r.as, r.bs))
}
