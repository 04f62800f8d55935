package main

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avxTile is a GEMM micro-kernel while it is written.
//
//	registers:  accumulators mr × nr/lanes | a row of B | one or two elements of A
type avxTile struct {
	*asm
	shape  tileShape
	acc    [][]vreg
	bv, av []vreg // of B and A

	tilePlace[reg.Register]
	as, bs   []operand.Mem
	edge     *avxEdge
	fetching operand.Mem // rounds left that fetch rows of C, if the set has such rounds
}

// tile writes a GEMM micro-kernel: see tileSignature.
func (a *asm) tile(s tileShape) {
	a.function(s.name(), tileSignature(a.elem))
	t := a.newTile(s)
	eachPanel(a, s, func() {
		if s.pairs {
			t.pairOr(t.panel)
		} else {
			t.panel()
		}
	})
	a.ret()
}

func (t *avxTile) panel() {
	t.edge.columns(t.argument("n"), t.shape.nr)
	eachTile(t.asm, t.shape, t.tilePlace, func() {
		prefetchBelow(t.asm, t.shape, t.tilePlace)
		t.eachForm(func(f *avxForm) {
			f.start()
			f.run()
		})
	})
}

func (a *asm) newTile(s tileShape) *avxTile {
	t := &avxTile{asm: a, shape: s}
	t.c, t.m = a.GP64(), a.GP64()
	vectors := ceilDiv(s.nr, a.lanes())
	for range s.mr {
		t.acc = append(t.acc, a.takeN(vectors))
	}
	t.bv = a.takeN(vectors)
	t.av = a.takeN(min(2, a.isa.registers-(s.mr+1)*vectors))
	locals := a.AllocLocal(2 * 8)
	a.variables[aOfTile], a.variables[biasOfTile] = locals, locals.Offset(8)
	if a.isa.fetchesC {
		t.fetching = a.AllocLocal(8)
	}
	t.ldc = a.stride("ldc")
	stride := a.argument("as")
	a.IMULQ(a.address("ai"), stride) // that one of both which is not 1
	t.as, t.bs = a.everyRow(a.toBytes(stride), max(unroll, min(s.mr, near))), a.everyRow(a.stride("bs"), unroll)
	t.edge = &avxEdge{asm: a, spare: slices.Concat(t.bv, t.av)}
	return t
}

// eachForm writes all forms, and the choice among them.
func (t *avxTile) eachForm(body func(f *avxForm)) {
	done := t.label("done")
	for _, widths := range t.shape.forms() {
		lower := t.label("lower")
		if over := widths[0].rowsOver; over > 0 {
			t.CMPQ(t.m, operand.U32(over))
			t.JLE(operand.LabelRef(lower))
		}
		for _, form := range widths {
			narrower := t.label("narrower")
			if form.colsOver > 0 {
				t.CMPQ(t.address("n"), operand.U32(form.colsOver))
				t.JLE(operand.LabelRef(narrower))
			}
			body(t.form(form))
			t.JMP(operand.LabelRef(done))
			t.mark(narrower)
		}
		t.mark(lower)
	}
	t.mark(done)
}

// stride loads an argument that counts elements, as bytes.
func (a *asm) stride(arg string) reg.Register { return a.toBytes(a.argument(arg)) }

func (a *asm) toBytes(r reg.Register) reg.Register {
	shift := map[int]operand.Constant{4: operand.U8(2), 8: operand.U8(3)}
	a.SHLQ(shift[a.elem.bytes], r)
	return r
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
