package main

// loadPart loads one to three elements, the others being 0.
func (n *neon) loadPart(r vreg, p, count gpr) {
	two, done, third := n.label("two"), n.label("done"), n.takeG()
	n.op("TBNZ", imm(1), count, two)
	n.op("FMOVS", mem{p, 0}, fpr(r))
	n.op("JMP", done)
	n.mark(two)
	n.op("FMOVD", mem{p, 0}, fpr(r))
	n.op("TBZ", imm(0), count, done)
	n.op("ADD", imm(8), p, third)
	n.op("VLD1", mem{third, 0}, lane{r, "S", 2})
	n.mark(done)
	n.dropG(third)
}

// storePart stores one to three elements.
func (n *neon) storePart(r vreg, p, count gpr) {
	two, done, third := n.label("two"), n.label("done"), n.takeG()
	n.op("TBNZ", imm(1), count, two)
	n.op("FMOVS", fpr(r), mem{p, 0})
	n.op("JMP", done)
	n.mark(two)
	n.op("FMOVD", fpr(r), mem{p, 0})
	n.op("TBZ", imm(0), count, done)
	n.op("ADD", imm(8), p, third)
	n.op("VST1", lane{r, "S", 2}, mem{third, 0})
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
