package main

// draw fills the local variable with the next group of noise.
func (l *neonLoop) draw() {
	l.at = l.takeG()
	l.op("MOVD", local(4*noiseGroup), l.at)
	inSteps(l, noiseWords(l))
	writeNormals(l)
	next := mem{l.args, noiseCounter}
	l.op("MOVD", next, l.at)
	l.op("ADD", imm(sumLanes), l.at, l.at)
	l.op("MOVD", l.at, next)
	l.dropG(l.at)
}

func (l *neonLoop) noiseWord(at int) *val {
	return leaf(func() vreg {
		r, p := l.take(), l.takeG()
		l.op("ADD", imm(at), l.args, p)
		l.broadcast(p, r)
		l.dropG(p)
		return r
	})
}

func (l *neonLoop) numbers(lane int) *val {
	lanes := func(i int) uint64 { return uint64(i | (i+1)<<32) }
	return l.leafAt(l.inPool(lanes(lane), lanes(lane+2)))
}

func (l *neonLoop) keys(argument argumentWord) [philoxRounds][2]*val { return roundKeys(argument) }

func (l *neonLoop) philox(lower *val, argument argumentWord, keys [philoxRounds][2]*val) ([]*val, [4]*val) {
	return nil, philox(lower, argument, keys, product)[philoxRounds-1]
}

func (l *neonLoop) normalsAt() int { return 0 }

func (l *neonLoop) toLocal(at int) func(vreg) {
	return func(r vreg) { l.op("FMOVQ", fpr(r), mem{l.at, at}) }
}

func (l *neonLoop) fromLocal(at int) *val { return l.leafAt(mem{l.at, at}) }

func (l *neonLoop) leafAt(m mem) *val {
	return leaf(func() vreg {
		r := l.take()
		l.op("FMOVQ", m, fpr(r))
		return r
	})
}
