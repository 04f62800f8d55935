package main

import "fmt"

// A neonLoop is the part of a loop that is written for arm64 alone. There are no
// lane masks: elements go in fours of vectors, then in single vectors, and the
// last one to three by loads and stores of their size.
type neonLoop struct {
	*neon
	*loop
	args   gpr
	base   map[string]gpr // where the arrays go on
	wanted gpr            // not zero if the optional output is
	limit  gpr            // of the guard

	at   gpr // points to the local variable, for noise
	part gpr // how many elements the vector has, where it is not whole
	sums []vreg
	sum  gpr // where partial sums are, for a vector by itself
}

// noiseInput is the input that a kernel with noise finds in its local variable.
const noiseInput = "noise"

func (n *neon) elementwise(k *kernel) {
	frame := 0
	switch {
	case k.noise:
		frame = noiseGroup * n.elem.bytes
	case k.sum:
		frame = sumLanes * n.elem.bytes
	}
	n.functionWithLocal(k.name, argsSignature, frame)
	l := &neonLoop{neon: n, args: n.argument("args"), base: map[string]gpr{}, part: zr}
	l.loop = &loop{set: l, k: k}
	for _, name := range k.arrays() {
		l.base[name] = l.loadArg(k.array(name))
	}
	if k.optional != "" {
		l.wanted = n.takeG()
		n.op("MOVD", l.base[k.optional], l.wanted)
	}
	count := l.loadArg(argN)
	n.usesPool()
	l.pinScalars()
	if k.guard != nil {
		l.limit = n.takeG()
		n.op("MOVD", imm32(k.guard.limit.constant()), l.limit)
	}
	if !k.noise {
		l.elements(count)
		n.ret()
		return
	}

	// A group of noise at a time passes through the local variable.
	l.base[noiseInput] = n.takeG()
	left, group := count, n.takeG()
	count = n.takeG()
	top, done := n.label("group"), n.label("done")
	n.op("CBZ", left, done)
	n.mark(top)
	l.draw()
	n.op("MOVD", local(frame), l.base[noiseInput])
	n.op("MOVD", imm(noiseGroup), group)
	n.op("CMP", group, left)
	n.op("CSEL", word("LT"), left, group, count)
	n.op("SUB", count, left, left)
	l.elements(count)
	n.op("CBNZ", left, top)
	n.mark(done)
	n.ret()
}

func (l *neonLoop) scalar(name string) vreg {
	r := l.take()
	l.op("FMOVS", mem{l.args, l.k.scalar(name)}, fpr(r))
	l.op("VDUP", lane{r, "S", 0}, vector{r, "S4"})
	return r
}

// loadArg loads the argument at some byte into a general register.
func (l *neonLoop) loadArg(at int) gpr {
	r := l.takeG()
	l.op("MOVD", mem{l.args, at}, r)
	return r
}

// elements writes the kernel for count elements.
func (l *neonLoop) elements(count gpr) {
	if l.k.sum {
		l.sums = l.takeN(sumLanes / l.lanes())
		for _, r := range l.sums {
			l.clear(r)
		}
	}
	l.plan()
	pinned := pinFor(l, l.constants, l.widest)
	done := l.label("done")
	iterate(l.neon, count, count, sumLanes, sumLanes, func() {
		for off := 0; off < sumLanes; off += l.width * l.lanes() {
			l.vectors(off, l.width)
		}
		l.advance(sumLanes)
	})
	l.tail = true
	if l.k.sum {
		l.sum = l.takeG()
		l.op("MOVD", local(sumLanes*l.elem.bytes), l.sum)
		for j := 0; j < len(l.sums); j += 2 {
			l.op("FSTPQ", pair{l.sums[j], l.sums[j+1]}, mem{l.sum, 16 * j})
		}
		l.drop(l.sums...)
	}
	iterate(l.neon, count, count, l.lanes()-sumLanes, l.lanes(), func() {
		l.vectors(0, 1)
		l.advance(l.lanes())
	})
	l.op("ADDS", imm(l.lanes()), count, count)
	l.op("BEQ", done)
	l.part = count
	l.vectors(0, 1)
	l.part, l.tail = zr, false // what comes after the end is for whole vectors
	l.mark(done)
	unpin(l, pinned)
	if l.k.sum {
		l.fold()
	}
}

// test compares the largest of all lanes.
func (l *neonLoop) test(r vreg, rare label) {
	t, largest := l.take(), l.takeG() // r may be the body's, too
	l.word(0x6eb0a800|uint32(r)<<5|uint32(t), fmt.Sprintf("umaxv s%d, v%d.4s", t, r))
	l.op("VMOV", lane{t, "S", 0}, largest)
	l.op("CMPW", l.limit, largest)
	l.op("BHI", rare)
	l.drop(t)
	l.dropG(largest)
}

func (l *neonLoop) normal(off int) *val {
	return l.input(noiseInput, off)
}

// advance passes count elements.
func (l *neonLoop) advance(count int) {
	names := l.k.arrays()
	if l.k.noise {
		names = append(names, noiseInput)
	}
	for _, name := range names {
		l.op("ADD", imm(count*l.elem.bytes), l.base[name], l.base[name])
	}
	if l.k.sum && l.tail {
		l.op("ADD", imm(count*l.elem.bytes), l.sum, l.sum)
	}
}

func (l *neonLoop) input(name string, off int) *val {
	return leaf(func() vreg { return l.load(name, off) })
}

func (l *neonLoop) load(name string, off int) vreg {
	r, p := l.take(), l.base[name]
	if l.part == zr {
		l.op("FMOVQ", mem{p, off * l.elem.bytes}, fpr(r))
	} else {
		l.loadPart(r, p, l.part)
	}
	return r
}

func (l *neonLoop) store(r vreg, name string, off int) {
	p := l.base[name]
	skip := l.label("skip")
	if name == l.k.optional {
		l.op("CBZ", l.wanted, skip)
	}
	if l.part == zr {
		l.op("FMOVQ", fpr(r), mem{p, off * l.elem.bytes})
	} else {
		l.storePart(r, p, l.part)
	}
	if name == l.k.optional {
		l.mark(skip)
	}
}

// addTo adds to registers, or for a vector by itself to memory. A partial sum
// is never -0, so that adding 0 leaves it.
func (l *neonLoop) addTo(off int, r vreg) {
	if !l.tail {
		s := l.sums[off/l.lanes()]
		l.v("fadd", s, s, r)
		return
	}
	s, t := l.take(), l.take()
	if l.part != zr {
		l.mask(t, l.part)
		l.v("and", t, t, r)
		r = t
	}
	l.op("FMOVQ", mem{l.sum, 0}, fpr(s))
	l.v("fadd", s, s, r)
	l.op("FMOVQ", fpr(s), mem{l.sum, 0})
	l.drop(s, t)
}

// fold stores the total of the partial sums: the upper half is added to the
// lower until one is left.
func (l *neonLoop) fold() {
	r := l.takeN(sumLanes / l.lanes())
	l.op("MOVD", local(sumLanes*l.elem.bytes), l.sum)
	for j := 0; j < len(r); j += 2 {
		l.op("FLDPQ", mem{l.sum, 16 * j}, pair{r[j], r[j+1]})
	}
	for n := len(r) / 2; n > 0; n /= 2 {
		for j := range n {
			l.v("fadd", r[j], r[j], r[j+n])
		}
	}
	for _, half := range []string{"D2", "S4"} {
		l.op("VDUP", lane{r[0], half[:1], 1}, vector{r[1], half})
		l.v("fadd", r[0], r[0], r[1])
	}
	l.op("FMOVS", fpr(r[0]), mem{l.args, argSum})
	l.drop(r...)
}
