package main

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avxForm is a form of a tile while it is written.
type avxForm struct {
	*avxTile
	tileForm
	acc   [][]vreg // of the rows from first on
	first int
}

func (t *avxTile) form(form tileForm) *avxForm {
	f := &avxForm{avxTile: t, tileForm: form}
	for _, row := range t.acc[:form.rows] {
		f.acc = append(f.acc, row[:ceilDiv(form.cols, t.lanes())])
	}
	return f
}

// at is register r as vector j of a row: the half of it that the last may need.
func (f *avxForm) at(r vreg, j int) reg.VecPhysical {
	if f.isa.bytes == 64 && f.cols-j*f.lanes() <= f.lanes()/2 {
		return f.v(r).AsY().(reg.VecPhysical)
	}
	return f.v(r)
}

func (f *avxForm) start() {
	startFrom(f, slices.Concat(f.acc...), []start{
		{tileLoad, func() { f.eachVector(f.c, f.whole, f.edge.load) }},
		{tileBias, f.fromBias},
		{tileBiasRow, f.fromBiasRow},
	})
}

// fromBias fills every row with the bias.
func (f *avxForm) fromBias() {
	bias := f.argument(biasOfTile)
	first := *f
	first.acc = f.acc[:1]
	first.eachVector(bias, f.wholeColumns, f.edge.load)
	for _, row := range f.acc[1:] {
		for j, r := range row {
			f.op("VMOVUPS", f.at(f.acc[0][j], j), f.at(r, j))
		}
	}
}

// fromBiasRow fills every row with its element of the bias.
func (f *avxForm) fromBiasRow() {
	bias, done := f.argument(biasOfTile), f.label("filled")
	for i, row := range f.acc {
		f.rowExists(i, done)
		f.op("VBROADCAST"+f.elem.scalar, operand.Mem{Base: bias, Disp: i * f.elem.bytes}, f.v(row[0]))
		for j, r := range row[1:] {
			f.op("VMOVUPS", f.at(row[0], j+1), f.at(r, j+1))
		}
	}
	f.mark(done)
}

// run takes the chains to their ends and stores them: where that is much, one half of
// the rows after the other.
func (f *avxForm) run() {
	pa, done := f.argument(aOfTile), f.label("finished")
	l := &avxSteps{asm: f.asm, acc: f.acc, at: f.at, a: f.av, b: f.bv, pb: f.argument("b"), k: f.argument("k")}
	if f.rows*f.cols*f.elem.bytes > storedAtOnce {
		l.parts = []rows{{0, f.rows / 2}, {f.rows / 2, f.rows}}
		l.finish = func(part rows) { f.part(part).store() }
		l.finished = done
		if f.isa.fetchesC && f.rows == f.shape.mr && f.cols == f.shape.nr {
			l.c, l.ldc, l.fetching = f.c, f.ldc, f.fetching
		}
	}
	l.everyWay(pa, f.as, f.bs, f.shape.mr, f.shape.nr)
	f.store()
	f.mark(done)
}

// storedAtOnce is how many bytes of C a core stores while it multiplies: where more
// are stored in a row, what comes after them waits. (On Zen 4, 24 vectors of 64 bytes
// cost 40 cycles, 12 and 12 with FMAs between them 5.)
const storedAtOnce = 768

func (f *avxForm) part(part rows) *avxForm {
	p := *f
	p.acc, p.first = f.acc[part.first:part.end], f.first+part.first
	return &p
}

// store ends the chains as mode says, and stores them.
func (f *avxForm) store() {
	endWith(f, slices.Concat(f.acc...), f.bv[0], f.c,
		func() { f.eachVector(f.c, f.whole, f.edge.addC) },
		func(mask reg.Register) { f.eachVector(mask, f.whole, f.edge.keep) })
	f.eachVector(f.c, f.mayStoreWhole, f.edge.store)
}

// eachVector visits the vectors of C, or of mask, at base. Where masks cost
// nothing, there is one way for all tiles; elsewhere whole jumps from one for tiles
// that exist wholly to another.
func (f *avxForm) eachVector(base reg.Register, whole func(edge label), do func(m operand.Mem, j int, r reg.VecPhysical, masked bool)) {
	edge, done := f.label("edge"), f.label("moved")
	row := f.GP64()
	f.MOVQ(base, row)
	if f.first > 0 {
		f.IMUL3Q(operand.U32(f.first), f.ldc, row)
		f.ADDQ(base, row)
	}
	visit := func(i int, masked func(j int) bool) {
		if i > 0 {
			f.ADDQ(f.ldc, row)
		}
		for j, r := range f.acc[i] {
			do(operand.Mem{Base: row, Disp: j * f.isa.bytes}, j, f.at(r, j), masked(j))
		}
	}
	if !f.isa.masks {
		whole(edge)
		for i := range f.acc {
			visit(i, func(int) bool { return false })
		}
		f.JMP(operand.LabelRef(done))
		f.mark(edge)
	}
	for i := range f.acc {
		f.rowExists(f.first+i, done)
		visit(i, f.isEdge)
	}
	f.mark(done)
}

// isEdge tells whether columns of vector j may not exist.
func (f *avxForm) isEdge(j int) bool { return f.colsOver+1 < (j+1)*f.lanes() }

// rowExists jumps if row i does not exist.
func (f *avxForm) rowExists(i int, no label) {
	if i > f.rowsOver {
		f.CMPQ(f.m, operand.U32(i))
		f.JLE(operand.LabelRef(no))
	}
}

// whole jumps where rows or columns of the form do not exist.
func (f *avxForm) whole(edge label) {
	f.CMPQ(f.m, operand.U32(f.rows))
	f.JL(operand.LabelRef(edge))
	f.wholeColumns(edge)
}

func (f *avxForm) wholeColumns(edge label) {
	f.CMPQ(f.address("n"), operand.U32(f.cols))
	f.JL(operand.LabelRef(edge))
}

// mayStoreWhole jumps as whole does, but for columns that do not exist if what they would
// overwrite is part of the row below, which is stored later: that row exists
// (m > rows), follows at once (ldc = n), takes all of it (2n >= cols), and is not
// yet to be read.
func (f *avxForm) mayStoreWhole(edge label) {
	whole, n := f.label("whole"), f.GP64()
	f.CMPQ(f.m, operand.U32(f.rows))
	f.JL(operand.LabelRef(edge))
	f.Load(f.Param("n"), n)
	f.CMPQ(n, operand.U32(f.cols))
	f.JGE(operand.LabelRef(whole))
	f.CMPQ(n, operand.U32(f.cols/2))
	f.JL(operand.LabelRef(edge))
	f.CMPQ(f.m, operand.U32(f.rows))
	f.JE(operand.LabelRef(edge))
	f.CMPQ(n, f.address("ldc"))
	f.JNE(operand.LabelRef(edge))
	f.TESTQ(operand.U32(tileLoad|tileAdd), f.address("mode"))
	f.JNZ(operand.LabelRef(edge))
	f.mark(whole)
}
