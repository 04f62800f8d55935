package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A group of noise passes through the local variable: its words, and the normal
// numbers that these make. A group's numbers, which are long chains of FMAs, are
// computed beside the words of the next group, which keep the other units busy.

// Where the parts of the local variable are, in bytes.
const (
	localNormals = 4 * noiseGroup
	localKeys    = 2 * localNormals
	localSize    = localKeys + 4*2*philoxRounds
)

// takeLocal makes room for a group, from a cache line on.
func (l *avxLoop) takeLocal() reg.Register {
	const line = 64
	p := l.GP64()
	l.LEAQ(l.AllocLocal(localSize+line-8), p)
	l.ADDQ(operand.U8(line-1), p)
	l.ANDQ(operand.I8(-line), p)
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

// words are the bodies that draw the words of the counter's group.
func (l *avxLoop) words() (all bodies) {
	word := func(m operand.Mem) *val { return leaf(func() vreg { return l.broadcast(m) }) }
	arguments := map[int]*val{}
	for at := noiseStream; at < noiseCounter+8; at += 4 {
		arguments[at] = word(l.arg(at))
	}
	argument := func(at int) *val { return arguments[at] }
	var keys [philoxRounds][2]*val
	for r := range keys {
		for j := range keys[r] {
			keys[r][j] = word(l.localAt(localKeys).Offset(4 * (2*r + j)))
		}
	}
	for lane := 0; lane < sumLanes; lane += l.lanes() {
		numbers := leaf(func() vreg { return l.loadFrom(l.laneNumbers(lane)) })
		counters := iadd(argument(noiseCounter), numbers)
		// The even and the odd counters are apart, each in the lower half of 64
		// bits, where its products are whole.
		even := noiseWords(counters, argument, keys, evenProduct)
		odd := noiseWords(upper(counters), argument, keys, evenProduct)
		var xs []*val
		for r := range philoxRounds { // one after the other: few registers
			for j := range even[r] {
				xs = append(xs, even[r][j], odd[r][j])
			}
		}
		last := len(xs)
		for j, x := range even[philoxRounds-1] {
			xs = append(xs, interleave(x, odd[philoxRounds-1][j]))
		}
		eliminateCommon(xs) // what is the same for all counters
		var sinks []sink
		for i, x := range xs {
			s := sink{x: x}
			if i >= last {
				s.done = l.toLocal(4 * ((i-last)*sumLanes + lane))
			}
			sinks = append(sinks, s)
		}
		all = append(all, sinks)
	}
	return all
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
		l.normalsInSteps()
		if next {
			l.step(l.words())
		}
		return
	}
	var numbers, results bodies
	l.eachPair(func(w0, w1 *val, at0, at1 int) {
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
		streams = append(streams, l.words())
	}
	write := func() { streamsSideBySide(l, streams, []bodies{results}) }
	pinned := pinFor(l, constants(operations(numbers[0]), l.takesInRegister), write)
	write()
	unpin(l, pinned)
}

// normalsInSteps needs fewer registers: each step has all of them, to go several
// vectors side by side. The radii take the place of their words.
func (l *avxLoop) normalsInSteps() {
	var radii, results bodies
	l.eachPair(func(w0, w1 *val, at0, at1 int) {
		radii = append(radii, []sink{{x: radius(w0), done: l.toLocal(at0)}})
		z0, z1 := atRadius(l.fromLocal(at0), w1)
		results = append(results, []sink{
			{x: z0, done: l.toLocal(localNormals + at0)},
			{x: z1, done: l.toLocal(localNormals + at1)},
		})
	})
	l.step(radii)
	for ; len(results) > 0; results = results[2:] {
		sideBySide(l, results[:2])
	}
}

// eachPair calls f for the vectors of words that make normal numbers together, and
// for where they are.
func (l *avxLoop) eachPair(f func(w0, w1 *val, at0, at1 int)) {
	for lane := 0; lane < sumLanes; lane += l.lanes() {
		for j := 0; j < 4; j += 2 {
			at0 := 4 * (j*sumLanes + lane)
			at1 := at0 + 4*sumLanes
			f(l.fromLocal(at0), l.fromLocal(at1), at0, at1)
		}
	}
}

// step writes bodies, as many side by side as there are registers for.
func (l *avxLoop) step(bodies bodies) {
	w := len(bodies)
	for w > 1 && !registersSuffice(l, func() { sideBySide(l, bodies[:w]) }) {
		w /= 2
	}
	pinned := pinFor(l, constants(operations(bodies[0]), l.takesInRegister), func() { sideBySide(l, bodies[:w]) })
	for ; len(bodies) > 0; bodies = bodies[w:] {
		sideBySide(l, bodies[:w])
	}
	unpin(l, pinned)
}

// laneNumbers is the memory of lane, lane+1, …
func (a *asm) laneNumbers(lane int) operand.Mem {
	m := a.data("lanes", sumLanes, func(i int) operand.Constant { return operand.U32(i) })
	m.Disp += lane * a.elem.bytes
	return m
}

func (l *avxLoop) localAt(at int) operand.Mem { return operand.Mem{Base: l.local, Disp: at} }

func (l *avxLoop) toLocal(at int) func(vreg) {
	return func(r vreg) { l.op("VMOVUPS", l.v(r), l.localAt(at)) }
}

func (l *avxLoop) normal(off int) *val { return l.fromLocal(localNormals + 4*off) }

func (l *avxLoop) fromLocal(off int) *val {
	return leaf(func() vreg { return l.loadFrom(l.localAt(off)) })
}

func (l *avxLoop) loadFrom(m operand.Mem) vreg {
	r := l.take()
	l.op("VMOVUPS", m, l.v(r))
	return r
}
