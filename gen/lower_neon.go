package main

import "math"

// neonLowering lowers to the instructions of arm64.
type neonLowering struct {
	*neon
	*lowering
}

func (n *neon) loadConstant(bits uint64, r vreg) { n.op("FMOVQ", n.literal(bits), fpr(r)) }

// takesInRegister leaves out what an FMA adds to: see fused.
func (n *neon) takesInRegister(x *val, i int) bool {
	return !(i == 2 && (x.op == opFMA || x.op == opFNMA) || x.op == opSelect && isZero(x.args[i]))
}

func (n *neon) sharing() int { return math.MaxInt }

func (n *neon) rewrite(bodies [][]sink) { splitScale(bodies) }

// share has nothing to do: plan keeps the constants.
func (n *neon) share(*lowering, []*val) (forget func()) { return func() {} }

func (n *neon) free(_ *val, r vreg) { n.drop(r) }

var neonSpellings = spellings[*neonLowering]{
	opAdd:     {"fadd", (*neonLowering).plain},
	opSub:     {"fsub", (*neonLowering).plain},
	opMul:     {"fmul", (*neonLowering).plain},
	opDiv:     {"fdiv", (*neonLowering).plain},
	opMin:     {"fmin", (*neonLowering).extreme},
	opMax:     {"fmax", (*neonLowering).extreme},
	opSqrt:    {"fsqrt", (*neonLowering).plain},
	opFMA:     {"fmla", (*neonLowering).fused},
	opFNMA:    {"fmls", (*neonLowering).fused},
	opToFloat: {"scvtf", (*neonLowering).plain},

	opAnd:   {"and", (*neonLowering).plain},
	opOr:    {"orr", (*neonLowering).plain},
	opXor:   {"eor", (*neonLowering).plain},
	opIAdd:  {"add", (*neonLowering).plain},
	opISub:  {"sub", (*neonLowering).plain},
	opUMax:  {"umax", (*neonLowering).plain},
	opMulHi: {neonHalves[opMulHi], (*neonLowering).product},
	opMulLo: {neonHalves[opMulLo], (*neonLowering).product},
	opShl:   {"shl", (*neonLowering).shifted},
	opShr:   {"ushr", (*neonLowering).shifted},
	opSar:   {"sshr", (*neonLowering).shifted},

	opLess:       {"fcmgt", (*neonLowering).compare},
	opLessEq:     {"fcmge", (*neonLowering).compare},
	opSelect:     {"bsl", (*neonLowering).selection},
	opSignedUnit: {"bsl", (*neonLowering).signedUnit},
}

func (n *neon) compute(l *lowering, x *val) { neonSpellings.write(&neonLowering{n, l}, x) }

// compare swaps: a < b is b > a.
func (l *neonLowering) compare(name string, x *val) {
	a, b := l.get(x.args[0]), l.get(x.args[1])
	l.v(name, l.dst(x), b, a)
}

func (l *neonLowering) signedUnit(name string, x *val) {
	m, a, b := l.get(x.args[0]), l.get(x.args[1]), l.get(x.args[2])
	d := l.take()
	l.shift("sshr", d, m, 31)
	l.v(name, d, a, b)
	l.become(x, d)
}

func (l *neonLowering) plain(name string, x *val) {
	var args []vreg
	for _, y := range x.args {
		args = append(args, l.get(y))
	}
	l.v(name, l.dst(x), args...)
}

func (l *neonLowering) shifted(name string, x *val) {
	a := l.get(x.args[0])
	l.shift(name, l.dst(x), a, int(x.bits))
}

// fused adds ±a·b to c, in the register of c if this is its last use, else in a copy. That of
// a constant comes from memory, where loads are idle.
func (l *neonLowering) fused(name string, x *val) {
	a, b, c := x.args[0], x.args[1], x.args[2]
	ra, rb := l.get(a), l.get(b)
	if c.op != opConst {
		l.get(c)
	}
	if l.isLastUse(c, x) {
		l.v(name, l.claim(c, x), ra, rb)
		return
	}
	d := l.take()
	if c.op == opConst {
		l.loadConstant(c.constant(), d)
	} else {
		l.copy(d, l.get(c))
	}
	l.v(name, d, ra, rb)
	l.become(x, d)
}

func (n *neon) copy(d, a vreg) { n.op("VMOV", vector{a, "B16"}, vector{d, "B16"}) }

// extreme is b unless a is smaller, or greater. FMIN and FMAX make NaN of any
// NaN, and order -0 before +0: with a constant a other than 0 that is no
// difference.
func (l *neonLowering) extreme(name string, x *val) {
	a, b := l.get(x.args[0]), l.get(x.args[1])
	if c := x.args[0]; c.op == opConst && c.num != 0 {
		l.v(name, l.dst(x), a, b)
		return
	}
	m := l.take()
	if name == "fmin" {
		l.v("fcmgt", m, b, a)
	} else {
		l.v("fcmgt", m, a, b)
	}
	l.v("bsl", m, a, b)
	l.become(x, m)
}

// selection is m ? a : b, in the register of an argument that is used last here.
func (l *neonLowering) selection(name string, x *val) {
	m, a, b := x.args[0], x.args[1], x.args[2]
	rm := l.get(m)
	switch {
	case isZero(b):
		ra := l.get(a)
		l.v("and", l.dst(x), rm, ra)
		return
	case isZero(a):
		rb := l.get(b)
		l.v("bic", l.dst(x), rb, rm)
		return
	}
	ra, rb := l.get(a), l.get(b)
	switch {
	case l.isLastUse(m, x):
		l.v(name, l.claim(m, x), ra, rb)
	case l.isLastUse(b, x):
		l.v("bit", l.claim(b, x), ra, rm)
	case l.isLastUse(a, x):
		l.v("bif", l.claim(a, x), rb, rm)
	default:
		d := l.take()
		l.copy(d, rm)
		l.v(name, d, ra, rb)
		l.become(x, d)
	}
}

func isZero(x *val) bool { return x.op == opConst && x.num == 0 && x.bits == 0 }

var neonHalves = map[op]string{opMulHi: "uzp2", opMulLo: "uzp1"}

// product is the upper and the lower half of the unsigned product of 32-bit
// lanes: x and the other half, which must be needed, too.
func (l *neonLowering) product(name string, x *val) {
	if l.uses[x.other] == 0 {
		panic("half a product")
	}
	a, m := l.get(x.args[0]), l.get(x.args[1])
	p, q := l.take(), l.take()
	l.widening(p, a, m, false)
	l.widening(q, a, m, true)
	other := l.take()
	l.arranged(neonHalves[x.other.op], "S4", other, p, q)
	l.arranged(name, "S4", q, p, q)
	l.drop(p)
	l.releaseAll(x)
	l.releaseAll(x.other)
	l.result(x, q)
	l.result(x.other, other)
}
