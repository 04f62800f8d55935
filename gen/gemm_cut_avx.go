package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A cut moves vectors between registers and C, of which the last columns may not
// exist: vector j of a row has mask j.
type cut struct {
	*asm
	spare []vreg       // free outside the loop over k
	ks    []vreg       // the masks, where they are mask registers
	table reg.Register // or in memory
}

// columns prepares the masks of the first n columns, of nr if there are more.
func (c *cut) columns(n reg.Register, nr int) {
	fits := c.label("fits")
	c.CMPQ(n, operand.U32(nr))
	c.JLE(operand.LabelRef(fits))
	c.MOVQ(operand.U32(nr), n)
	c.Label(fits)
	if c.isa.masks {
		c.ks = c.maskBits(n, max(nr, c.lanes()))
	} else {
		c.table = c.maskTable(n, nr)
	}
}

// mask brings mask j, where masks are vectors, into a spare register.
func (c *cut) mask(j int) reg.VecPhysical {
	r := c.v(c.spare[0])
	c.op("VMOVUPS", operand.Mem{Base: c.table, Disp: j * c.isa.bytes}, r)
	return r
}

func (c *cut) load(m operand.Mem, j int, r reg.VecPhysical, masked bool) {
	switch {
	case !masked:
		c.op("VMOVUPS", m, r)
	case c.isa.masks:
		c.op("VMOVU"+c.elem.f+"_Z", m, c.kreg(c.ks[j]), r)
	default:
		c.f("VMASKMOV", m, c.mask(j), r)
	}
}

// add adds what is at m to r.
func (c *cut) add(m operand.Mem, j int, r reg.VecPhysical, masked bool) {
	if !masked {
		c.f("VADD", m, r, r)
		return
	}
	x := c.scratch(r)
	c.load(m, j, x, true)
	c.f("VADD", r, x, r)
}

// keep makes r 0 where not m > 0.
func (c *cut) keep(m operand.Mem, j int, r reg.VecPhysical, masked bool) {
	const greater = 0x1e
	x, zero := c.scratch(r), c.literal(0)
	c.load(m, j, x, masked)
	if c.isa.masks {
		k := c.takeK()
		c.f("VCMP", operand.U8(greater), zero, x, c.kreg(k))
		c.op("VMOVU"+c.elem.f+"_Z", r, c.kreg(k), r)
		c.dropK(k)
	} else {
		c.f("VCMP", operand.U8(greater), zero, x, x)
		c.op("VANDPS", x, r, r)
	}
}

// scratch is a register of r's width.
func (c *cut) scratch(r reg.VecPhysical) reg.VecPhysical {
	x := c.v(c.spare[len(c.spare)-1])
	if r.Size() < x.Size() {
		return x.AsY().(reg.VecPhysical)
	}
	return x
}

// store avoids VMASKMOV, which takes a dozen cycles on AMD's processors, for vectors
// that exist wholly, in half or not at all.
func (c *cut) store(m operand.Mem, j int, r reg.VecPhysical, masked bool) {
	if !masked {
		c.op("VMOVUPS", r, m)
		return
	}
	if c.isa.masks {
		c.f("VMOVU", r, c.kreg(c.ks[j]), m)
		return
	}
	whole, half, stored := c.label("whole"), c.label("half"), c.label("stored")
	n, first := c.address("n"), j*c.lanes()
	c.CMPQ(n, operand.U32(first))
	c.JLE(operand.LabelRef(stored))
	c.CMPQ(n, operand.U32(first+c.lanes()))
	c.JGE(operand.LabelRef(whole))
	c.CMPQ(n, operand.U32(first+c.lanes()/2))
	c.JEQ(operand.LabelRef(half))
	c.f("VMASKMOV", r, c.mask(j), m)
	c.JMP(operand.LabelRef(stored))
	c.Label(half)
	c.op("VMOVUPS", r.AsX(), m)
	c.JMP(operand.LabelRef(stored))
	c.Label(whole)
	c.op("VMOVUPS", r, m)
	c.Label(stored)
}

// A start is where chains start if a bit of mode is set.
type start struct {
	bit  int
	fill func()
}

// startFrom fills accumulators with what mode says, or 0.
func (a *asm) startFrom(acc []vreg, starts []start) {
	for _, r := range acc {
		a.op("VXORPS", a.v(r), a.v(r), a.v(r))
	}
	ready := a.label("ready")
	for _, s := range starts {
		other := a.label("other")
		a.unless(s.bit, other)
		s.fill()
		a.JMP(operand.LabelRef(ready))
		a.Label(other)
	}
	a.Label(ready)
}

// endWith does to accumulators what mode says, before they are stored at pc: add
// adds C, and keep makes 0 what the mask, of which it gets the place, does not keep.
func (a *asm) endWith(acc []vreg, work vreg, pc reg.Register, add func(), keep func(mask reg.Register)) {
	added, kept, store := a.label("added"), a.label("kept"), a.label("store")
	a.unless(tileAdd, added)
	add()
	a.Label(added)
	a.unless(tileReLU, kept)
	zero := a.v(work)
	a.op("VXORPS", zero, zero, zero)
	for _, r := range acc {
		a.f("VMAX", a.v(r), zero, a.v(r)) // NaN, the second source, is kept
		a.f("VADD", a.v(r), zero, a.v(r)) // -0 becomes +0
	}
	a.Label(kept)
	a.unless(tileMask, store)
	mask := a.pointer("mask")
	a.SUBQ(a.address("c"), mask)
	a.ADDQ(pc, mask)
	keep(mask)
	a.Label(store)
}
