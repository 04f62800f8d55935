package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tile writes a GEMM micro-kernel.
//
//	registers:  accumulators mr × nr/lanes | a row of B | two elements of A
func (a *asm) tile(mr, nr int) {
	a.function(tileName(mr, nr), tileSignature(a.elem))
	size := a.elem.bytes
	nv := nr / a.lanes()
	acc := make([][]vreg, mr)
	for i := range acc {
		acc[i] = a.takeN(nv)
	}
	bv, av := a.takeN(nv), a.takeN(2)

	k, pa, pb, pc := a.pointer("k"), a.pointer("a"), a.pointer("b"), a.pointer("c")
	as, bs, ldc := a.stride("as"), a.stride("bs"), a.stride("ldc")
	m, mode := a.pointer("m"), a.pointer("mode")
	c := &tileC{asm: a, acc: acc, base: pc, ldc: ldc, m: m, mr: mr, tmp: append(bv, av...)}

	// The next tile of the column follows below this one; what lies there if
	// this was the last does not matter to a prefetch.
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

	// A whole tile is loaded and stored without masks.
	edge := a.GP64()
	a.XORQ(edge, edge)
	whole, load, bias, ready := a.label("whole"), a.label("load"), a.label("bias"), a.label("ready")
	n := a.pointer("n")
	a.CMPQ(m, operand.U32(mr))
	a.JNE(operand.LabelRef(load))
	a.CMPQ(n, operand.U32(nr))
	a.JEQ(operand.LabelRef(whole))
	a.Label(load)
	a.MOVQ(operand.U32(1), edge)
	c.setMasks(n, nr)
	a.Label(whole)
	for i := range acc {
		for _, r := range acc[i] {
			a.op("VXORPS", a.v(r), a.v(r), a.v(r))
		}
	}
	a.TESTQ(operand.U32(tileLoad), mode)
	a.JZ(operand.LabelRef(bias))
	c.move(edge, true)
	a.JMP(operand.LabelRef(ready))
	a.Label(bias)
	a.TESTQ(operand.U32(tileBias), mode)
	a.JZ(operand.LabelRef(ready))
	c.startFrom(a.pointer("bias"), edge)
	a.Label(ready)

	// step multiplies column p of A and row p of B.
	step := func(am, bm operand.Mem) {
		for j, r := range bv {
			a.op("VMOVUPS", bm.Offset(j*a.isa.bytes), a.v(r))
		}
		for i := range acc {
			x := av[i%2]
			a.op("VBROADCAST"+a.elem.scalar, am.Offset(i*size), a.v(x))
			for j, r := range acc[i] {
				a.f("VFMADD231", a.v(bv[j]), a.v(x), a.v(r))
			}
		}
	}
	const unroll = 4
	loop, rest, one, done := a.label("loop"), a.label("rest"), a.label("one"), a.label("done")
	as3, bs3 := a.GP64(), a.GP64()
	a.LEAQ(operand.Mem{Base: as, Index: as, Scale: 2}, as3)
	a.LEAQ(operand.Mem{Base: bs, Index: bs, Scale: 2}, bs3)
	a.SUBQ(operand.U8(unroll), k)
	a.JL(operand.LabelRef(rest))
	a.Label(loop)
	step(operand.Mem{Base: pa}, operand.Mem{Base: pb})
	step(operand.Mem{Base: pa, Index: as, Scale: 1}, operand.Mem{Base: pb, Index: bs, Scale: 1})
	step(operand.Mem{Base: pa, Index: as, Scale: 2}, operand.Mem{Base: pb, Index: bs, Scale: 2})
	step(operand.Mem{Base: pa, Index: as3, Scale: 1}, operand.Mem{Base: pb, Index: bs3, Scale: 1})
	a.LEAQ(operand.Mem{Base: pa, Index: as, Scale: unroll}, pa)
	a.LEAQ(operand.Mem{Base: pb, Index: bs, Scale: unroll}, pb)
	a.SUBQ(operand.U8(unroll), k)
	a.JGE(operand.LabelRef(loop))
	a.Label(rest)
	a.ADDQ(operand.U8(unroll), k)
	a.JZ(operand.LabelRef(done))
	a.Label(one)
	step(operand.Mem{Base: pa}, operand.Mem{Base: pb})
	a.ADDQ(as, pa)
	a.ADDQ(bs, pb)
	a.DECQ(k)
	a.JNZ(operand.LabelRef(one))
	a.Label(done)

	store := a.label("store")
	a.TESTQ(operand.U32(tileReLU), mode)
	a.JZ(operand.LabelRef(store))
	zero := a.v(bv[0])
	a.op("VXORPS", zero, zero, zero)
	for i := range acc {
		for _, r := range acc[i] {
			a.f("VMAX", a.v(r), zero, a.v(r)) // NaN, the second source, is kept
			a.f("VADD", a.v(r), zero, a.v(r)) // -0 becomes +0
		}
	}
	a.Label(store)
	c.move(edge, false)
	a.ret()
}

func (a *asm) takeN(n int) []vreg {
	rs := make([]vreg, n)
	for i := range rs {
		rs[i] = a.take()
	}
	return rs
}

// stride loads an argument that counts elements, as bytes.
func (a *asm) stride(arg string) reg.Register {
	r := a.pointer(arg)
	shift := map[int]operand.Constant{4: operand.U8(2), 8: operand.U8(3)}
	a.SHLQ(shift[a.elem.bytes], r)
	return r
}

// tileC moves a tile between its accumulators and C.
type tileC struct {
	*asm
	acc   [][]vreg
	base  reg.Register
	ldc   reg.Register
	m     reg.Register
	mr    int
	tmp   []vreg // free outside the loop over k
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

// move loads the tile, or stores it.
func (c *tileC) move(edge reg.Register, load bool) {
	masked, done := c.label("masked"), c.label("moved")
	row := c.GP64()
	c.MOVQ(c.base, row)
	c.TESTQ(edge, edge)
	c.JNZ(operand.LabelRef(masked))
	for i := range c.acc {
		for j, r := range c.acc[i] {
			m := operand.Mem{Base: row, Disp: j * c.isa.bytes}
			if load {
				c.op("VMOVUPS", m, c.v(r))
			} else {
				c.op("VMOVUPS", c.v(r), m)
			}
		}
		if i < c.mr-1 {
			c.ADDQ(c.ldc, row)
		}
	}
	c.JMP(operand.LabelRef(done))
	c.Label(masked)
	c.loadMasks()
	for i := range c.acc {
		if i > 0 {
			c.CMPQ(c.m, operand.U32(i))
			c.JLE(operand.LabelRef(done))
			c.ADDQ(c.ldc, row)
		}
		for j, r := range c.acc[i] {
			m := operand.Mem{Base: row, Disp: j * c.isa.bytes}
			if load {
				c.masked(m, j, r)
			} else if c.isa.masks {
				c.f("VMOVU", c.v(r), c.kreg(c.ks[j]), m)
			} else {
				c.f("VMASKMOV", c.v(r), c.v(c.tmp[j]), m)
			}
		}
	}
	c.Label(done)
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

// masked loads the lanes of column vector j that exist.
func (c *tileC) masked(m operand.Mem, j int, r vreg) {
	if c.isa.masks {
		c.op("VMOVU"+c.elem.f+"_Z", m, c.kreg(c.ks[j]), c.v(r))
	} else {
		c.f("VMASKMOV", m, c.v(c.tmp[j]), c.v(r))
	}
}

// startFrom fills every row with the bias.
func (c *tileC) startFrom(bias, edge reg.Register) {
	masked, copied := c.label("masked"), c.label("copy")
	first := c.acc[0]
	c.TESTQ(edge, edge)
	c.JNZ(operand.LabelRef(masked))
	for j, r := range first {
		c.op("VMOVUPS", operand.Mem{Base: bias, Disp: j * c.isa.bytes}, c.v(r))
	}
	c.JMP(operand.LabelRef(copied))
	c.Label(masked)
	c.loadMasks()
	for j, r := range first {
		c.masked(operand.Mem{Base: bias, Disp: j * c.isa.bytes}, j, r)
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
