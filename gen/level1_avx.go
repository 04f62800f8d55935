package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

func (a *asm) amax() { amax(a, a.elem, a.isa.bytes) }

func (a *asm) usesPool() {} // constants have addresses of their own

func (a *asm) magnitude(p reg.Register, at int, mask, r vreg) {
	a.f("VAND", operand.Mem{Base: p, Disp: at}, a.v(mask), a.v(r))
}

func (a *asm) larger(x, most vreg) {
	spare := a.take()
	a.largerOf(a.v(x), a.v(most), a.v(spare))
	a.drop(spare)
}

// largerOf compares magnitudes as integers, for VMAX loses NaN. AVX2 has no maximum of 64
// bits.
func (a *asm) largerOf(x, most, spare reg.Register) {
	if a.elem.bytes == 8 && !a.isa.masks {
		a.VPCMPGTQ(most, x, spare)
		a.VBLENDVPD(spare, x, most, most)
		return
	}
	a.op("VPMAXS"+a.elem.i, x, most, most)
}

func (a *asm) returnLargest(most, spare vreg) {
	x, y, m := a.v(most), a.v(spare), ymm[a.take()]
	if a.isa.bytes == 64 {
		a.VEXTRACTF64X4(operand.U8(1), x, y.AsY())
		a.largerOf(y.AsY(), x.AsY(), m)
	}
	a.VEXTRACTF128(operand.U8(1), x.AsY(), y.AsX())
	a.largerOf(y.AsX(), x.AsX(), m.AsX())
	a.VPERMILPD(operand.U8(1), x.AsX(), y.AsX())
	a.largerOf(y.AsX(), x.AsX(), m.AsX())
	if a.elem.bytes == 4 {
		a.VPERMILPS(operand.U8(1), x.AsX(), y.AsX())
		a.largerOf(y.AsX(), x.AsX(), m.AsX())
	}
	to, err := a.ReturnIndex(0).Resolve()
	if err != nil {
		panic(err)
	}
	a.op("VMOV"+a.elem.scalar, x.AsX(), to.Addr)
}

func (a *asm) scaleBy() { scaleBy(a, a.elem, a.isa.bytes) }

func (a *asm) broadcastFrom(p reg.Register) vreg { return a.broadcast(operand.Mem{Base: p}) }

func (a *asm) scaleAt(p reg.Register, at int, f vreg) {
	x, m := a.take(), operand.Mem{Base: p, Disp: at}
	a.f("VMUL", m, a.v(f), a.v(x))
	a.op("VMOVUPS", a.v(x), m)
	a.drop(x)
}
