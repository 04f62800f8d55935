package main

import "github.com/mmcloughlin/avo/operand"

// noiseGroup is the number of elements that sumLanes counters yield: element
// 16·j + lane of a group is word j of counter lane.
const noiseGroup = 4 * sumLanes

// Where the words of a kernel's argument noise are, in bytes.
const (
	noiseSeed    = 0
	noiseStream  = 8
	noiseCounter = 16
)

// philox4x32 is ten rounds of Philox4x32 (Salmon et al., "Parallel random
// numbers: as easy as 1, 2, 3", SC'11).
func philox4x32(c [4]*val, k [2]*val) [4]*val {
	m0, m1 := u(0xD2511F53), u(0xCD9E8D57)
	for r := range 10 {
		if r > 0 {
			k[0] = iadd(k[0], u(0x9E3779B9))
			k[1] = iadd(k[1], u(0xBB67AE85))
		}
		c = [4]*val{
			xor(xor(mulHi(c[2], m1), c[1]), k[0]),
			mulLo(c[2], m1),
			xor(xor(mulHi(c[0], m0), c[3]), k[1]),
			mulLo(c[0], m0),
		}
	}
	return c
}

// normals are the four vectors of noise whose counters start at lane.
func (l *loop) normals(lane int) []*val {
	w := l.words(lane)
	n := make([]*val, 4)
	n[0], n[1] = boxMuller(w[0], w[1])
	n[2], n[3] = boxMuller(w[2], w[3])
	return n
}

func (l *loop) words(lane int) [4]*val {
	word := func(at, i int) *val {
		return leaf(func() vreg { return l.broadcast(operand.Mem{Base: l.noise, Disp: at + 4*i}) })
	}
	lanes := l.data("lanes", sumLanes, func(i int) operand.Constant { return operand.U32(i) })
	lanes.Disp += 4 * lane
	iota := leaf(func() vreg {
		r := l.take()
		l.op("VMOVUPS", lanes, l.v(r))
		return r
	})
	c := [4]*val{iadd(word(noiseCounter, 0), iota), word(noiseCounter, 1), word(noiseStream, 0), word(noiseStream, 1)}
	return philox4x32(c, [2]*val{word(noiseSeed, 0), word(noiseSeed, 1)})
}

// setOddLanes prepares what mulHi needs.
func (a *asm) setOddLanes() {
	if !a.isa.masks {
		return
	}
	a.odd = a.takeK()
	t := a.GP32()
	a.MOVL(operand.U32(0xaaaa), t)
	a.KMOVW(t, a.kreg(a.odd))
}
