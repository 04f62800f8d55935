package main

import "slices"

// draw fills the local variable with the next group of noise.
func (l *neonLoop) draw() {
	p, next := l.takeG(), mem{l.args, noiseCounter}
	l.drawWords(p)
	l.drawNormals(p)
	l.op("MOVD", next, p)
	l.op("ADD", imm(sumLanes), p, p)
	l.op("MOVD", p, next)
	l.dropG(p)
}

// drawWords fills it with the words of the counters, two vectors of these at a
// time.
func (l *neonLoop) drawWords(p gpr) {
	taken := slices.Clone(l.vecs)
	arguments := map[int]*val{}
	for at := noiseSeed; at < noiseCounter+8; at += 4 {
		arguments[at] = pinned(l.noiseWord(at))
	}
	argument := func(at int) *val { return arguments[at] }
	keys := roundKeys(argument)
	var counters []vreg
	var bodies [][]sink
	for v := range 2 {
		c, first := l.take(), v*l.lanes()
		l.op("FMOVQ", l.inPool(uint64(first|(first+1)<<32), uint64(first+2|(first+3)<<32)), fpr(c))
		counters = append(counters, c)
		var sinks []sink
		for j, x := range noiseWords(iadd(argument(noiseCounter), pinned(c)), argument, keys, product)[philoxRounds-1] {
			sinks = append(sinks, l.toLocal(x, p, j*sumLanes+first))
		}
		bodies = append(bodies, sinks)
	}
	step := len(bodies) * l.lanes()
	bits := append([]uint64{uint64(step)}, constants(operations(bodies[0]), l.takesInRegister)...)
	pinned := pinFor(l, bits, func() { sideBySide(l, bodies) })
	l.repeat(sumLanes/step, p, step, func() {
		sideBySide(l, bodies)
		for _, c := range counters {
			l.v("add", c, c, l.pins[uint64(step)])
		}
	})
	unpin(l, pinned)
	l.vecs = taken
}

// drawNormals turns words 0 and 1, then words 2 and 3, of 16 counters each into
// normal numbers.
func (l *neonLoop) drawNormals(p gpr) {
	var bodies [][]sink
	for off := 0; off < sumLanes; off += l.lanes() {
		z0, z1 := boxMuller(l.fromLocal(p, off), l.fromLocal(p, off+sumLanes))
		bodies = append(bodies, []sink{l.toLocal(z0, p, off), l.toLocal(z1, p, off+sumLanes)})
	}
	pairs := func() {
		sideBySide(l, bodies[:2])
		sideBySide(l, bodies[2:])
	}
	pinned := pinFor(l, constants(operations(bodies[0]), l.takesInRegister), pairs)
	l.repeat(2, p, 2*sumLanes, pairs)
	unpin(l, pinned)
}

// repeat writes a loop over the local variable, step elements an iteration.
func (l *neonLoop) repeat(times int, p gpr, step int, f func()) {
	left, top := l.takeG(), l.label("noise")
	l.op("MOVD", local(4*noiseGroup), p)
	l.op("MOVD", imm(times), left)
	l.mark(top)
	f()
	l.op("ADD", imm(4*step), p, p)
	l.op("SUBS", imm(1), left, left)
	l.op("BNE", top)
	l.dropG(left)
}

func (l *neonLoop) toLocal(x *val, p gpr, off int) sink {
	return sink{x: x, done: func(r vreg) { l.op("FMOVQ", fpr(r), mem{p, 4 * off}) }}
}

func (l *neonLoop) fromLocal(p gpr, off int) *val {
	return leaf(func() vreg {
		r := l.take()
		l.op("FMOVQ", mem{p, 4 * off}, fpr(r))
		return r
	})
}

// noiseWord brings a 32-bit word of the arguments into every lane.
func (l *neonLoop) noiseWord(at int) vreg {
	r, p := l.take(), l.takeG()
	l.op("ADD", imm(at), l.args, p)
	l.op("VLD1R", mem{p, 0}, list{r, "S4"})
	l.dropG(p)
	return r
}
