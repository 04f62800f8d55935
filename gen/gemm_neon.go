package main

import (
	"fmt"
	"math/bits"
)

// A neonTile is a GEMM micro-kernel while its code is written.
//
//	registers:  accumulators mr × nr/lanes | a row of B | four for columns of A
//
// A column of A takes two registers of float32, three of float64; the FMAs pick
// its elements. While one row and column are multiplied the next are loaded,
// each register as soon as it is free.
type neonTile struct {
	*neon
	mr, nr int
	acc    [][]vreg
	b, a   []vreg
	pb, pa gpr
	bs, as gpr
	tmp    vreg // free outside the loop over k: the last of a
}

// tileUnroll is how many turns it takes until a column of A is in the same
// registers again.
const tileUnroll = 4

// tile writes the micro-kernel. There are no lane masks: of a tile that C cuts
// off, what exists passes through a whole one in the local variable.
func (n *neon) tile(mr, nr int) {
	row := nr * n.elem.bytes
	frame := mr * row
	n.function(tileName(mr, nr), tileSignature(n.elem), frame)
	t := &neonTile{neon: n, mr: mr, nr: nr}
	for range mr {
		t.acc = append(t.acc, n.takeN(nr/n.lanes()))
	}
	t.b, t.a = n.takeN(nr/n.lanes()), n.takeN(4)
	t.tmp = t.a[3]
	t.pa, t.pb, t.as, t.bs = n.argument("a"), n.argument("b"), n.stride("as"), n.stride("bs")
	k, c, ldc, bias := n.argument("k"), n.argument("c"), n.stride("ldc"), n.argument("bias")
	rows, cols, mode := n.argument("m"), n.argument("n"), n.argument("mode")
	t.prefetchBelow(c, ldc)

	// whole is where the whole tile is: in C, or in the local variable.
	whole, ld := n.takeG(), n.takeG()
	cut, uncut, uncutBias := n.label("cut"), n.label("uncut"), n.label("uncut")
	n.op("MOVD", c, whole)
	n.op("MOVD", ldc, ld)
	n.op("CMP", imm(mr), rows)
	n.op("BNE", cut)
	n.op("CMP", imm(nr), cols)
	n.op("BEQ", uncut)
	n.mark(cut)
	n.op("MOVD", local(frame), whole)
	n.op("MOVD", imm(row), ld)
	n.unless(tileLoad, mode, uncutBias)
	t.copyBlock(whole, ld, c, ldc, rows, cols)
	n.mark(uncutBias)
	n.unless(tileBias, mode, uncut)
	one := n.takeG()
	n.op("MOVD", imm(1), one)
	t.copyBlock(whole, ld, bias, ld, one, cols)
	n.op("MOVD", whole, bias)
	n.dropG(one)
	n.mark(uncut)

	// Bias is loaded as a tile all of whose rows are one.
	from, step := n.takeG(), n.takeG()
	fromBias, zeros, load, ready := n.label("bias"), n.label("zeros"), n.label("load"), n.label("ready")
	n.op("MOVD", whole, from)
	n.op("MOVD", ld, step)
	n.unless(tileLoad, mode, fromBias)
	n.op("JMP", load)
	n.mark(fromBias)
	n.unless(tileBias, mode, zeros)
	n.op("MOVD", bias, from)
	n.op("MOVD", zero, step)
	n.mark(load)
	t.rows("FLDPQ", from, step)
	n.op("JMP", ready)
	n.mark(zeros)
	t.each(func(r vreg) { n.clear(r) })
	n.mark(ready)

	t.multiply(k)

	store, done := n.label("store"), n.label("done")
	n.unless(tileReLU, mode, store)
	n.clear(t.tmp)
	t.each(func(r vreg) { n.v("fmax", r, r, t.tmp) }) // NaN is kept; -0 becomes +0
	n.mark(store)
	n.op("MOVD", whole, from)
	t.rows("FSTPQ", from, ld)
	n.op("CMP", whole, c)
	n.op("BEQ", done)
	t.copyBlock(c, ldc, whole, ld, rows, cols)
	n.mark(done)
	n.ret()
}

// multiply runs the chains of FMAs over k.
func (t *neonTile) multiply(k gpr) {
	loop, rest, one, done := t.label("loop"), t.label("rest"), t.label("one"), t.label("done")
	t.op("CBZ", k, done)
	t.load(0)
	t.op("SUBS", imm(tileUnroll+1), k, k)
	t.op("BLT", rest)
	t.mark(loop)
	for p := range tileUnroll {
		t.step(p, true)
	}
	t.op("SUBS", imm(tileUnroll), k, k)
	t.op("BGE", loop)
	t.mark(rest)
	t.op("ADD", imm(tileUnroll+1), k, k)
	t.mark(one)
	t.step(0, false)
	t.op("SUBS", imm(1), k, k)
	t.op("BEQ", done)
	t.load(0)
	t.op("JMP", one)
	t.mark(done)
}

// step multiplies column p of A and row p of B, and loads the next.
func (t *neonTile) step(p int, next bool) {
	lanes := t.lanes()
	now, then := t.column(p), t.column(p+1)
	used := map[vreg]bool{}
	for _, r := range now {
		used[r] = true
	}
	if next {
		for q, r := range then {
			if !used[r] {
				t.loadA(q, r)
			}
		}
	}
	for j, b := range t.b {
		for i := range t.acc {
			r := now[i/lanes]
			t.multiplyByLane(t.acc[i][j], b, r, i%lanes)
			if last := j == len(t.b)-1 && (i%lanes == lanes-1 || i == t.mr-1); next && last {
				for q, s := range then {
					if s == r {
						t.loadA(q, r)
					}
				}
			}
		}
		if next {
			t.loadB(j)
		}
	}
	if next {
		t.pass()
	}
}

// column is the registers of column p.
func (t *neonTile) column(p int) []vreg {
	n := (t.mr + t.lanes() - 1) / t.lanes()
	rs := make([]vreg, n)
	for q := range rs {
		rs[q] = t.a[(p*n+q)%len(t.a)]
	}
	return rs
}

// load loads column p of A and a row of B.
func (t *neonTile) load(p int) {
	for q, r := range t.column(p) {
		t.loadA(q, r)
	}
	for j := range t.b {
		t.loadB(j)
	}
	t.pass()
}

func (t *neonTile) loadA(q int, r vreg) {
	size := min(neonSet.bytes, t.mr*t.elem.bytes-q*neonSet.bytes)
	t.op(map[int]string{16: "FMOVQ", 8: "FMOVD"}[size], mem{t.pa, q * neonSet.bytes}, fpr(r))
}

func (t *neonTile) loadB(j int) { t.op("FMOVQ", mem{t.pb, j * neonSet.bytes}, fpr(t.b[j])) }

func (t *neonTile) pass() {
	t.op("ADD", t.as, t.pa, t.pa)
	t.op("ADD", t.bs, t.pb, t.pb)
}

func (t *neonTile) each(f func(r vreg)) {
	for _, row := range t.acc {
		for _, r := range row {
			f(r)
		}
	}
}

// rows loads or stores the whole tile at p, which it advances.
func (t *neonTile) rows(mnemonic string, p, ld gpr) {
	for i, row := range t.acc {
		for j := 0; j < len(row); j += 2 {
			at, rs := mem{p, j * neonSet.bytes}, pair{row[j], row[j+1]}
			operands := []fmt.Stringer{at, rs}
			if mnemonic == "FSTPQ" {
				operands = []fmt.Stringer{rs, at}
			}
			t.op(mnemonic, operands...)
		}
		if i < t.mr-1 {
			t.op("ADD", ld, p, p)
		}
	}
}

// prefetchBelow asks for the next tile of the column; what lies there if this
// was the last does not matter.
func (t *neonTile) prefetchBelow(c, ldc gpr) {
	next := t.takeG()
	t.op("MOVD", imm(t.mr), next)
	t.op("MADD", next, c, ldc, next)
	for i := range t.mr {
		t.op("PRFM", mem{next, 0}, word("PLDL1KEEP"))
		if i < t.mr-1 {
			t.op("ADD", ldc, next, next)
		}
	}
	t.dropG(next)
}

// unless jumps if the mode has not this bit.
func (n *neon) unless(bit uint, mode gpr, to label) {
	n.op("TBZ", imm(bits.TrailingZeros(bit)), mode, to)
}

// copyBlock copies rows × cols elements.
func (t *neonTile) copyBlock(dst, dstLD, src, srcLD, rows, cols gpr) {
	toRow, fromRow, to, from, left, w := t.takeG(), t.takeG(), t.takeG(), t.takeG(), t.takeG(), t.takeG()
	row, vec, part := t.label("row"), t.label("vector"), t.label("part")
	t.op("MOVD", dst, toRow)
	t.op("MOVD", src, fromRow)
	t.op("MOVD", rows, left)
	t.mark(row)
	t.op("MOVD", toRow, to)
	t.op("MOVD", fromRow, from)
	t.op("SUBS", imm(t.lanes()), cols, w)
	t.op("BLT", part)
	t.mark(vec)
	t.op("FMOVQ.P", mem{from, 16}, fpr(t.tmp))
	t.op("FMOVQ.P", fpr(t.tmp), mem{to, 16})
	t.op("SUBS", imm(t.lanes()), w, w)
	t.op("BGE", vec)
	t.mark(part)
	for bit := t.lanes() / 2; bit > 0; bit /= 2 {
		size, skip := bit*t.elem.bytes, t.label("skip")
		move := map[int]string{8: "FMOVD.P", 4: "FMOVS.P"}[size]
		t.op("TBZ", imm(bits.TrailingZeros(uint(bit))), cols, skip)
		t.op(move, mem{from, size}, fpr(t.tmp))
		t.op(move, fpr(t.tmp), mem{to, size})
		t.mark(skip)
	}
	t.op("ADD", dstLD, toRow, toRow)
	t.op("ADD", srcLD, fromRow, fromRow)
	t.op("SUBS", imm(1), left, left)
	t.op("BNE", row)
	for _, r := range []gpr{toRow, fromRow, to, from, left, w} {
		t.dropG(r)
	}
}

// peak writes a loop of n rounds of independent FMAs on registers alone.
func (n *neon) peak() {
	n.function("PeakFMA", "(n int)", 0)
	acc, x := n.takeN(peakChainsNEON), n.take()
	for _, r := range append(acc, x) {
		n.clear(r)
	}
	count, loop := n.argument("n"), n.label("loop")
	n.mark(loop)
	for _, r := range acc {
		n.v("fmla", r, x, x)
	}
	n.op("SUBS", imm(1), count, count)
	n.op("BNE", loop)
	n.ret()
}
