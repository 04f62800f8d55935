package main

// A neonDots writes products of a vector and rows of a matrix. Each square has the rows
// of an accumulator.
type neonDots struct {
	*neon
	acc    []vreg
	a      vreg
	ld, at gpr
}

func (n *neon) dots(count int) { dots(&neonDots{neon: n}, n.elem, count) }

func (d *neonDots) prepare(n int, ld gpr) {
	d.acc, d.a = d.takeN(dotsRows/d.lanes()*n), d.take()
	d.ld, d.at = ld, d.takeG()
}

func (d *neonDots) loadC()  { d.eachC(func(c mem, r vreg) { d.op("FMOVQ", c, fpr(r)) }) }
func (d *neonDots) storeC() { d.eachC(func(c mem, r vreg) { d.op("FMOVQ", fpr(r), c) }) }

// eachC visits the accumulators with their places in c.
func (d *neonDots) eachC(visit func(c mem, r vreg)) {
	c, last := d.argument("c"), d.stride("rows")
	d.add(c, last)
	d.addNumber(-dotsRows*d.elem.bytes, last, last)
	rest := len(d.acc) - dotsRows/d.lanes()
	for i, r := range d.acc[:rest] {
		visit(mem{c, i * neonSet.bytes}, r)
	}
	for i, r := range d.acc[rest:] {
		visit(mem{last, i * neonSet.bytes}, r)
	}
	d.dropG(c, last)
}

func (d *neonDots) steps(count int, a gpr, rows []gpr) {
	side, size := d.lanes(), d.elem.bytes
	for p := 0; p < count; p += side {
		d.op("FMOVQ", mem{a, p * size}, fpr(d.a))
		for i, acc := range d.acc {
			square := d.takeN(side)
			for j, r := range square {
				row := i*side + j
				if row%dotsRows == 0 {
					d.set(d.at, rows[row/dotsRows])
				}
				d.op("FMOVQ", mem{d.at, p * size}, fpr(r))
				if count*size == lineBytes && row%4 == p/side {
					d.prefetch(d.at, lineBytes)
				}
				d.add(d.ld, d.at)
			}
			d.transposeSquare(square)
			for q, column := range square {
				d.multiplyByLane(acc, column, d.a, q)
			}
			d.drop(square...)
		}
	}
}
