package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avxSteps is the loop over k, with the registers that it works in.
type avxSteps struct {
	*asm
	acc   [][]vreg
	at    func(r vreg, j int) reg.VecPhysical // a register as vector j of a row
	a, b  []vreg                              // for elements of A and a row of B
	pb, k reg.Register
	masks func(m operand.Mem, j int) operand.Op // loads vector j of B where that needs a mask

	// Where a tile ends in parts, each takes its last steps by itself, after the one
	// before has been finished; then the code goes on at finished. Chains of fewer
	// steps do not end in parts.
	parts    []rows
	finish   func(part rows)
	finished label

	// Where C is fetched within the loop.
	c, ldc   reg.Register
	fetching operand.Mem
}

// rows are those of a tile from first up to end.
type rows struct{ first, end int }

const lastSteps = 4 // that a part takes by itself

// A way is one of storing A and B: vector j of row p of B and element (i, p) of A are
// relative to the step at hand, and advance goes on by so many steps, of which a round of
// the loop has some.
type way struct {
	round   int
	row     func(p, j int) operand.Mem
	element func(i, p int) operand.Mem
	advance func(steps int)
}

const (
	unroll = 4 // the steps of a round; packed operands allow twice as many
	near   = 6 // how many rows of A are addressed from one register
)

// everyWay writes three loops: for panels that are packed, mr rows and nr columns,
// which need the fewest instructions; for A stored by columns; and by rows.
func (l *avxSteps) everyWay(pa reg.Register, as, bs []operand.Mem, mr, nr int) {
	byColumns, byRows, done := l.label("columns"), l.label("rows"), l.label("done")
	l.CMPQ(l.address("as"), operand.U8(mr))
	l.JNE(operand.LabelRef(byColumns))
	l.CMPQ(l.address("bs"), operand.U8(nr))
	l.JNE(operand.LabelRef(byColumns))
	l.run(l.packed(pa, mr, nr))
	l.JMP(operand.LabelRef(done))
	l.mark(byColumns)
	l.CMPQ(l.address("ai"), operand.U8(1))
	l.JNE(operand.LabelRef(byRows))
	l.run(l.byColumns(pa, as, bs))
	l.JMP(operand.LabelRef(done))
	l.mark(byRows)
	l.run(l.byRows(pa, as, bs))
	l.mark(done)
}

func (l *avxSteps) packed(pa reg.Register, mr, nr int) way {
	size := l.elem.bytes
	return way{
		round:   2 * unroll,
		row:     func(p, j int) operand.Mem { return operand.Mem{Base: l.pb, Disp: p*nr*size + j*l.isa.bytes} },
		element: func(i, p int) operand.Mem { return operand.Mem{Base: pa, Disp: (p*mr + i) * size} },
		advance: func(steps int) {
			l.ADDQ(operand.U32(steps*mr*size), pa)
			l.ADDQ(operand.U32(steps*nr*size), l.pb)
		},
	}
}

func (l *avxSteps) byColumns(pa reg.Register, as, bs []operand.Mem) way {
	return way{
		round:   unroll,
		row:     func(p, j int) operand.Mem { return at(l.pb, bs[p]).Offset(j * l.isa.bytes) },
		element: func(i, p int) operand.Mem { return at(pa, as[p]).Offset(i * l.elem.bytes) },
		advance: func(steps int) {
			l.pass(pa, as, steps)
			l.pass(l.pb, bs, steps)
		},
	}
}

func (l *avxSteps) byRows(pa reg.Register, as, bs []operand.Mem) way {
	bases := []reg.Register{pa}
	for i := near; i < len(l.acc); i += near {
		next := l.GP64()
		l.LEAQ(operand.Mem{Base: bases[len(bases)-1], Index: as[near/2].Index, Scale: 2}, next)
		bases = append(bases, next)
	}
	return way{
		round:   unroll,
		row:     func(p, j int) operand.Mem { return at(l.pb, bs[p]).Offset(j * l.isa.bytes) },
		element: func(i, p int) operand.Mem { return at(bases[i/near], as[i%near]).Offset(p * l.elem.bytes) },
		advance: func(steps int) {
			for _, r := range bases {
				l.ADDQ(operand.U8(steps*l.elem.bytes), r)
			}
			l.pass(l.pb, bs, steps)
		},
	}
}

// pass moves a pointer by so many of the strides.
func (l *avxSteps) pass(p reg.Register, strides []operand.Mem, steps int) {
	l.LEAQ(operand.Mem{Base: p, Index: strides[1].Index, Scale: uint8(steps)}, p)
}

// run takes k steps of all rows, the last ones part by part.
func (l *avxSteps) run(w way) {
	if len(l.parts) == 0 {
		l.steps(w)
		return
	}
	short := l.label("short")
	l.SUBQ(operand.U8(lastSteps), l.k)
	l.JL(operand.LabelRef(short))
	if l.c != nil {
		l.stepsFetching(w)
	} else {
		l.steps(w)
	}
	for _, part := range l.parts {
		for p := range lastSteps {
			l.step(w, p, part)
		}
		l.finish(part)
	}
	l.JMP(operand.LabelRef(l.finished))
	l.mark(short)
	l.ADDQ(operand.U8(lastSteps), l.k)
	l.singleSteps(w)
}

// alignment goes before a loop whose rounds the processor should read in whole
// lines: at the end of one they took up to 5 % longer, on a core that another
// thread shares. avo does not know it: print makes it of a comment.
const alignment = "PCALIGN $32"

// steps takes k steps, a round at a time.
func (l *avxSteps) steps(w way) {
	loop, rest := l.label("loop"), l.label("rest")
	l.SUBQ(operand.U8(w.round), l.k)
	l.JL(operand.LabelRef(rest))
	l.Comment(alignment)
	l.mark(loop)
	for p := range w.round {
		l.step(w, p, l.all())
	}
	w.advance(w.round)
	l.SUBQ(operand.U8(w.round), l.k)
	l.JGE(operand.LabelRef(loop))
	l.mark(rest)
	l.ADDQ(operand.U8(w.round), l.k)
	l.singleSteps(w)
}

// stepsFetching takes k steps; in the last rounds, if there are enough, each fetches a
// row of C into the first-level cache. All rows at once would delay A and B, and
// earlier in the chain A and B would replace them before they are needed.
func (l *avxSteps) stepsFetching(w way) {
	short, loop, done, rows := l.label("short"), l.label("fetch"), l.label("fetched"), len(l.acc)
	l.MOVQ(operand.I32(0), l.fetching)
	l.CMPQ(l.k, operand.U32(rows*w.round))
	l.JL(operand.LabelRef(short))
	l.SUBQ(operand.U32(rows*w.round), l.k)
	l.MOVQ(operand.I32(rows), l.fetching)
	l.mark(short)
	l.steps(w)
	l.MOVQ(l.fetching, l.k)
	l.TESTQ(l.k, l.k)
	l.JZ(operand.LabelRef(done))
	row := l.GP64()
	l.MOVQ(l.c, row)
	l.Comment(alignment)
	l.mark(loop)
	for p := range w.round {
		l.step(w, p, l.all())
		if p < len(l.acc[0]) {
			l.PREFETCHT0(operand.Mem{Base: row, Disp: p * l.isa.bytes})
		}
	}
	l.ADDQ(l.ldc, row)
	w.advance(w.round)
	l.DECQ(l.k)
	l.JNZ(operand.LabelRef(loop))
	l.mark(done)
}

// singleSteps takes k steps; the flags tell whether there are any.
func (l *avxSteps) singleSteps(w way) {
	one, end := l.label("one"), l.label("end")
	l.JZ(operand.LabelRef(end))
	l.mark(one)
	l.step(w, 0, l.all())
	w.advance(1)
	l.DECQ(l.k)
	l.JNZ(operand.LabelRef(one))
	l.mark(end)
}

func (l *avxSteps) all() rows { return rows{0, len(l.acc)} }

// at is index from base.
func at(base reg.Register, index operand.Mem) operand.Mem {
	index.Base = base
	return index
}
