package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A tileLoop is the loop over k, with the registers that it works in.
type tileLoop struct {
	*asm
	acc   [][]vreg
	at    func(r vreg, j int) reg.VecPhysical // a register as vector j of a row
	a, b  []vreg                              // for elements of A and a row of B
	pb, k reg.Register
	masks func(m operand.Mem, j int) operand.Op // loads vector j of B where that needs a mask
}

const (
	unroll = 4 // how many steps a round of the loop takes
	near   = 6 // how many rows of A are addressed from one register
)

// everyWay writes three loops: for panels that are packed, mr rows and nr columns,
// which need the fewest instructions; for A stored by columns; and by rows.
func (l *tileLoop) everyWay(pa reg.Register, as, bs []operand.Mem, mr, nr int) {
	size := l.elem.bytes
	byColumns, byRows, done := l.label("columns"), l.label("rows"), l.label("done")
	l.CMPQ(l.address("as"), operand.U8(mr))
	l.JNE(operand.LabelRef(byColumns))
	l.CMPQ(l.address("bs"), operand.U8(nr))
	l.JNE(operand.LabelRef(byColumns))
	l.write(2*unroll,
		func(p int) operand.Mem { return operand.Mem{Base: l.pb, Disp: p * nr * size} },
		func(i, p int) operand.Mem { return operand.Mem{Base: pa, Disp: (p*mr + i) * size} },
		func(steps int) {
			l.ADDQ(operand.U32(steps*mr*size), pa)
			l.ADDQ(operand.U32(steps*nr*size), l.pb)
		},
	)
	l.JMP(operand.LabelRef(done))

	l.Label(byColumns)
	l.CMPQ(l.address("ai"), operand.U8(1))
	l.JNE(operand.LabelRef(byRows))
	l.byColumns(pa, as, bs)
	l.JMP(operand.LabelRef(done))

	l.Label(byRows)
	bases := []reg.Register{pa}
	for i := near; i < len(l.acc); i += near {
		next := l.GP64()
		l.LEAQ(operand.Mem{Base: bases[len(bases)-1], Index: as[near/2].Index, Scale: 2}, next)
		bases = append(bases, next)
	}
	l.write(unroll, l.rowOf(bs),
		func(i, p int) operand.Mem { return at(bases[i/near], as[i%near]).Offset(p * size) },
		func(steps int) {
			for _, r := range bases {
				l.ADDQ(operand.U8(steps*size), r)
			}
			l.pass(l.pb, bs, steps)
		},
	)
	l.Label(done)
}

func (l *tileLoop) byColumns(pa reg.Register, as, bs []operand.Mem) {
	l.write(unroll, l.rowOf(bs),
		func(i, p int) operand.Mem { return at(pa, as[p]).Offset(i * l.elem.bytes) },
		func(steps int) {
			l.pass(pa, as, steps)
			l.pass(l.pb, bs, steps)
		},
	)
}

func (l *tileLoop) rowOf(bs []operand.Mem) func(p int) operand.Mem {
	return func(p int) operand.Mem { return at(l.pb, bs[p]) }
}

// pass moves a pointer by so many of the strides.
func (l *tileLoop) pass(p reg.Register, strides []operand.Mem, steps int) {
	l.LEAQ(operand.Mem{Base: p, Index: strides[1].Index, Scale: uint8(steps)}, p)
}

// alignment goes before a loop whose rounds the processor should read in whole
// lines: at the end of one they took up to 5 % longer, on a core that another
// thread shares. avo does not know it: print makes it of a comment.
const alignment = "PCALIGN $32"

// write writes a loop, with so many steps in a round, for one way of storing A and B:
// row(p) of B and element(i, p) of A are relative to the step at hand, and advance
// goes on by so many steps.
func (l *tileLoop) write(round int, row func(p int) operand.Mem, element func(i, p int) operand.Mem, advance func(steps int)) {
	step := func(p int) {
		a := func(i int) operand.Mem { return element(i, p) }
		b := func(j int) operand.Mem { return row(p).Offset(j * l.isa.bytes) }
		switch {
		case len(l.acc) == 1:
			l.singleRow(a(0), b)
		case l.embeds():
			l.stepEmbedded(a, b)
		default:
			l.step(a, b)
		}
	}
	loop, rest, one, end := l.label("loop"), l.label("rest"), l.label("one"), l.label("end")
	l.SUBQ(operand.U8(round), l.k)
	l.JL(operand.LabelRef(rest))
	l.Comment(alignment)
	l.Label(loop)
	for p := range round {
		step(p)
	}
	advance(round)
	l.SUBQ(operand.U8(round), l.k)
	l.JGE(operand.LabelRef(loop))
	l.Label(rest)
	l.ADDQ(operand.U8(round), l.k)
	l.JZ(operand.LabelRef(end))
	l.Label(one)
	step(0)
	advance(1)
	l.DECQ(l.k)
	l.JNZ(operand.LabelRef(one))
	l.Label(end)
}

// step multiplies a column of A, an element at a time, with a row of B.
func (l *tileLoop) step(a, b func(int) operand.Mem) {
	l.loadB(b)
	for i, row := range l.acc {
		x := l.a[i%len(l.a)]
		l.op("VBROADCAST"+l.elem.scalar, a(i), l.v(x))
		for j, r := range row {
			l.f("VFMADD231", l.at(l.b[j], j), l.at(x, j), l.at(r, j))
		}
	}
}

// stepEmbedded does so with FMAs that broadcast the elements themselves.
func (l *tileLoop) stepEmbedded(a, b func(int) operand.Mem) {
	l.loadB(b)
	for i, row := range l.acc {
		for j, r := range row {
			l.op("VFMADD231"+l.elem.f+"_BCST", a(i), l.at(l.b[j], j), l.at(r, j))
		}
	}
}

// embeds tells whether that costs less than an instruction for each element: where it
// would have fewer than two whole vectors to serve.
func (l *tileLoop) embeds() bool {
	last := len(l.acc[0]) - 1
	half := l.at(l.acc[0][last], last).Size() < uint(l.isa.bytes)
	return l.isa.masks && (last == 0 || last == 1 && half)
}

func (l *tileLoop) loadB(b func(int) operand.Mem) {
	for j := range l.acc[0] {
		l.op("VMOVUPS", b(j), l.at(l.b[j], j))
	}
}

// singleRow multiplies an element of A with a row of B, each vector of which has no
// other use.
func (l *tileLoop) singleRow(a operand.Mem, b func(int) operand.Mem) {
	x := l.a[0]
	l.op("VBROADCAST"+l.elem.scalar, a, l.v(x))
	for j, r := range l.acc[0] {
		var y operand.Op = b(j)
		if l.masks != nil {
			y = l.masks(b(j), j)
		}
		l.f("VFMADD231", y, l.at(x, j), l.at(r, j))
	}
}

// multiples are 0 to n-1 times r, n <= 6, as indices of addresses.
func (a *asm) multiples(r reg.Register, n int) []operand.Mem {
	ms := []operand.Mem{{}, {Index: r, Scale: 1}, {Index: r, Scale: 2}}
	for i := 3; i < n; i++ {
		if i == 4 {
			ms = append(ms, operand.Mem{Index: r, Scale: 4})
			continue
		}
		x := a.GP64()
		a.LEAQ(operand.Mem{Base: r, Index: r, Scale: uint8(i - 1)}, x)
		ms = append(ms, operand.Mem{Index: x, Scale: 1})
	}
	return ms[:n]
}

// at is index from base.
func at(base reg.Register, index operand.Mem) operand.Mem {
	index.Base = base
	return index
}
