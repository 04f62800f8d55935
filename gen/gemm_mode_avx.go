package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A start is where chains start if a bit of mode is set.
type start struct {
	bit  int
	fill func()
}

// startFrom fills accumulators with what mode says, or 0.
func (a *asm) startFrom(acc []vreg, starts []start) {
	for _, r := range acc {
		a.clear(r)
	}
	ready, any := a.label("ready"), 0
	for _, s := range starts {
		any |= s.bit
	}
	a.unless(any, ready) // at once, for most start from 0
	for _, s := range starts {
		other := a.label("other")
		a.unless(s.bit, other)
		s.fill()
		a.JMP(operand.LabelRef(ready))
		a.mark(other)
	}
	a.mark(ready)
}

// endWith does to accumulators what mode says, before they are stored at pc: add
// adds C, and keep makes 0 what the mask, of which it gets the place, does not keep.
func (a *asm) endWith(acc []vreg, work vreg, pc reg.Register, add func(), keep func(mask reg.Register)) {
	added, kept, store := a.label("added"), a.label("kept"), a.label("store")
	a.unless(tileAdd|tileReLU|tileMask, store)
	a.unless(tileAdd, added)
	add()
	a.mark(added)
	a.unless(tileReLU, kept)
	zero := a.v(work)
	a.op("VXORPS", zero, zero, zero)
	for _, r := range acc {
		a.f("VMAX", a.v(r), zero, a.v(r)) // NaN, the second source, is kept
		a.f("VADD", a.v(r), zero, a.v(r)) // -0 becomes +0
	}
	a.mark(kept)
	a.unless(tileMask, store)
	mask := a.argument("mask")
	a.SUBQ(a.address("c"), mask)
	a.ADDQ(pc, mask)
	keep(mask)
	a.mark(store)
}
