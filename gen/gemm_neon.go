package main

import (
	"fmt"
	"math/bits"
)

// A neonTile is a GEMM micro-kernel while its code is written.
//
//	registers:  accumulators mr × nr/lanes | spare: vectors of B and of A
type neonTile struct {
	*neon
	mr, nr    int
	acc       [][]vreg
	spare     []vreg
	pa, pb    gpr
	panel, ap gpr // A of the tile
	c, ldc    gpr // the tile
	bias      gpr // of the tile
	m, n      gpr // rows that exist, of the tile and below, and columns
	mode      gpr
	row       int  // bytes of a row
	tmp, zero vreg // free outside the loop over k
}

// tile writes the micro-kernel. There are no lane masks: of a tile at the
// edge of C, what exists passes through a whole one in the local variable.
func (n *neon) tile(s tileShape) {
	mr, nr := s.mr, s.nr
	t := &neonTile{neon: n, mr: mr, nr: nr, row: nr * n.elem.bytes}
	n.functionWithLocal(s.name(), tileSignature(n.elem), mr*t.row)
	for range mr {
		t.acc = append(t.acc, n.takeN(nr/n.lanes()))
	}
	t.spare = n.takeN(neonSet.registers - mr*nr/n.lanes())
	t.tmp, t.zero = t.spare[0], t.spare[1]
	t.pa, t.pb = n.takeG(), n.takeG()
	t.panel, t.ap = n.takeG(), n.stride("ap")
	t.c, t.ldc, t.bias, t.m, t.n, t.mode = n.takeG(), n.stride("ldc"), n.takeG(), n.takeG(), n.takeG(), n.argument("mode")
	t.eachPanel(func() {
		t.eachTile(func() {
			t.prefetchBelow()
			t.start()
			n.op("MOVD", t.panel, t.pa)
			n.op("MOVD", n.param("b"), t.pb)
			t.multiply()
			t.end()
		})
	})
	n.ret()
}

// eachPanel goes from panel to panel in the arguments b, c, mask, n and, where it is
// by column, bias.
func (t *neonTile) eachPanel(body func()) {
	panel, byColumn, done := t.label("panel"), t.label("byColumn"), t.label("done")
	x := t.takeG()
	advance := func(arg string, by fmt.Stringer) {
		t.op("MOVD", t.param(arg), x)
		t.op("ADD", by, x, x)
		t.op("MOVD", x, t.param(arg))
	}
	t.mark(panel)
	t.op("MOVD", t.param("n"), t.n)
	t.op("MOVD", imm(t.nr), x)
	t.op("CMP", x, t.n)
	t.op("CSEL", word("LT"), t.n, x, t.n)
	body()
	t.op("MOVD", t.param("n"), t.n)
	t.op("SUBS", imm(t.nr), t.n, t.n)
	t.op("BLE", done)
	t.op("MOVD", t.n, t.param("n"))
	bp := t.stride("bp")
	advance("b", bp)
	t.dropG(bp)
	advance("c", imm(t.row))
	advance("mask", imm(t.row))
	t.when("TBZ", tileBiasRow, byColumn)
	t.op("JMP", panel)
	t.mark(byColumn)
	advance("bias", imm(t.row))
	t.op("JMP", panel)
	t.mark(done)
	t.dropG(x)
}

func (t *neonTile) eachTile(body func()) {
	tile, byColumn := t.label("tile"), t.label("byColumn")
	t.op("MOVD", t.param("a"), t.panel)
	t.op("MOVD", t.param("c"), t.c)
	t.op("MOVD", t.param("bias"), t.bias)
	t.op("MOVD", t.param("m"), t.m)
	t.mark(tile)
	body()
	t.below(t.c)
	t.op("ADD", t.ap, t.panel, t.panel)
	t.when("TBZ", tileBiasRow, byColumn)
	t.op("ADD", imm(t.mr*t.elem.bytes), t.bias, t.bias)
	t.mark(byColumn)
	t.op("SUBS", imm(t.mr), t.m, t.m)
	t.op("BGT", tile)
}

// start fills the accumulators. Bias by column is loaded as a tile whose rows are
// one.
func (t *neonTile) start() {
	p, ld := t.takeG(), t.takeG()
	zeros, load, byRow, ready := t.label("zeros"), t.label("load"), t.label("byRow"), t.label("ready")
	t.op("MOVD", t.c, p)
	t.op("MOVD", t.ldc, ld)
	t.when("TBNZ", tileLoad, load)
	t.op("MOVD", t.bias, p)
	t.when("TBNZ", tileBiasRow, byRow)
	t.when("TBZ", tileBias, zeros)
	t.op("MOVD", zr, ld)
	t.mark(load)
	t.read(p, ld, func(i int) { t.load(p, t.acc[i]) })
	t.op("JMP", ready)
	t.mark(byRow)
	for i, row := range t.acc {
		if i > 0 {
			t.op("CMP", imm(i), t.m)
			t.op("BLE", ready)
			t.op("ADD", imm(t.elem.bytes), p, p)
		}
		for _, r := range row {
			t.op("VLD1R", mem{p, 0}, list{r, fmt.Sprint(t.elem.letter, t.lanes())})
		}
	}
	t.op("JMP", ready)
	t.mark(zeros)
	t.each(func(r vreg) { t.clear(r) })
	t.mark(ready)
	t.dropG(p, ld)
}

// end is what becomes of the accumulators.
func (t *neonTile) end() {
	added, kept, store, direct, done := t.label("added"), t.label("kept"), t.label("store"), t.label("direct"), t.label("stored")
	p, ld := t.takeG(), t.takeG()
	t.when("TBZ", tileAdd, added)
	t.op("MOVD", t.c, p)
	t.op("MOVD", t.ldc, ld)
	t.read(p, ld, func(i int) {
		for j, r := range t.acc[i] {
			t.op("FMOVQ", mem{p, j * neonSet.bytes}, fpr(t.tmp))
			t.v("fadd", r, r, t.tmp)
		}
	})
	t.mark(added)
	t.clear(t.zero)
	t.when("TBZ", tileReLU, kept)
	t.each(func(r vreg) { t.v("fmax", r, r, t.zero) }) // NaN is kept; -0 becomes +0
	t.mark(kept)
	t.when("TBZ", tileMask, store)
	t.op("MOVD", t.param("c"), ld)
	t.op("SUB", ld, t.c, ld)
	t.op("MOVD", t.param("mask"), p)
	t.op("ADD", ld, p, p)
	t.op("MOVD", t.ldc, ld)
	t.read(p, ld, func(i int) {
		for j, r := range t.acc[i] {
			t.op("FMOVQ", mem{p, j * neonSet.bytes}, fpr(t.tmp))
			t.v("fcmgt", t.tmp, t.tmp, t.zero)
			t.v("and", r, r, t.tmp)
		}
	})
	t.mark(store)

	t.op("MOVD", t.c, p)
	t.op("MOVD", t.ldc, ld)
	t.whole(direct)
	t.local(p, ld)
	t.mark(direct)
	for i, row := range t.acc {
		if i > 0 {
			t.op("ADD", ld, p, p)
		}
		for j := 0; j < len(row); j += 2 {
			t.op("FSTPQ", pair{row[j], row[j+1]}, mem{p, j * neonSet.bytes})
		}
	}
	t.whole(done)
	t.local(p, ld)
	t.copyBlock(t.c, t.ldc, p, ld)
	t.mark(done)
	t.dropG(p, ld)
}

// read visits the rows at p, of an edge tile those of the local variable, where
// it puts what exists.
func (t *neonTile) read(p, ld gpr, visit func(i int)) {
	whole, to, toLD := t.label("whole"), t.takeG(), t.takeG()
	t.whole(whole)
	t.local(to, toLD)
	t.copyBlock(to, toLD, p, ld)
	t.local(p, ld)
	t.mark(whole)
	for i := range t.acc {
		if i > 0 {
			t.op("ADD", ld, p, p)
		}
		visit(i)
	}
	t.dropG(to, toLD)
}

// whole jumps where all rows and columns exist.
func (t *neonTile) whole(to label) {
	edge := t.label("edge")
	t.op("CMP", imm(t.mr), t.m)
	t.op("BLT", edge)
	t.op("CMP", imm(t.nr), t.n)
	t.op("BEQ", to)
	t.mark(edge)
}

// local points to the tile in the local variable.
func (t *neonTile) local(p, ld gpr) {
	t.op("MOVD", local(t.mr*t.row), p)
	t.op("MOVD", imm(t.row), ld)
}

func (t *neonTile) each(f func(r vreg)) {
	for _, row := range t.acc {
		for _, r := range row {
			f(r)
		}
	}
}

// load loads registers from p on.
func (t *neonTile) load(p gpr, rs []vreg) {
	for j := 0; j < len(rs); j += 2 {
		t.op("FLDPQ", mem{p, j * neonSet.bytes}, pair{rs[j], rs[j+1]})
	}
}

// below sets p to the next tile of the column.
func (t *neonTile) below(p gpr) {
	rows := t.takeG()
	t.op("MOVD", imm(t.mr), rows)
	t.op("MADD", rows, t.c, t.ldc, p)
	t.dropG(rows)
}

// prefetchBelow asks for the next tile; what lies there if this was the last
// does not matter.
func (t *neonTile) prefetchBelow() {
	p := t.takeG()
	t.below(p)
	for i := range t.mr {
		for line := 0; line < t.row; line += 64 {
			t.op("PRFM", mem{p, line}, word("PLDL1KEEP"))
		}
		if i < t.mr-1 {
			t.op("ADD", t.ldc, p, p)
		}
	}
	t.dropG(p)
}

// when jumps where a bit of mode is not set (TBZ) or is (TBNZ).
func (t *neonTile) when(test string, bit uint, to label) {
	t.op(test, imm(bits.TrailingZeros(bit)), t.mode, to)
}

// copyBlock copies what exists of a tile.
func (t *neonTile) copyBlock(dst, dstLD, src, srcLD gpr) {
	toRow, fromRow, to, from, left, w := t.takeG(), t.takeG(), t.takeG(), t.takeG(), t.takeG(), t.takeG()
	row, vec, part := t.label("row"), t.label("vector"), t.label("part")
	t.op("MOVD", imm(t.mr), left)
	t.op("CMP", left, t.m)
	t.op("CSEL", word("LT"), t.m, left, left)
	t.op("MOVD", dst, toRow)
	t.op("MOVD", src, fromRow)
	t.mark(row)
	t.op("MOVD", toRow, to)
	t.op("MOVD", fromRow, from)
	t.op("SUBS", imm(t.lanes()), t.n, w)
	t.op("BLT", part)
	t.mark(vec)
	t.op("FMOVQ.P", mem{from, 16}, fpr(t.tmp))
	t.op("FMOVQ.P", fpr(t.tmp), mem{to, 16})
	t.op("SUBS", imm(t.lanes()), w, w)
	t.op("BGE", vec)
	t.mark(part)
	for bit := t.lanes() / 2; bit > 0; bit /= 2 {
		size, skip := bit*t.elem.bytes, t.label("skip")
		move := map[int]string{8: "FMOVD.P", 4: "FMOVS.P"}[size]
		t.op("TBZ", imm(bits.TrailingZeros(uint(bit))), t.n, skip)
		t.op(move, mem{from, size}, fpr(t.tmp))
		t.op(move, fpr(t.tmp), mem{to, size})
		t.mark(skip)
	}
	t.op("ADD", dstLD, toRow, toRow)
	t.op("ADD", srcLD, fromRow, fromRow)
	t.op("SUBS", imm(1), left, left)
	t.op("BNE", row)
	t.dropG(toRow, fromRow, to, from, left, w)
}
