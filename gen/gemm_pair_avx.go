package main

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// pairOr writes how a single row takes packed panels in pairs, for the accumulators of one
// are too few to hide the latency of FMAs: two whole panels, or a whole one and the last, if
// that has the narrowest form. The last would wait longest by itself, so where three panels
// end with it, the first of them is by itself instead. Everything else is for panel.
func (t *avxTile) pairOr(panel func()) {
	nr, narrowest := t.shape.nr, t.shape.widths[len(t.shape.widths)-1]
	one, whole, narrow, second, next := t.label("one"), t.label("whole"), t.label("narrow"), t.label("second"), t.label("next")
	n := t.address("n")
	t.CMPQ(t.address("m"), operand.U8(1))
	t.JNE(operand.LabelRef(one))
	t.CMPQ(t.address("bs"), operand.U32(nr))
	t.JNE(operand.LabelRef(one))
	t.CMPQ(n, operand.U32(nr))
	t.JLE(operand.LabelRef(one))
	t.CMPQ(n, operand.U32(2*nr))
	t.JL(operand.LabelRef(narrow))
	t.JE(operand.LabelRef(whole))
	t.CMPQ(n, operand.U32(2*nr+narrowest))
	t.JLE(operand.LabelRef(one))
	t.mark(whole)
	t.pair(tileForm{1, 2 * nr, 0, 2*nr - 1})
	t.JMP(operand.LabelRef(second))
	t.mark(narrow)
	t.CMPQ(n, operand.U32(nr+narrowest))
	t.JG(operand.LabelRef(one))
	t.pair(tileForm{1, nr + narrowest, 0, nr})
	t.mark(second)
	nextPanel(t.asm, t.shape, next, t.label("byColumn"), next)
	t.mark(one)
	panel()
	t.mark(next)
}

// pair multiplies the row with the columns of two panels: form is of both, side by side.
func (t *avxTile) pair(form tileForm) {
	both := *t
	both.edge = &avxEdge{asm: t.asm, spare: t.edge.spare}
	both.edge.columns(t.argument("n"), 2*t.shape.nr)
	acc := slices.Concat(t.acc[0], t.acc[1])[:form.cols/t.lanes()]
	f := &avxForm{avxTile: &both, tileForm: form, acc: [][]vreg{acc}}
	t.assign(aOfTile, "a")
	t.assign(biasOfTile, "bias")
	t.reload("c", t.c)
	f.start()
	l := &avxSteps{asm: t.asm, acc: f.acc, at: f.at, a: t.av, pb: t.argument("b"), k: t.argument("k")}
	l.run(l.pairs(t.argument(aOfTile), t.everyRow(t.stride("as"), unroll), t.stride("bp"), t.shape.nr))
	f.store()
	for _, k := range both.edge.ks {
		t.dropK(k)
	}
}

// pairs is the way of a row of A times two packed panels that are bp bytes apart.
func (l *avxSteps) pairs(pa reg.Register, as []operand.Mem, bp reg.Register, nr int) way {
	size := nr * l.elem.bytes
	return way{
		round: unroll,
		row: func(p, j int) operand.Mem {
			m := operand.Mem{Base: l.pb, Disp: p*size + j*l.isa.bytes}
			if j*l.isa.bytes >= size {
				m = at(l.pb, operand.Mem{Index: bp, Scale: 1, Disp: m.Disp - size})
			}
			return m
		},
		element: func(_, p int) operand.Mem { return at(pa, as[p]) },
		advance: func(steps int) {
			l.pass(pa, as, steps)
			l.ADDQ(operand.U32(steps*size), l.pb)
		},
	}
}
