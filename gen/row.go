package main

// A rowDriver writes what a part of a row of C is made of: some vectors, from col on, of
// arrays that are given by where their row ends.
type rowDriver[G any] interface {
	driver[G]
	// begin loads the arguments.
	begin() *rowPlace[G]
	// wholes writes a part of so many whole vectors.
	wholes(n int)
	// rest writes what is left of a row, if anything.
	rest(next label)

	loadRow(end G)
	addRow(end G)
	keepRow(end G)
	storeRow(end G)
	fillRow(bias G)
	multiplyRow()
}

// A rowPlace is where a row is. Pointers are to the ends of rows, and col goes from
// width, which is -n, to 0, in bytes.
type rowPlace[G any] struct {
	a, b, c    G
	width, col G
	parts      []int // of whole vectors: how many, the most first
	work       vreg  // free outside the loop over k
}

// row writes the micro-kernel whose tiles are whole rows of C, of any n. It reads no
// more of B than there is, and each vector once, from memory.
func row[G any](d rowDriver[G], e *elem, vector int) {
	d.function(rowTileName, tileSignature(e))
	r := d.begin()
	top, next, byColumn := d.label("row"), d.label("next"), d.label("byColumn")
	d.mark(top)
	d.set(r.col, r.width)
	for _, n := range r.parts {
		again, skip := d.label("again"), d.label("skip")
		d.compare(r.col, -n*vector)
		d.jumpIf(positive, skip)
		d.mark(again)
		d.wholes(n)
		d.addNumber(n*vector, r.col, r.col)
		d.compare(r.col, -n*vector)
		d.jumpIf(notPositive, again)
		d.mark(skip)
	}
	d.rest(next)
	d.mark(next)
	ldc, ap := d.stride("ldc"), d.stride("ap")
	d.add(ldc, r.c)
	d.add(ap, r.a)
	d.dropG(ldc, ap)
	d.unless(tileBiasRow, byColumn)
	d.raiseNumber("bias", e.bytes)
	d.mark(byColumn)
	d.raiseNumber("m", -1)
	d.jumpIf(positive, top)
	d.ret()
}

// rowPart writes the part that acc is for.
func rowPart[G any](d rowDriver[G], r *rowPlace[G], acc []vreg) {
	startFrom(d, acc, []start{
		{tileLoad, func() { d.loadRow(r.c) }},
		{tileBias, func() {
			bias := d.argument("bias")
			d.subtract(r.width, bias)
			d.loadRow(bias)
			d.dropG(bias)
		}},
		{tileBiasRow, func() {
			bias := d.argument("bias")
			d.fillRow(bias)
			d.dropG(bias)
		}},
	})
	d.multiplyRow()
	endWith(d, acc, r.work, r.c, func() { d.addRow(r.c) }, d.keepRow)
	d.storeRow(r.c)
}
