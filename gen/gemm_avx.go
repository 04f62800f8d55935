package main

import (
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tile writes a GEMM micro-kernel.
//
//	registers:  accumulators mr × nr/lanes | a row of B | one or two elements of A
func (a *asm) tile(mr, nr int) {
	a.function(tileName(mr, nr), tileSignature(a.elem))
	size := a.elem.bytes
	nv := nr / a.lanes()
	acc := make([][]vreg, mr)
	for i := range acc {
		acc[i] = a.takeN(nv)
	}
	bv := a.takeN(nv)
	av := a.takeN(min(2, a.isa.registers-(mr+1)*nv))

	panel, pc, m := a.pointer("a"), a.pointer("c"), a.pointer("m")
	ldc := a.stride("ldc")
	stride := a.pointer("as")
	a.IMULQ(a.address("ai"), stride) // that one of both which is not 1
	as, bs := a.multiples(a.toBytes(stride), near), a.multiples(a.stride("bs"), unroll)
	c := &tileC{asm: a, acc: acc, ldc: ldc, m: m, tmp: append(slices.Clone(bv), av...)}
	c.setMasks(a.pointer("n"), nr)

	top := a.label("tile")
	a.Label(top)

	// The next tile follows below this one; what lies there if this was the
	// last does not matter to a prefetch.
	next := a.GP64()
	a.IMUL3Q(operand.U32(mr), ldc, next)
	a.ADDQ(pc, next)
	for i := range mr {
		for j := 0; j < nr*size; j += 64 {
			a.PREFETCHT0(operand.Mem{Base: next, Disp: j})
		}
		if i < mr-1 {
			a.ADDQ(ldc, next)
		}
	}

	all := slices.Concat(acc...)
	a.start(all,
		func() { c.each(pc, c.whole, c.load, c.loadMasked) },
		func() { c.startFrom(a.pointer("bias")) },
	)

	l := &tileLoop{asm: a, acc: acc, a: av, pb: a.pointer("b"), k: a.pointer("k")}
	l.b = func(m operand.Mem, j int) operand.Op {
		a.op("VMOVUPS", m, a.v(bv[j]))
		return a.v(bv[j])
	}
	pa := a.GP64()
	a.MOVQ(panel, pa)
	l.everyWay(pa, as, bs)
	a.end(all, bv[0], pc, func(mask reg.Register) { c.each(mask, c.whole, c.keep, c.keepMasked) })
	c.each(pc, c.covered, c.store, c.storeMasked)

	a.IMUL3Q(operand.U32(mr), ldc, next)
	a.ADDQ(next, pc)
	a.ADDQ(a.stride("ap"), panel)
	a.SUBQ(operand.U8(mr), m)
	a.JG(operand.LabelRef(top))
	a.ret()
}

// start fills accumulators with what mode says: 0, C or the bias.
func (a *asm) start(acc []vreg, fromC, fromBias func()) {
	for _, r := range acc {
		a.op("VXORPS", a.v(r), a.v(r), a.v(r))
	}
	bias, ready := a.label("bias"), a.label("ready")
	a.unless(tileLoad, bias)
	fromC()
	a.JMP(operand.LabelRef(ready))
	a.Label(bias)
	a.unless(tileBias, ready)
	fromBias()
	a.Label(ready)
}

// end does to accumulators what mode says, before they are stored at pc: ReLU, and
// the mask, of which keep gets the place.
func (a *asm) end(acc []vreg, work vreg, pc reg.Register, keep func(mask reg.Register)) {
	kept, store := a.label("kept"), a.label("store")
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

// unless jumps where a bit of mode is not set.
func (a *asm) unless(bit int, label string) {
	a.TESTQ(operand.U32(bit), a.address("mode"))
	a.JZ(operand.LabelRef(label))
}

func (a *asm) takeN(n int) []vreg {
	rs := make([]vreg, n)
	for i := range rs {
		rs[i] = a.take()
	}
	return rs
}

// stride loads an argument that counts elements, as bytes.
func (a *asm) stride(arg string) reg.Register { return a.toBytes(a.pointer(arg)) }

func (a *asm) toBytes(r reg.Register) reg.Register {
	shift := map[int]operand.Constant{4: operand.U8(2), 8: operand.U8(3)}
	a.SHLQ(shift[a.elem.bytes], r)
	return r
}

// tileC moves a tile between its accumulators and C.
type tileC struct {
	*asm
	acc   [][]vreg
	ldc   reg.Register
	m     reg.Register // rows that exist, here and below
	tmp   []vreg       // free outside the loop over k
	table reg.Register
	ks    []vreg
}

func (c *tileC) setMasks(n reg.Register, nr int) {
	if c.isa.masks {
		c.ks = c.maskBits(n, nr)
	} else {
		c.table = c.maskTable(n, nr)
	}
}

// each visits the vectors of the tile at base: of a whole one with do, of one
// that is cut with masked, which finds the masks of the columns in tmp or ks.
func (c *tileC) each(base reg.Register, whole func(cut string), do, masked func(m operand.Mem, j int, r vreg)) {
	cut, done := c.label("cut"), c.label("moved")
	row := c.GP64()
	c.MOVQ(base, row)
	whole(cut)
	for i := range c.acc {
		for j, r := range c.acc[i] {
			do(operand.Mem{Base: row, Disp: j * c.isa.bytes}, j, r)
		}
		if i < len(c.acc)-1 {
			c.ADDQ(c.ldc, row)
		}
	}
	c.JMP(operand.LabelRef(done))
	c.Label(cut)
	c.loadMasks()
	for i := range c.acc {
		if i > 0 {
			c.CMPQ(c.m, operand.U32(i))
			c.JLE(operand.LabelRef(done))
			c.ADDQ(c.ldc, row)
		}
		for j, r := range c.acc[i] {
			masked(operand.Mem{Base: row, Disp: j * c.isa.bytes}, j, r)
		}
	}
	c.Label(done)
}

// whole jumps where rows or columns of the tile do not exist.
func (c *tileC) whole(cut string) {
	c.CMPQ(c.m, operand.U32(len(c.acc)))
	c.JL(operand.LabelRef(cut))
	c.CMPQ(c.address("n"), operand.U32(len(c.acc[0])*c.lanes()))
	c.JL(operand.LabelRef(cut))
}

// covered jumps as whole does, but for columns that do not exist if what they would
// overwrite is part of the row below, which is stored later: that row exists
// (m > mr), follows at once (ldc = n), takes all of it (2n >= nr), and is not to be
// loaded.
func (c *tileC) covered(cut string) {
	nr, whole := len(c.acc[0])*c.lanes(), c.label("whole")
	n := c.GP64()
	c.CMPQ(c.m, operand.U32(len(c.acc)))
	c.JL(operand.LabelRef(cut))
	c.Load(c.Param("n"), n)
	c.CMPQ(n, operand.U32(nr))
	c.JGE(operand.LabelRef(whole))
	c.CMPQ(n, operand.U32(nr/2))
	c.JL(operand.LabelRef(cut))
	c.CMPQ(c.m, operand.U32(len(c.acc)))
	c.JE(operand.LabelRef(cut))
	c.CMPQ(n, c.address("ldc"))
	c.JNE(operand.LabelRef(cut))
	c.TESTQ(operand.U32(tileLoad), c.address("mode"))
	c.JNZ(operand.LabelRef(cut))
	c.Label(whole)
}

// loadMasks brings masks that are vectors into tmp.
func (c *tileC) loadMasks() {
	if c.isa.masks {
		return
	}
	for j := range c.acc[0] {
		c.op("VMOVUPS", operand.Mem{Base: c.table, Disp: j * c.isa.bytes}, c.v(c.tmp[j]))
	}
}

func (c *tileC) load(m operand.Mem, _ int, r vreg)  { c.op("VMOVUPS", m, c.v(r)) }
func (c *tileC) store(m operand.Mem, _ int, r vreg) { c.op("VMOVUPS", c.v(r), m) }

func (c *tileC) loadMasked(m operand.Mem, j int, r vreg) {
	if c.isa.masks {
		c.op("VMOVU"+c.elem.f+"_Z", m, c.kreg(c.ks[j]), c.v(r))
	} else {
		c.f("VMASKMOV", m, c.v(c.tmp[j]), c.v(r))
	}
}

// storeMasked avoids VMASKMOV, which takes a dozen cycles on AMD's processors,
// for vectors that exist wholly, in half or not at all.
func (c *tileC) storeMasked(m operand.Mem, j int, r vreg) {
	if c.isa.masks {
		c.f("VMOVU", c.v(r), c.kreg(c.ks[j]), m)
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
	c.f("VMASKMOV", c.v(r), c.v(c.tmp[j]), m)
	c.JMP(operand.LabelRef(stored))
	c.Label(half)
	c.op("VMOVUPS", c.v(r).AsX(), m)
	c.JMP(operand.LabelRef(stored))
	c.Label(whole)
	c.op("VMOVUPS", c.v(r), m)
	c.Label(stored)
}

// keep makes r 0 where not m > 0.
func (c *tileC) keep(m operand.Mem, j int, r vreg) { c.keepWhere(c.load, m, j, r) }

func (c *tileC) keepMasked(m operand.Mem, j int, r vreg) { c.keepWhere(c.loadMasked, m, j, r) }

func (c *tileC) keepWhere(load func(operand.Mem, int, vreg), m operand.Mem, j int, r vreg) {
	const greater = 0x1e
	x, zero := c.tmp[len(c.tmp)-1], c.literal(0)
	load(m, j, x)
	if c.isa.masks {
		k := c.takeK()
		c.f("VCMP", operand.U8(greater), zero, c.v(x), c.kreg(k))
		c.op("VMOVU"+c.elem.f+"_Z", c.v(r), c.kreg(k), c.v(r))
		c.dropK(k)
	} else {
		c.f("VCMP", operand.U8(greater), zero, c.v(x), c.v(x))
		c.op("VANDPS", c.v(x), c.v(r), c.v(r))
	}
}

// startFrom fills every row with the bias.
func (c *tileC) startFrom(bias reg.Register) {
	cut, copied := c.label("cut"), c.label("copy")
	first := c.acc[0]
	at := func(j int) operand.Mem { return operand.Mem{Base: bias, Disp: j * c.isa.bytes} }
	c.whole(cut)
	for j, r := range first {
		c.load(at(j), j, r)
	}
	c.JMP(operand.LabelRef(copied))
	c.Label(cut)
	c.loadMasks()
	for j, r := range first {
		c.loadMasked(at(j), j, r)
	}
	c.Label(copied)
	for _, row := range c.acc[1:] {
		for j, r := range row {
			c.op("VMOVUPS", c.v(first[j]), c.v(r))
		}
	}
}

// peak writes a loop of n rounds of independent FMAs on registers alone: the
// limit that GEMM is measured against.
func (a *asm) peak() {
	a.function("PeakFMA", "(n int)")
	acc := a.takeN(peakChains)
	x := a.take()
	for _, r := range append(acc, x) {
		a.op("VXORPS", a.v(r), a.v(r), a.v(r))
	}
	n, loop := a.pointer("n"), a.label("loop")
	a.Label(loop)
	for _, r := range acc {
		a.f("VFMADD231", a.v(x), a.v(x), a.v(r))
	}
	a.DECQ(n)
	a.JNZ(operand.LabelRef(loop))
	a.ret()
}
