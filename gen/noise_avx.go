package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A group of noise passes through the local variable: first its words, then
// the normal numbers that these make. So each of the three steps to an element
// has all the registers, to go several vectors side by side.

// takeLocal makes room for a group, from a cache line on.
func (l *loop) takeLocal() reg.Register {
	const line = 64
	p := l.GP64()
	l.LEAQ(l.AllocLocal(noiseGroup*l.elem.bytes+line-8), p)
	l.ADDQ(operand.U8(line-1), p)
	l.ANDQ(operand.I8(-line), p)
	return p
}

// draw fills the local variable with the next group of noise.
func (l *loop) draw() {
	arguments := map[int]*val{}
	for at := 0; at < noiseCounter+8; at += 4 {
		arguments[at] = leaf(func() vreg { return l.broadcast(operand.Mem{Base: l.noise, Disp: at}) })
	}
	argument := func(at int) *val { return arguments[at] }
	keys := roundKeys(argument)
	var words, radii, normals [][]sink
	for lane := 0; lane < sumLanes; lane += l.lanes() {
		lanes := leaf(func() vreg { return l.loadFrom(l.laneNumbers(lane)) })
		var sinks []sink
		rounds := noiseWords(lanes, argument, keys)
		for _, words := range rounds { // one after the other: few registers
			for _, x := range words {
				sinks = append(sinks, sink{x: x})
			}
		}
		for j, x := range rounds[philoxRounds-1] {
			sinks = append(sinks, l.toLocal(x, j*sumLanes+lane))
		}
		words = append(words, sinks)
		for j := 0; j < 4; j += 2 {
			at := j*sumLanes + lane
			radii = append(radii, []sink{l.toLocal(radius(l.fromLocal(at)), at)})
			z0, z1 := atRadius(l.fromLocal(at), l.fromLocal(at+sumLanes))
			normals = append(normals, []sink{l.toLocal(z0, at), l.toLocal(z1, at+sumLanes)})
		}
	}
	weave(l, words)
	weave(l, radii)
	for ; len(normals) > 0; normals = normals[2:] {
		weave(l, normals[:2])
	}
	l.op("ADDQ", operand.U8(sumLanes), operand.Mem{Base: l.noise, Disp: noiseCounter})
}

// laneNumbers is the memory of lane, lane+1, …
func (a *asm) laneNumbers(lane int) operand.Mem {
	m := a.data("lanes", sumLanes, func(i int) operand.Constant { return operand.U32(i) })
	m.Disp += lane * a.elem.bytes
	return m
}

func (l *loop) localAt(off int) operand.Mem {
	return operand.Mem{Base: l.local, Disp: off * l.elem.bytes}
}

func (l *loop) toLocal(x *val, off int) sink {
	return sink{x: x, done: func(r vreg) { l.op("VMOVUPS", l.v(r), l.localAt(off)) }}
}

func (l *loop) normal(off int) *val { return l.fromLocal(off) }

func (l *loop) fromLocal(off int) *val {
	return leaf(func() vreg { return l.loadFrom(l.localAt(off)) })
}

func (l *loop) loadFrom(m operand.Mem) vreg {
	r := l.take()
	l.op("VMOVUPS", m, l.v(r))
	return r
}
