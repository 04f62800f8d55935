package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// windows writes the gathering of windows, in 256-bit registers in both sets, as copies
// are.
func (a *asm) windows() {
	a.function(windowsName, windowsSignature(a.elem))
	dst, ld, src, step := a.argument("dst"), a.stride("ld"), a.argument("src"), a.stride("step")
	line, places, rows, run := a.stride("line"), a.argument("places"), a.argument("rows"), a.argument("run")
	from, to, row, left := a.GP64(), a.GP64(), a.GP64(), a.GP64()
	size := a.elem.bytes
	a.MOVQ(run, left)
	a.SHLQ(operand.U8(2), left)
	a.SUBQ(left, line) // what lies between the rows of a window

	place, nextRow, unrolled, steps, rest := a.label("place"), a.label("row"), a.label("unrolled"), a.label("steps"), a.label("rest")
	move := func(n int) { // n elements, through vectors as wide as may be
		for _, store := range []bool{false, true} {
			for at, i := 0, 0; at < n; i++ {
				w := min(n-at, windowsStep)
				v := reg.Register(ymm[i])
				if w < windowsStep {
					v = ymm[i].AsX()
				}
				mnemonic := map[int]string{8: "VMOVUPS", 4: "VMOVUPS", 2: "VMOVSD", 1: "VMOVSS"}[w]
				if store {
					a.op(mnemonic, v, operand.Mem{Base: to, Disp: at * size})
				} else {
					a.op(mnemonic, operand.Mem{Base: from, Disp: at * size}, v)
				}
				at += w
			}
		}
		a.ADDQ(operand.I32(n*size), from)
		a.ADDQ(operand.I32(n*size), to)
	}

	a.mark(place)
	a.MOVQ(src, from)
	a.MOVQ(dst, to)
	a.MOVQ(rows, row)
	a.mark(nextRow)
	a.MOVQ(run, left)
	a.SUBQ(operand.I8(windowsUnroll), left)
	a.JLT(operand.LabelRef(steps))
	a.mark(unrolled)
	move(windowsUnroll)
	a.SUBQ(operand.I8(windowsUnroll), left)
	a.JGE(operand.LabelRef(unrolled))
	a.mark(steps)
	a.ADDQ(operand.I8(windowsUnroll-windowsStep), left)
	a.JLT(operand.LabelRef(rest))
	again := a.label("step")
	a.mark(again)
	move(windowsStep)
	a.SUBQ(operand.I8(windowsStep), left)
	a.JGE(operand.LabelRef(again))
	a.mark(rest) // left is below 0, and its low bits tell what is left
	for n := windowsStep / 2; n > 0; n /= 2 {
		skip := a.label("skip")
		a.TESTQ(operand.I32(n), left)
		a.JZ(operand.LabelRef(skip))
		move(n)
		a.mark(skip)
	}
	a.ADDQ(line, from)
	a.DECQ(row)
	a.JNZ(operand.LabelRef(nextRow))
	a.ADDQ(step, src)
	a.ADDQ(ld, dst)
	a.DECQ(places)
	a.JNZ(operand.LabelRef(place))
	a.ret()
}
