package main

// plan decides how many vectors go side by side, as many as there are registers
// for; constants get the rest.
func (l *neonLoop) plan() (width int) {
	sinks, _ := l.k.sinks(everywhere, l, 0, l.scalars)
	bits := l.factors(sinks)
	width = sumLanes / l.lanes()
	for width > 1 && !l.fits(nil, func() { l.vectors(0, width) }) {
		width /= 2
	}
	l.keepFor(bits, func() { l.vectors(0, width) })
	return width
}

// keepFor keeps as many constants as f leaves registers for.
func (n *neon) keepFor(bits []uint64, f func()) {
	for len(bits) > 0 && !n.fits(bits, f) {
		bits = bits[:len(bits)-1]
	}
	n.keep(bits)
}

// fits tells whether there are registers for f beside constants.
func (n *neon) fits(bits []uint64, f func()) bool {
	free := 0
	for _, taken := range n.vecs {
		if !taken {
			free++
		}
	}
	return n.rehearse(func() { n.keep(bits); f() }) <= free
}

// keep loads constants into registers of their own.
func (n *neon) keep(bits []uint64) {
	for _, b := range bits {
		r := n.take()
		n.kept[b] = r
		n.op("FMOVQ", n.literal(b), fpr(r))
	}
}

// forget frees the registers of constants.
func (n *neon) forget() {
	for _, r := range n.kept {
		n.drop(r)
	}
	clear(n.kept)
}

// factors lists the constants that instructions take from registers, the most
// used first. What an FMA adds to is not among them: see fused.
func (n *neon) factors(sinks []sink) []uint64 {
	return constants(n.elem, operations(sinks), func(x *val, i int) bool {
		return i == 2 && (x.op == opFMA || x.op == opFNMA) || x.op == opSelect && isZero(x.args[i])
	})
}
