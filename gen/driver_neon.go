package main

func (n *neon) add(by, to gpr) { n.op("ADD", by, to, to) }

func (n *neon) countDown(count gpr, to label) {
	n.op("SUBS", imm(1), count, count)
	n.op("BNE", to)
}

func (n *neon) move(src, dst gpr, at, bytes int) {
	a, b := n.take(), n.take()
	if bytes == 32 {
		n.op("FLDPQ", mem{src, at}, pair{a, b})
		n.op("FSTPQ", pair{a, b}, mem{dst, at})
		return
	}
	n.op(scalarMove[bytes], mem{src, at}, fpr(a))
	n.op(scalarMove[bytes], fpr(a), mem{dst, at})
}

func (n *neon) clear(r vreg)       { n.op("VMOVI", imm(0), vector{r, "B16"}) }
func (n *neon) fma(a, b, sum vreg) { n.v("fmla", sum, a, b) }
