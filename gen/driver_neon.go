package main

import (
	"fmt"
	"math/bits"
)

func (n *neon) reload(name string, to gpr)   { n.op("MOVD", n.place(name), to) }
func (n *neon) assign(variable, name string) { n.op("MOVD", n.place(name), n.place(variable)) }
func (n *neon) raise(name string, by gpr)    { n.change(name, func(x gpr) { n.add(by, x) }) }
func (n *neon) raiseNumber(name string, by int) {
	n.change(name, func(x gpr) { n.addNumber(by, x, x) })
}

// change changes a variable or an argument.
func (n *neon) change(name string, f func(x gpr)) {
	if r, ok := n.variables[name]; ok {
		f(r)
		return
	}
	x := n.argument(name)
	f(x)
	n.op("MOVD", x, n.place(name))
	n.dropG(x)
}

func (n *neon) set(to, from gpr)      { n.op("MOVD", from, to) }
func (n *neon) add(by, to gpr)        { n.op("ADD", by, to, to) }
func (n *neon) subtract(by, from gpr) { n.op("SUB", by, from, from) }

func (n *neon) addTimes(number int, of, to gpr) {
	x := n.takeG()
	n.op("MOVD", imm(number), x)
	n.addProduct(x, of, to)
	n.dropG(x)
}

func (n *neon) addProduct(a, b, to gpr) { n.op("MADD", a, to, b, to) }

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

func (n *neon) compare(x gpr, number int) {
	if number < 0 {
		n.op("CMN", imm(-number), x)
	} else {
		n.op("CMP", imm(number), x)
	}
}

func (n *neon) jumpIf(c condition, to label) { n.op("B"+string(c), to) }

func (n *neon) unlessBit(bit int, of gpr, to label) {
	n.op("TBZ", imm(bits.TrailingZeros(uint(bit))), of, to)
}

func (n *neon) unless(bits int, to label) {
	if bits&(bits-1) == 0 {
		n.unlessBit(bits, n.variables["mode"], to)
		return
	}
	n.op("TST", imm(bits), n.variables["mode"])
	n.op("BEQ", to)
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

func (n *neon) relu(r, zero vreg)       { n.v("fmax", r, r, zero) } // -0 becomes +0, too
func (n *neon) prefetch(p gpr, off int) { n.op("PRFM", mem{p, off}, word("PLDL1KEEP")) }

// keepWhere makes 0 what is not where m is above zero, and of m what may be.
func (n *neon) keepWhere(r, m, zero vreg) {
	n.v("fcmgt", m, m, zero)
	n.v("and", r, r, m)
}

// broadcast brings an element into every lane.
func (n *neon) broadcast(p gpr, r vreg) {
	n.op("VLD1R", mem{p, 0}, list{r, fmt.Sprint(n.elem.letter, n.lanes())})
}
