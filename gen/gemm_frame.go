package main

// A tilePlace is where a tile is.
type tilePlace[G any] struct {
	c, ldc G
	m      G // rows that exist, of the tile and below
}

// Variables of tiles. In the arguments b, c, mask and n are those of the panels from
// the tile's on.
const (
	aOfTile    = "aOfTile"
	biasOfTile = "biasOfTile"
)

// eachPanel goes from left to right.
func eachPanel[G any](d driver[G], s tileShape, body func()) {
	panel, byColumn, done := d.label("panel"), d.label("byColumn"), d.label("done")
	d.mark(panel)
	body()
	nextPanel(d, s, panel, byColumn, done)
	d.mark(done)
}

// nextPanel goes one to the right and jumps to panel, or to done after the last one.
func nextPanel[G any](d driver[G], s tileShape, panel, byColumn, done label) {
	width := s.nr * s.elem.bytes
	d.raiseNumber("n", -s.nr)
	d.jumpIf(notPositive, done)
	bp := d.stride("bp")
	d.raise("b", bp)
	d.dropG(bp)
	d.raiseNumber("c", width)
	d.raiseNumber("mask", width)
	d.unless(tileBiasRow, byColumn)
	d.jump(panel)
	d.mark(byColumn)
	d.raiseNumber("bias", width)
	d.jump(panel)
}

// eachTile goes from top to bottom.
func eachTile[G any](d driver[G], s tileShape, t tilePlace[G], body func()) {
	d.assign(aOfTile, "a")
	d.assign(biasOfTile, "bias")
	d.reload("c", t.c)
	d.reload("m", t.m)
	tile, byColumn := d.label("tile"), d.label("byColumn")
	d.mark(tile)
	body()
	d.addTimes(s.mr, t.ldc, t.c)
	ap := d.stride("ap")
	d.raise(aOfTile, ap)
	d.dropG(ap)
	d.unless(tileBiasRow, byColumn)
	d.raiseNumber(biasOfTile, s.mr*s.elem.bytes)
	d.mark(byColumn)
	d.addNumber(-s.mr, t.m, t.m)
	d.jumpIf(positive, tile)
}

// prefetchBelow asks for C of the next tile, if mode says so.
func prefetchBelow[G any](d driver[G], s tileShape, t tilePlace[G]) {
	last := d.label("last")
	d.unless(tileFetch, last)
	d.compare(t.m, s.mr)
	d.jumpIf(notPositive, last)
	row := d.takeG()
	d.set(row, t.c)
	d.addTimes(s.mr, t.ldc, row)
	for i := range s.mr {
		for j := 0; j < s.nr*s.elem.bytes; j += lineBytes {
			d.prefetch(row, j)
		}
		if i < s.mr-1 {
			d.add(t.ldc, row)
		}
	}
	d.dropG(row)
	d.mark(last)
}

// A start is where chains start if a bit of mode is set.
type start struct {
	bit  int
	fill func()
}

// startFrom fills accumulators with what mode says, or 0.
func startFrom[G any](d driver[G], acc []vreg, starts []start) {
	for _, r := range acc {
		d.clear(r)
	}
	ready, any := d.label("ready"), 0
	for _, s := range starts {
		any |= s.bit
	}
	d.unless(any, ready) // at once, for most start from 0
	for _, s := range starts {
		other := d.label("other")
		d.unless(s.bit, other)
		s.fill()
		d.jump(ready)
		d.mark(other)
	}
	d.mark(ready)
}

// endWith does to accumulators what mode says, before they are stored at c: add adds C,
// and keep makes 0 what the mask, of which it gets the place, does not keep.
func endWith[G any](d driver[G], acc []vreg, work vreg, c G, add func(), keep func(mask G)) {
	added, kept, store := d.label("added"), d.label("kept"), d.label("store")
	d.unless(tileAdd|tileReLU|tileMask, store)
	d.unless(tileAdd, added)
	add()
	d.mark(added)
	d.unless(tileReLU, kept)
	d.clear(work)
	for _, r := range acc {
		d.relu(r, work)
	}
	d.mark(kept)
	d.unless(tileMask, store)
	mask, first := d.argument("mask"), d.argument("c")
	d.subtract(first, mask)
	d.add(c, mask)
	keep(mask)
	d.dropG(mask, first)
	d.mark(store)
}
