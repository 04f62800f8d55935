package main

import "math/bits"

func (n *neon) set(to, from gpr)      { n.op("MOVD", from, to) }
func (n *neon) add(by, to gpr)        { n.op("ADD", by, to, to) }
func (n *neon) subtract(by, from gpr) { n.op("SUB", by, from, from) }

func (n *neon) bytes(count, to gpr) {
	n.op("LSL", imm(bits.TrailingZeros(uint(n.elem.bytes))), count, to)
}

func (n *neon) addNumber(number int, from, to gpr) {
	if number < 0 {
		n.op("SUBS", imm(-number), from, to)
	} else {
		n.op("ADDS", imm(number), from, to)
	}
}

func (n *neon) ifNegative(to label)    { n.op("BLT", to) }
func (n *neon) ifNotNegative(to label) { n.op("BGE", to) }

func (n *neon) unlessBit(bit int, of gpr, to label) {
	n.op("TBZ", imm(bits.TrailingZeros(uint(bit))), of, to)
}

func (n *neon) countDown(count gpr, to label) {
	n.op("SUBS", imm(1), count, count)
	n.op("BNE", to)
}

func (n *neon) move(src, dst gpr, at, bytes int) {
	a, b := n.take(), n.take()
	if bytes == 32 {
		n.op("FLDPQ", mem{src, at}, pair{a, b})
		n.op("FSTPQ", pair{a, b}, mem{dst, at})
		return
	}
	n.op(scalarMove[bytes], mem{src, at}, fpr(a))
	n.op(scalarMove[bytes], fpr(a), mem{dst, at})
}

func (n *neon) moveOn(src, dst gpr, bytes int) {
	a, b := n.take(), n.take()
	if bytes == 32 {
		n.op("FLDPQ.P", mem{src, bytes}, pair{a, b})
		n.op("FSTPQ.P", pair{a, b}, mem{dst, bytes})
	} else {
		n.op(scalarMove[bytes]+".P", mem{src, bytes}, fpr(a))
		n.op(scalarMove[bytes]+".P", fpr(a), mem{dst, bytes})
	}
	n.drop(a, b)
}

func (n *neon) splitOn(src, even, odd gpr) {
	x, out := n.takeN(4), n.takeN(2)
	n.op("FLDPQ.P", mem{src, 32}, pair{x[0], x[1]})
	n.op("FLDPQ.P", mem{src, 32}, pair{x[2], x[3]})
	for _, to := range []struct {
		places string
		dst    gpr
	}{{"uzp1", even}, {"uzp2", odd}} {
		n.v(to.places, out[0], x[0], x[1])
		n.v(to.places, out[1], x[2], x[3])
		n.op("FSTPQ.P", pair{out[0], out[1]}, mem{to.dst, 32})
	}
	n.drop(x...)
	n.drop(out...)
}

func (n *neon) clear(r vreg)       { n.op("VMOVI", imm(0), vector{r, "B16"}) }
func (n *neon) fma(a, b, sum vreg) { n.v("fmla", sum, a, b) }
