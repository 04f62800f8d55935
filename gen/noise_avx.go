package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A group's numbers, which are long chains of FMAs, are computed beside the words of the
// next group, which keep the other units busy.

// Where the parts of the local variable are, in bytes.
const (
	localNormals = 4 * noiseGroup
	localKeys    = 2 * localNormals
	localSize    = localKeys + 4*2*philoxRounds
)

// takeLocal makes room for a group, from a cache line on.
func (l *avxLoop) takeLocal() reg.Register {
	p := l.GP64()
	l.LEAQ(l.AllocLocal(localSize+lineBytes-8), p)
	l.ADDQ(operand.U8(lineBytes-1), p)
	l.ANDQ(operand.I8(-lineBytes), p)
	return p
}

// setKeys stores the keys of the rounds.
func (l *avxLoop) setKeys() {
	for j, step := range keySteps {
		key := l.GP32()
		l.MOVL(l.arg(noiseSeed+4*j), key)
		for r := range philoxRounds {
			if r > 0 {
				l.ADDL(operand.U32(step), key)
			}
			l.MOVL(key, l.localAt(localKeys).Offset(4*(2*r+j)))
		}
	}
}

func (l *avxLoop) keys(argumentWord) (keys [philoxRounds][2]*val) {
	for r := range keys {
		for j := range keys[r] {
			keys[r][j] = l.broadcastWord(l.localAt(localKeys).Offset(4 * (2*r + j)))
		}
	}
	return keys
}

// philox has the even and the odd counters apart, each in the lower half of 64 bits,
// where its products are whole.
func (l *avxLoop) philox(lower *val, argument argumentWord, keys [philoxRounds][2]*val) (before []*val, words [4]*val) {
	even := philox(lower, argument, keys, evenProduct)
	odd := philox(upper(lower), argument, keys, evenProduct)
	for r := range philoxRounds { // one after the other: few registers
		for j := range words {
			before = append(before, even[r][j], odd[r][j])
		}
	}
	for j := range words {
		words[j] = interleave(even[philoxRounds-1][j], odd[philoxRounds-1][j])
	}
	return before, words
}

// evenProduct is that of the even 32-bit lanes. What its lower half has above it
// does not matter.
func evenProduct(a, b *val) (hi, lo *val) {
	p := mulEven(a, b)
	return upper(p), p
}

// normals makes normal numbers of the group's words, and draws the next words if
// there is a next group.
func (l *avxLoop) normals(next bool) {
	if !l.isa.masks {
		writeNormals(l)
		if next {
			inSteps(l, noiseWords(l))
		}
		return
	}
	var numbers, results bodies
	eachPair(l, func(w0, w1 *val, at0, at1 int) {
		c, s := direction(w1)
		xs := []*val{radius(w0), c, s}
		eliminateCommon(xs)
		r, c, s := xs[0], xs[1], xs[2]
		numbers = append(numbers, []sink{{x: r}, {x: c}, {x: s}})
		results = append(results, []sink{
			{x: mul(r, c), done: l.toLocal(localNormals + at0)},
			{x: mul(r, s), done: l.toLocal(localNormals + at1)},
		})
	})
	streams := []bodies{numbers}
	if next {
		streams = append(streams, noiseWords(l))
	}
	write := func() { streamsSideBySide(l, streams, []bodies{results}) }
	pinned := pinFor(l, constants(operations(numbers[0]), l.takesInRegister), write)
	write()
	unpin(l, pinned)
}

func (l *avxLoop) noiseWord(at int) *val { return l.broadcastWord(l.arg(at)) }

// broadcastWord is what is in memory, in every lane.
func (l *avxLoop) broadcastWord(m operand.Mem) *val {
	return leaf(func() vreg { return l.broadcast(m) })
}

func (l *avxLoop) numbers(lane int) *val {
	m := l.data("lanes", sumLanes, func(i int) operand.Constant { return operand.U32(i) })
	return l.at(m.Offset(lane * l.elem.bytes))
}

func (l *avxLoop) normalsAt() int { return localNormals }

func (l *avxLoop) normal(off int) *val { return l.fromLocal(localNormals + 4*off) }

func (l *avxLoop) fromLocal(at int) *val { return l.at(l.localAt(at)) }

func (l *avxLoop) localAt(at int) operand.Mem { return operand.Mem{Base: l.local, Disp: at} }

func (l *avxLoop) toLocal(at int) func(vreg) {
	return func(r vreg) { l.op("VMOVUPS", l.v(r), l.localAt(at)) }
}

// at is what is in memory.
func (l *avxLoop) at(m operand.Mem) *val {
	return leaf(func() vreg {
		r := l.take()
		l.op("VMOVUPS", m, l.v(r))
		return r
	})
}
