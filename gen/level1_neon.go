package main

func (n *neon) amax() { amax(n, n.elem, neonSet.bytes) }

func (n *neon) magnitude(p gpr, at int, mask, r vreg) {
	n.op("FMOVQ", mem{p, at}, fpr(r))
	n.v("and", r, r, mask)
}

func (n *neon) larger(x, most vreg) { n.v("fmax", most, most, x) } // which keeps NaN

func (n *neon) returnLargest(most, spare vreg) {
	n.arranged("zip2", "D2", spare, most, most)
	n.larger(spare, most)
	if n.elem.bytes == 4 {
		n.v("trn2", spare, most, most)
		n.larger(spare, most)
	}
	n.op(scalarMove[n.elem.bytes], fpr(most), n.place("ret"))
}

func (n *neon) scaleBy() { scaleBy(n, n.elem, neonSet.bytes) }

func (n *neon) broadcastFrom(p gpr) vreg {
	r := n.take()
	n.broadcast(p, r)
	return r
}

func (n *neon) scaleAt(p gpr, at int, f vreg) {
	x := n.take()
	n.op("FMOVQ", mem{p, at}, fpr(x))
	n.v("fmul", x, x, f)
	n.op("FMOVQ", fpr(x), mem{p, at})
	n.drop(x)
}
