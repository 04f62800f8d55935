package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// An avxEdge moves vectors between registers and C, where the last columns of C may not
// exist: vector j of a row has mask j.
type avxEdge struct {
	*asm
	spare []vreg       // free outside the loop over k
	ks    []vreg       // the masks, where they are mask registers
	table reg.Register // or in memory,
	held  []vreg       // or, for a while, in registers
}

// columns prepares the masks of the first n columns, of nr if there are more.
func (e *avxEdge) columns(n reg.Register, nr int) {
	fits := e.label("fits")
	e.CMPQ(n, operand.U32(nr))
	e.JLE(operand.LabelRef(fits))
	e.MOVQ(operand.U32(nr), n)
	e.mark(fits)
	if e.isa.masks {
		e.ks = e.maskBits(n, max(nr, e.lanes()))
	} else {
		e.table = e.maskTable(n, nr)
	}
}

// hold brings masks that are vectors into registers.
func (e *avxEdge) hold(masks []vreg) {
	if !e.isa.masks {
		for j, r := range masks {
			e.op("VMOVUPS", operand.Mem{Base: e.table, Disp: j * e.isa.bytes}, e.v(r))
		}
		e.held = masks
	}
}

// mask brings mask j, where masks are vectors, into a spare register, unless it is
// held in one.
func (e *avxEdge) mask(j int) reg.VecPhysical {
	if e.held != nil {
		return e.v(e.held[j])
	}
	r := e.v(e.spare[0])
	e.op("VMOVUPS", operand.Mem{Base: e.table, Disp: j * e.isa.bytes}, r)
	return r
}

func (e *avxEdge) load(m operand.Mem, j int, r reg.VecPhysical, masked bool) {
	switch {
	case !masked:
		e.op("VMOVUPS", m, r)
	case e.isa.masks:
		e.op("VMOVU"+e.elem.f+"_Z", m, e.kreg(e.ks[j]), r)
	default:
		e.f("VMASKMOV", m, e.mask(j), r)
	}
}

// addC adds what is at m to r.
func (e *avxEdge) addC(m operand.Mem, j int, r reg.VecPhysical, masked bool) {
	if !masked {
		e.f("VADD", m, r, r)
		return
	}
	x := e.scratch(r)
	e.load(m, j, x, true)
	e.f("VADD", r, x, r)
}

// keep makes r 0 where not m > 0.
func (e *avxEdge) keep(m operand.Mem, j int, r reg.VecPhysical, masked bool) {
	const greater = 0x1e
	x, zero := e.scratch(r), e.literal(0)
	e.load(m, j, x, masked)
	if e.isa.masks {
		k := e.takeK()
		e.f("VCMP", operand.U8(greater), zero, x, e.kreg(k))
		e.op("VMOVU"+e.elem.f+"_Z", r, e.kreg(k), r)
		e.dropK(k)
	} else {
		e.f("VCMP", operand.U8(greater), zero, x, x)
		e.op("VANDPS", x, r, r)
	}
}

// scratch is a register of r's width.
func (e *avxEdge) scratch(r reg.VecPhysical) reg.VecPhysical {
	x := e.v(e.spare[len(e.spare)-1])
	if r.Size() < x.Size() {
		return x.AsY().(reg.VecPhysical)
	}
	return x
}

// store avoids VMASKMOV, which takes a dozen cycles on AMD's processors, for vectors
// that exist wholly, in half or not at all.
func (e *avxEdge) store(m operand.Mem, j int, r reg.VecPhysical, masked bool) {
	if !masked {
		e.op("VMOVUPS", r, m)
		return
	}
	if e.isa.masks {
		e.f("VMOVU", r, e.kreg(e.ks[j]), m)
		return
	}
	whole, half, stored := e.label("whole"), e.label("half"), e.label("stored")
	n, first := e.address("n"), j*e.lanes()
	e.CMPQ(n, operand.U32(first))
	e.JLE(operand.LabelRef(stored))
	e.CMPQ(n, operand.U32(first+e.lanes()))
	e.JGE(operand.LabelRef(whole))
	e.CMPQ(n, operand.U32(first+e.lanes()/2))
	e.JEQ(operand.LabelRef(half))
	e.f("VMASKMOV", r, e.mask(j), m)
	e.JMP(operand.LabelRef(stored))
	e.mark(half)
	e.op("VMOVUPS", r.AsX(), m)
	e.JMP(operand.LabelRef(stored))
	e.mark(whole)
	e.op("VMOVUPS", r, m)
	e.mark(stored)
}
