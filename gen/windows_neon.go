package main

import "math/bits"

// windows writes the gathering of windows.
func (n *neon) windows() {
	n.function(windowsName, windowsSignature(n.elem))
	dst, ld, src, step := n.argument("dst"), n.stride("ld"), n.argument("src"), n.stride("step")
	line, places, rows, run := n.stride("line"), n.argument("places"), n.argument("rows"), n.argument("run")
	from, to, row, left := n.takeG(), n.takeG(), n.takeG(), n.takeG()
	n.op("LSL", imm(2), run, left)
	n.op("SUB", left, line, line) // what lies between the rows of a window
	a, b := n.take(), n.take()

	place, nextRow, steps, rest := n.label("place"), n.label("row"), n.label("steps"), n.label("rest")
	n.mark(place)
	n.op("MOVD", src, from)
	n.op("MOVD", dst, to)
	n.op("MOVD", rows, row)
	n.mark(nextRow)
	n.op("SUBS", imm(windowsStep), run, left)
	n.op("BLT", rest)
	n.mark(steps)
	n.op("FLDPQ.P", mem{from, 4 * windowsStep}, pair{a, b})
	n.op("FSTPQ.P", pair{a, b}, mem{to, 4 * windowsStep})
	n.op("SUBS", imm(windowsStep), left, left)
	n.op("BGE", steps)
	n.mark(rest) // left is below 0, and its low bits tell what is left
	for w := windowsStep / 2; w > 0; w /= 2 {
		skip := n.label("skip")
		n.op("TBZ", imm(bits.TrailingZeros(uint(w))), left, skip)
		move := map[int]string{4: "FMOVQ.P", 2: "FMOVD.P", 1: "FMOVS.P"}[w]
		n.op(move, mem{from, 4 * w}, fpr(a))
		n.op(move, fpr(a), mem{to, 4 * w})
		n.mark(skip)
	}
	n.op("ADD", line, from, from)
	n.op("SUBS", imm(1), row, row)
	n.op("BNE", nextRow)
	n.op("ADD", step, src, src)
	n.op("ADD", ld, dst, dst)
	n.op("SUBS", imm(1), places, places)
	n.op("BNE", place)
	n.ret()
}
