package main

// copyRows writes the packing of operands that are stored along their panel.
func (n *neon) copyRows(width int) {
	n.function(copyName(width), copySignature, 0)
	dst, w, src, ld, rows := n.argument("dst"), n.stride("w"), n.argument("src"), n.stride("ld"), n.argument("n")
	loop := n.label("loop")
	n.mark(loop)
	for i, size := 0, 0; i < 4*width; i += size {
		a, b := n.take(), n.take()
		switch rest := 4*width - i; {
		case rest >= 32:
			size = 32
			n.op("FLDPQ", mem{src, i}, pair{a, b})
			n.op("FSTPQ", pair{a, b}, mem{dst, i})
		case rest >= 16:
			size = 16
			n.op("FMOVQ", mem{src, i}, fpr(a))
			n.op("FMOVQ", fpr(a), mem{dst, i})
		default:
			size = 8
			n.op("FMOVD", mem{src, i}, fpr(a))
			n.op("FMOVD", fpr(a), mem{dst, i})
		}
	}
	n.op("ADD", ld, src, src)
	n.op("ADD", w, dst, dst)
	n.op("SUBS", imm(1), rows, rows)
	n.op("BNE", loop)
	n.ret()
}

// transpose writes the packing of operands that are stored across their panel,
// in squares of 4×4; a height of 6 ends in half a one.
func (n *neon) transpose(rows int) {
	n.function(transposeName(rows), transposeSignature, 0)
	dst, w, ld, strips := n.argument("dst"), n.stride("w"), n.stride("ld"), n.argument("strips")
	src := []gpr{n.argument("src")}
	for i := range rows - 1 {
		src = append(src, n.takeG())
		n.op("ADD", ld, src[i], src[i+1])
	}
	loop, to := n.label("loop"), n.takeG()
	n.mark(loop)
	// squares[s][h] is the square of rows 4s … and columns 4h …, of a strip.
	squares := make([][transposeStrip / 4][]vreg, (rows+3)/4)
	for i, p := range src {
		a, b := n.take(), n.take()
		n.op("FLDPQ.P", mem{p, 4 * transposeStrip}, pair{a, b})
		s := &squares[i/4]
		s[0], s[1] = append(s[0], a), append(s[1], b)
	}
	for h := range transposeStrip / 4 {
		for s := range squares {
			n.turnSquare(squares[s][h])
		}
		for p := range 4 {
			for s := range squares {
				n.storeColumn(squares[s][h], p, dst, 16*s, to)
			}
			n.op("ADD", w, dst, dst)
		}
	}
	n.op("SUBS", imm(1), strips, strips)
	n.op("BNE", loop)
	n.ret()
}

// turnSquare transposes four rows, so that column p is in r[p]; of two rows,
// columns 0 and 1 are in r[0] and 2 and 3 in r[1].
func (n *neon) turnSquare(r []vreg) {
	if len(r) == 2 {
		t := n.take()
		n.v("zip1", t, r[0], r[1])
		n.v("zip2", r[1], r[0], r[1])
		n.copy(r[0], t)
		n.drop(t)
		return
	}
	t := n.takeN(4)
	n.v("trn1", t[0], r[0], r[1]) // a0 b0 a2 b2
	n.v("trn2", t[1], r[0], r[1]) // a1 b1 a3 b3
	n.v("trn1", t[2], r[2], r[3])
	n.v("trn2", t[3], r[2], r[3])
	n.arranged("trn1", "D2", r[0], t[0], t[2])
	n.arranged("trn1", "D2", r[1], t[1], t[3])
	n.arranged("trn2", "D2", r[2], t[0], t[2])
	n.arranged("trn2", "D2", r[3], t[1], t[3])
	n.drop(t...)
}

// storeColumn stores column p of a square; to is free.
func (n *neon) storeColumn(r []vreg, p int, dst gpr, off int, to gpr) {
	switch {
	case len(r) == 4:
		n.op("FMOVQ", fpr(r[p]), mem{dst, off})
	case p%2 == 0:
		n.op("FMOVD", fpr(r[p/2]), mem{dst, off})
	default:
		n.op("ADD", imm(off), dst, to)
		n.op("VST1", lane{r[p/2], "D", 1}, mem{to, 0})
	}
}
