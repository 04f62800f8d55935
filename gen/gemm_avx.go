package main

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A avxTile is a GEMM micro-kernel while it is written.
//
//	registers:  accumulators mr × nr/lanes | a row of B | one or two elements of A
type avxTile struct {
	*asm
	shape  tileShape
	acc    [][]vreg
	bv, av []vreg // of B and A

	pc, ldc reg.Register // C of the tile
	m       reg.Register // rows that exist, of the tile and below
	as, bs  []operand.Mem
	edge    *avxEdge

	// A and bias of the tile. In the arguments b, c, mask and n are those of the
	// panels from this one on.
	tileA, tileBias operand.Mem
	fetching        operand.Mem // rounds left that fetch rows of C, if the set has such rounds
}

// tile writes a GEMM micro-kernel: see tileSignature.
func (a *asm) tile(s tileShape) {
	a.function(s.name(), tileSignature(a.elem))
	t := a.newTile(s)
	t.eachPanel(func() {
		t.edge.columns(a.argument("n"), s.nr)
		t.eachTile(func() {
			t.prefetchBelow()
			t.eachForm(func(f *avxForm) {
				f.start()
				f.run()
			})
		})
	})
	a.ret()
}

func (a *asm) newTile(s tileShape) *avxTile {
	t := &avxTile{asm: a, shape: s, pc: a.GP64(), m: a.GP64()}
	vectors := ceilDiv(s.nr, a.lanes())
	for range s.mr {
		t.acc = append(t.acc, a.takeN(vectors))
	}
	t.bv = a.takeN(vectors)
	t.av = a.takeN(min(2, a.isa.registers-(s.mr+1)*vectors))
	locals := a.AllocLocal(2 * 8)
	t.tileA, t.tileBias = locals, locals.Offset(8)
	if a.isa.fetchesC {
		t.fetching = a.AllocLocal(8)
	}
	t.ldc = a.stride("ldc")
	stride := a.argument("as")
	a.IMULQ(a.address("ai"), stride) // that one of both which is not 1
	t.as, t.bs = a.multiples(a.toBytes(stride), max(unroll, min(s.mr, near))), a.multiples(a.stride("bs"), unroll)
	t.edge = &avxEdge{asm: a, spare: slices.Concat(t.bv, t.av)}
	return t
}

func (t *avxTile) eachPanel(body func()) {
	panel, byColumn, done := t.label("panel"), t.label("byColumn"), t.label("done")
	width := operand.U32(t.shape.nr * t.elem.bytes)
	t.mark(panel)
	body()
	t.SUBQ(operand.U32(t.shape.nr), t.address("n"))
	t.JLE(operand.LabelRef(done))
	t.ADDQ(t.stride("bp"), t.address("b"))
	t.ADDQ(width, t.address("c"))
	t.ADDQ(width, t.address("mask"))
	t.unless(tileBiasRow, byColumn)
	t.JMP(operand.LabelRef(panel))
	t.mark(byColumn)
	t.ADDQ(width, t.address("bias"))
	t.JMP(operand.LabelRef(panel))
	t.mark(done)
}

func (t *avxTile) eachTile(body func()) {
	t.MOVQ(t.argument("a"), t.tileA)
	t.MOVQ(t.argument("bias"), t.tileBias)
	t.Load(t.Param("c"), t.pc)
	t.Load(t.Param("m"), t.m)
	tile, byColumn := t.label("tile"), t.label("byColumn")
	t.mark(tile)
	body()
	t.ADDQ(t.below(), t.pc)
	t.ADDQ(t.stride("ap"), t.tileA)
	t.unless(tileBiasRow, byColumn)
	t.ADDQ(operand.U32(t.shape.mr*t.elem.bytes), t.tileBias)
	t.mark(byColumn)
	t.SUBQ(operand.U8(t.shape.mr), t.m)
	t.JG(operand.LabelRef(tile))
}

// below is how far the next tile lies below this one, in bytes.
func (t *avxTile) below() reg.Register {
	r := t.GP64()
	t.IMUL3Q(operand.U32(t.shape.mr), t.ldc, r)
	return r
}

// prefetchBelow asks for C of the next tile, if mode says so: for the second-level
// cache, if the loop over k itself fetches C from there.
func (t *avxTile) prefetchBelow() {
	prefetch := t.PREFETCHT0
	if t.isa.fetchesC {
		prefetch = t.PREFETCHT1
	}
	last := t.label("last")
	t.unless(tileFetch, last)
	t.CMPQ(t.m, operand.U32(t.shape.mr))
	t.JLE(operand.LabelRef(last))
	row := t.below()
	t.ADDQ(t.pc, row)
	for i := range t.shape.mr {
		for j := 0; j < t.shape.nr*t.elem.bytes; j += 64 {
			prefetch(operand.Mem{Base: row, Disp: j})
		}
		if i < t.shape.mr-1 {
			t.ADDQ(t.ldc, row)
		}
	}
	t.mark(last)
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

// unless jumps where a bit of mode is not set, or none of several.
func (a *asm) unless(bit int, to label) {
	a.TESTQ(operand.U32(bit), a.address("mode"))
	a.JZ(operand.LabelRef(to))
}

// stride loads an argument that counts elements, as bytes.
func (a *asm) stride(arg string) reg.Register { return a.toBytes(a.argument(arg)) }

func (a *asm) toBytes(r reg.Register) reg.Register {
	shift := map[int]operand.Constant{4: operand.U8(2), 8: operand.U8(3)}
	a.SHLQ(shift[a.elem.bytes], r)
	return r
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
