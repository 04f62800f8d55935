package main

import "github.com/mmcloughlin/avo/operand"

// step multiplies a column of A, of some of its rows, with a row of B.
func (l *avxSteps) step(w way, p int, part rows) {
	a := func(i int) operand.Mem { return w.element(i, p) }
	b := func(j int) operand.Mem { return w.row(p, j) }
	switch {
	case len(l.acc) == 1:
		l.singleRow(a(0), b)
	case l.embeds():
		l.embedded(part, a, b)
	default:
		l.broadcast(part, a, b)
	}
}

// broadcast has an instruction for each element of A.
func (l *avxSteps) broadcast(part rows, a, b func(int) operand.Mem) {
	l.loadB(b)
	for i := part.first; i < part.end; i++ {
		x := l.a[i%len(l.a)]
		l.op("VBROADCAST"+l.elem.scalar, a(i), l.v(x))
		for j, r := range l.acc[i] {
			l.f("VFMADD231", l.at(l.b[j], j), l.at(x, j), l.at(r, j))
		}
	}
}

// embedded has FMAs that broadcast the elements of A themselves.
func (l *avxSteps) embedded(part rows, a, b func(int) operand.Mem) {
	l.loadB(b)
	for i := part.first; i < part.end; i++ {
		for j, r := range l.acc[i] {
			l.op("VFMADD231"+l.elem.f+"_BCST", a(i), l.at(l.b[j], j), l.at(r, j))
		}
	}
}

// embeds tells whether that costs less: where an instruction for an element would have
// fewer than two whole vectors to serve.
func (l *avxSteps) embeds() bool {
	last := len(l.acc[0]) - 1
	half := l.at(l.acc[0][last], last).Size() < uint(l.isa.bytes)
	return l.isa.masks && (last == 0 || last == 1 && half)
}

func (l *avxSteps) loadB(b func(int) operand.Mem) {
	for j := range l.acc[0] {
		l.op("VMOVUPS", b(j), l.at(l.b[j], j))
	}
}

// singleRow takes B from memory, each vector of which has no other use.
func (l *avxSteps) singleRow(a operand.Mem, b func(int) operand.Mem) {
	x := l.a[0]
	l.op("VBROADCAST"+l.elem.scalar, a, l.v(x))
	for j, r := range l.acc[0] {
		var y operand.Op = b(j)
		if l.masks != nil {
			y = l.masks(b(j), j)
		}
		l.f("VFMADD231", y, l.at(x, j), l.at(r, j))
	}
}
