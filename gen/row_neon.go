package main

// A neonRow is the micro-kernel of rows while it is written. The last elements go by
// themselves, in pieces that are a power of two.
//
//	registers:  accumulators, 24 vectors | of B, 6 vectors | an element of A
type neonRow struct {
	*neon
	rowPlace[gpr]
	acc, x []vreg
	as, bs gpr
	part   []vreg // under way
	size   int    // bytes of each of its vectors
}

func (n *neon) row() { row(&neonRow{neon: n}, n.elem, neonSet.bytes) }

func (r *neonRow) begin() *rowPlace[gpr] {
	r.acc, r.x, r.work, r.parts = r.takeN(24), r.takeN(6), r.take(), []int{24, 8, 1}
	r.variables["mode"] = r.argument("mode")
	r.a, r.b, r.c, r.as, r.bs = r.argument("a"), r.argument("b"), r.argument("c"), r.stride("as"), r.stride("bs")
	r.width, r.col = r.stride("n"), r.takeG()
	r.op("NEG", r.width, r.width)
	r.subtract(r.width, r.b)
	r.subtract(r.width, r.c)
	return &r.rowPlace
}

func (r *neonRow) wholes(n int) { r.write(r.acc[:n], neonSet.bytes) }

// rest goes by the bits of col, the lowest first.
func (r *neonRow) rest(label) {
	for size := r.elem.bytes; size < neonSet.bytes; size *= 2 {
		skip := r.label("skip")
		r.unlessBit(size, r.col, skip)
		r.write(r.acc[:1], size)
		r.addNumber(size, r.col, r.col)
		r.mark(skip)
	}
}

func (r *neonRow) write(part []vreg, size int) {
	r.part, r.size = part, size
	rowPart(r, &r.rowPlace, part)
}

func (r *neonRow) each(end gpr, visit func(m mem, v vreg)) {
	p := r.takeG()
	r.op("ADD", r.col, end, p)
	for j, v := range r.part {
		visit(mem{p, j * neonSet.bytes}, v)
	}
	r.dropG(p)
}

func (r *neonRow) loadRow(end gpr) {
	r.each(end, func(m mem, v vreg) { r.op(scalarMove[r.size], m, fpr(v)) })
}

func (r *neonRow) storeRow(end gpr) {
	r.each(end, func(m mem, v vreg) { r.op(scalarMove[r.size], fpr(v), m) })
}

func (r *neonRow) addRow(end gpr) {
	r.each(end, func(m mem, v vreg) {
		r.op(scalarMove[r.size], m, fpr(r.work))
		r.v("fadd", v, v, r.work)
	})
}

func (r *neonRow) keepRow(end gpr) {
	zero := r.x[0]
	r.clear(zero)
	r.each(end, func(m mem, v vreg) {
		r.op(scalarMove[r.size], m, fpr(r.work))
		r.keepWhere(v, r.work, zero)
	})
}

func (r *neonRow) fillRow(bias gpr) {
	for _, v := range r.part {
		r.broadcast(bias, v)
	}
}

// multiplyRow loads vectors of B some FMAs before they are needed.
func (r *neonRow) multiplyRow() {
	const ahead = 4
	a, b, k := r.takeG(), r.takeG(), r.argument("k")
	loop, done := r.label("loop"), r.label("done")
	r.set(a, r.a)
	r.op("ADD", r.col, r.b, b)
	r.op("CBZ", k, done)
	r.mark(loop)
	r.broadcast(a, r.work)
	r.add(r.as, a)
	x := func(j int) vreg { return r.x[j%len(r.x)] }
	for j := range len(r.part) + ahead {
		if j >= ahead {
			r.fma(x(j-ahead), r.work, r.part[j-ahead])
		}
		switch {
		case j >= len(r.part):
		case len(r.part) == 1:
			r.op(scalarMove[r.size], mem{b, 0}, fpr(x(j)))
		case j%2 == 0:
			r.op("FLDPQ", mem{b, j * neonSet.bytes}, pair{x(j), x(j + 1)})
		}
	}
	r.add(r.bs, b)
	r.countDown(k, loop)
	r.mark(done)
	r.dropG(a, b, k)
}
