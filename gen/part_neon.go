package main

// loadPart loads one to three elements, the others being 0.
func (n *neon) loadPart(r vreg, p, count gpr) {
	n.movePart(r, p, count, func(size int, m mem) {
		n.op(scalarMove[size], m, fpr(r))
	}, func(m mem, third lane) { n.op("VLD1", m, third) })
}

// storePart stores one to three elements.
func (n *neon) storePart(r vreg, p, count gpr) {
	n.movePart(r, p, count, func(size int, m mem) {
		n.op(scalarMove[size], fpr(r), m)
	}, func(m mem, third lane) { n.op("VST1", third, m) })
}

func (n *neon) movePart(r vreg, p, count gpr, move func(size int, m mem), moveThird func(m mem, third lane)) {
	two, done, third := n.label("two"), n.label("done"), n.takeG()
	n.op("TBNZ", imm(1), count, two)
	move(4, mem{p, 0})
	n.jump(done)
	n.mark(two)
	move(8, mem{p, 0})
	n.op("TBZ", imm(0), count, done)
	n.op("ADD", imm(8), p, third)
	moveThird(mem{third, 0}, lane{r, "S", 2})
	n.mark(done)
	n.dropG(third)
}

// mask has all bits of the first one to three elements.
func (n *neon) mask(r vreg, count gpr) {
	p, m := n.takeG(), n.literal(0xffffffff)
	n.op("ADD", imm(m.off), m.base, p)
	n.loadPart(r, p, count)
	n.dropG(p)
}
