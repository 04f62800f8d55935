package main

import "slices"

// A neonTile is a GEMM micro-kernel while its code is written.
//
//	registers:  accumulators mr × nr/lanes | spare: vectors of B and of A
type neonTile struct {
	*neon
	mr, nr int
	acc    [][]vreg
	spare  []vreg
	pa, pb gpr
	tilePlace[gpr]
	n         gpr  // columns that exist
	row       int  // bytes of a row
	tmp, zero vreg // free outside the loop over k, as all that is spare
}

// tile writes the micro-kernel. There are no lane masks: of a tile at the
// edge of C, what exists passes through a whole one in the local variable.
func (n *neon) tile(s tileShape) {
	t := &neonTile{neon: n, mr: s.mr, nr: s.nr, row: s.nr * n.elem.bytes}
	n.functionWithLocal(s.name(), tileSignature(n.elem), s.mr*t.row)
	for range s.mr {
		t.acc = append(t.acc, n.takeN(s.nr/n.lanes()))
	}
	t.spare = n.takeN(neonSet.registers - s.mr*s.nr/n.lanes())
	n.drop(t.spare...) // moves take what they need
	t.tmp, t.zero = t.spare[2], t.spare[3]
	t.pa, t.pb, t.c, t.ldc, t.m, t.n = n.takeG(), n.takeG(), n.takeG(), n.stride("ldc"), n.takeG(), n.takeG()
	n.variables["mode"] = n.argument("mode")
	n.variables[aOfTile], n.variables[biasOfTile] = n.takeG(), n.takeG()
	eachPanel(n, s, func() {
		t.columns()
		eachTile(n, s, t.tilePlace, func() {
			prefetchBelow(n, s, t.tilePlace)
			t.start()
			n.reload(aOfTile, t.pa)
			n.reload("b", t.pb)
			t.multiply()
			t.end()
		})
	})
	n.ret()
}

// columns counts those of the panel.
func (t *neonTile) columns() {
	most := t.takeG()
	t.reload("n", t.n)
	t.op("MOVD", imm(t.nr), most)
	t.op("CMP", most, t.n)
	t.op("CSEL", word("LT"), t.n, most, t.n)
	t.dropG(most)
}

// start fills the accumulators. Bias by column is loaded as a tile whose rows are one.
func (t *neonTile) start() {
	bias := t.variables[biasOfTile]
	startFrom(t, slices.Concat(t.acc...), []start{
		{tileLoad, func() { t.read(t.c, t.ldc, t.load) }},
		{tileBias, func() { t.read(bias, zr, t.load) }},
		{tileBiasRow, t.fromBiasRow},
	})
}

// fromBiasRow fills every row with its element of the bias.
func (t *neonTile) fromBiasRow() {
	p, done := t.argument(biasOfTile), t.label("filled")
	for i, row := range t.acc {
		if i > 0 {
			t.compare(t.m, i)
			t.jumpIf(notPositive, done)
			t.op("ADD", imm(t.elem.bytes), p, p)
		}
		for _, r := range row {
			t.broadcast(p, r)
		}
	}
	t.mark(done)
	t.dropG(p)
}

// end is what becomes of the accumulators.
func (t *neonTile) end() {
	endWith(t, slices.Concat(t.acc...), t.zero, t.c,
		func() {
			t.readEach(t.c, func(r vreg) { t.v("fadd", r, r, t.tmp) })
		},
		func(mask gpr) {
			t.clear(t.zero)
			t.readEach(mask, func(r vreg) {
				t.keepWhere(r, t.tmp, t.zero)
			})
		})

	direct, done, p, ld := t.label("direct"), t.label("stored"), t.takeG(), t.takeG()
	t.set(p, t.c)
	t.set(ld, t.ldc)
	t.whole(direct)
	t.local(p, ld)
	t.mark(direct)
	for i, row := range t.acc {
		if i > 0 {
			t.add(ld, p)
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

// read visits the rows from a place on, of an edge tile those of the local variable,
// where it puts what exists.
func (t *neonTile) read(from, fromLD gpr, visit func(p gpr, row []vreg)) {
	whole, p, ld := t.label("whole"), t.takeG(), t.takeG()
	t.set(p, from)
	t.set(ld, fromLD)
	t.whole(whole)
	t.local(p, ld)
	t.copyBlock(p, ld, from, fromLD)
	t.mark(whole)
	for i, row := range t.acc {
		if i > 0 {
			t.add(ld, p)
		}
		visit(p, row)
	}
	t.dropG(p, ld)
}

// readEach visits the accumulators, with what is read in tmp.
func (t *neonTile) readEach(from gpr, visit func(r vreg)) {
	t.read(from, t.ldc, func(p gpr, row []vreg) {
		for j, r := range row {
			t.op("FMOVQ", mem{p, j * neonSet.bytes}, fpr(t.tmp))
			visit(r)
		}
	})
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

// load loads registers from p on.
func (t *neonTile) load(p gpr, rs []vreg) {
	for j := 0; j < len(rs); j += 2 {
		t.op("FLDPQ", mem{p, j * neonSet.bytes}, pair{rs[j], rs[j+1]})
	}
}

// copyBlock copies what exists of a tile.
func (t *neonTile) copyBlock(dst, dstLD, src, srcLD gpr) {
	toRow, fromRow, to, from, left, w := t.takeG(), t.takeG(), t.takeG(), t.takeG(), t.takeG(), t.takeG()
	row := t.label("row")
	t.op("MOVD", imm(t.mr), left)
	t.op("CMP", left, t.m)
	t.op("CSEL", word("LT"), t.m, left, left)
	t.set(toRow, dst)
	t.set(fromRow, src)
	t.mark(row)
	t.set(to, toRow)
	t.set(from, fromRow)
	moveElements(t, t.neon.elem, t.n, w, from, to, t.lanes())
	t.add(dstLD, toRow)
	t.add(srcLD, fromRow)
	t.countDown(left, row)
	t.dropG(toRow, fromRow, to, from, left, w)
}
