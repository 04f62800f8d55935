package main

// transpose writes the packing of operands that are stored across their panel,
// in squares of a vector's side. A height of 6 float32 ends in half a one.
func (n *neon) transpose(rows int) {
	n.function(transposeName(rows), transposeSignature(n.elem))
	dst, w, ld, strips := n.argument("dst"), n.stride("w"), n.stride("ld"), n.argument("strips")
	src := []gpr{n.argument("src")}
	for i := range rows - 1 {
		src = append(src, n.takeG())
		n.op("ADD", ld, src[i], src[i+1])
	}
	loop, to, side := n.label("loop"), n.takeG(), n.lanes()
	n.mark(loop)
	for range transposeStrip / (2 * side) {
		// squares[h][s] is the square of columns side·h … and rows side·s ….
		var squares [2][][]vreg
		for i, p := range src {
			a, b := n.take(), n.take()
			n.op("FLDPQ.P", mem{p, 2 * neonSet.bytes}, pair{a, b})
			for h, r := range []vreg{a, b} {
				if i%side == 0 {
					squares[h] = append(squares[h], nil)
				}
				squares[h][i/side] = append(squares[h][i/side], r)
			}
		}
		for _, h := range squares {
			for _, square := range h {
				n.transposeSquare(square)
			}
			for p := range side {
				for s, square := range h {
					n.storeColumn(square, p, dst, neonSet.bytes*s, to)
				}
				n.op("ADD", w, dst, dst)
			}
			for _, square := range h {
				n.drop(square...)
			}
		}
	}
	n.op("SUBS", imm(1), strips, strips)
	n.op("BNE", loop)
	n.ret()
}

// transposeSquare transposes as many rows as a vector has elements, so that column p
// is in r[p]. Of two rows of four, columns 0 and 1 are in r[0] and 2 and 3 in r[1].
func (n *neon) transposeSquare(r []vreg) {
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
	case len(r) == n.lanes():
		n.op("FMOVQ", fpr(r[p]), mem{dst, off})
	case p%2 == 0:
		n.op("FMOVD", fpr(r[p/2]), mem{dst, off})
	default:
		n.op("ADD", imm(off), dst, to)
		n.op("VST1", lane{r[p/2], "D", 1}, mem{to, 0})
	}
}
