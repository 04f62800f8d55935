package main

import "slices"

// A neonLoop is the state of a kernel while its code is written. There are no
// lane masks: elements go in fours of vectors, then in single vectors, and the
// last one to three by loads and stores of their size.
type neonLoop struct {
	*neon
	k       *kernel
	base    map[string]gpr // where the arrays go on
	wanted  gpr            // not zero if the optional output is
	scalars []*val

	part  gpr // how many elements the vector has, where it is not whole
	sums  []vreg
	sum   gpr // where partial sums are, for a vector by itself
	noise gpr // points to seed, stream and counter
}

// noiseInput is the input that a kernel with noise finds in its local variable.
const noiseInput = "noise"

func (n *neon) elementwise(k *kernel) {
	frame := 0
	if k.noise {
		frame = noiseGroup * n.elem.bytes
	}
	n.function(k.name, k.signature(n.elem), frame)
	l := &neonLoop{neon: n, k: k, base: map[string]gpr{}, part: zr}
	for _, name := range k.arrays() {
		l.base[name] = n.argument(name)
	}
	if k.optional != "" {
		l.wanted = n.takeG()
		n.op("MOVD", l.base[k.optional], l.wanted)
	}
	count := n.argument("n")
	n.usesPool()
	for _, name := range k.scalars {
		l.scalars = append(l.scalars, pinned(n.scalar(name)))
	}
	if !k.noise {
		l.elements(count)
		n.ret()
		return
	}

	// A group of noise at a time passes through the local variable.
	l.noise = n.argument("noise")
	l.base[noiseInput] = n.takeG()
	left, most := count, n.takeG()
	count = n.takeG()
	group, done := n.label("group"), n.label("done")
	n.op("CBZ", left, done)
	n.mark(group)
	l.draw()
	n.op("MOVD", local(frame), l.base[noiseInput])
	n.op("MOVD", imm(noiseGroup), most)
	n.op("CMP", most, left)
	n.op("CSEL", word("LT"), left, most, count)
	n.op("SUB", count, left, left)
	l.elements(count)
	n.op("CBNZ", left, group)
	n.mark(done)
	n.ret()
}

// scalar brings an argument into every lane of a new register.
func (n *neon) scalar(name string) vreg {
	r := n.take()
	n.op("FMOVS", n.param(name), fpr(r))
	n.op("VDUP", lane{r, "S", 0}, vector{r, "S4"})
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
	width := l.plan()
	four, rest, one, part, done := l.label("four"), l.label("rest"), l.label("one"), l.label("part"), l.label("done")

	l.op("SUBS", imm(sumLanes), count, count)
	l.op("BLT", rest)
	l.mark(four)
	for off := 0; off < sumLanes; off += width * l.lanes() {
		l.turn(off, width)
	}
	l.advance(sumLanes)
	l.op("SUBS", imm(sumLanes), count, count)
	l.op("BGE", four)
	l.mark(rest)
	if l.k.sum {
		l.sum = l.argument("sum")
		for j := 0; j < len(l.sums); j += 2 {
			l.op("FSTPQ", pair{l.sums[j], l.sums[j+1]}, mem{l.sum, 16 * j})
		}
		l.drop(l.sums...)
		l.sums = nil
	}
	l.op("ADDS", imm(sumLanes-l.lanes()), count, count)
	l.op("BLT", part)
	l.mark(one)
	l.turn(0, 1)
	l.advance(l.lanes())
	l.op("SUBS", imm(l.lanes()), count, count)
	l.op("BGE", one)
	l.mark(part)
	l.op("ADDS", imm(l.lanes()), count, count)
	l.op("BEQ", done)
	l.part = count
	l.turn(0, 1)
	l.part = zr
	l.mark(done)
	l.forget()
}

// turn writes the body for width vectors from off, side by side.
func (l *neonLoop) turn(off, width int) {
	var bodies [][]sink
	for v := range width {
		bodies = append(bodies, l.body(off+v*l.lanes()))
	}
	weave(l, bodies...)
}

func (l *neonLoop) body(off int) []sink {
	if !l.k.noise {
		return l.k.sinks(l, off, l.scalars)
	}
	return l.k.sinks(l, off, l.scalars, leaf(func() vreg { return l.load(noiseInput, off) }))
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
	if l.k.sum && l.sums == nil {
		l.op("ADD", imm(count*l.elem.bytes), l.sum, l.sum)
	}
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
	if l.sums != nil {
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

func (n *neon) clear(r vreg) { n.op("VMOVI", imm(0), vector{r, "B16"}) }

// loadPart loads one to three elements, the others being 0.
func (n *neon) loadPart(r vreg, p, count gpr) {
	two, done, third := n.label("two"), n.label("done"), n.takeG()
	n.op("TBNZ", imm(1), count, two)
	n.op("FMOVS", mem{p, 0}, fpr(r))
	n.op("JMP", done)
	n.mark(two)
	n.op("FMOVD", mem{p, 0}, fpr(r))
	n.op("TBZ", imm(0), count, done)
	n.op("ADD", imm(8), p, third)
	n.op("VLD1", mem{third, 0}, lane{r, "S", 2})
	n.mark(done)
	n.dropG(third)
}

// storePart stores one to three elements.
func (n *neon) storePart(r vreg, p, count gpr) {
	two, done, third := n.label("two"), n.label("done"), n.takeG()
	n.op("TBNZ", imm(1), count, two)
	n.op("FMOVS", fpr(r), mem{p, 0})
	n.op("JMP", done)
	n.mark(two)
	n.op("FMOVD", fpr(r), mem{p, 0})
	n.op("TBZ", imm(0), count, done)
	n.op("ADD", imm(8), p, third)
	n.op("VST1", lane{r, "S", 2}, mem{third, 0})
	n.mark(done)
	n.dropG(third)
}

// mask has all bits of the first one to three elements.
func (n *neon) mask(r vreg, count gpr) {
	p, m := n.takeG(), n.literal(0xffffffff)
	n.op("ADD", imm(m.off), m.base, p)
	n.loadPart(r, p, count)
	n.dropG(p)
}

// plan decides how many vectors go side by side, as many as there are registers
// for; constants get the rest.
func (l *neonLoop) plan() (width int) {
	bits := l.factors(l.body(0))
	width = sumLanes / l.lanes()
	for width > 1 && !l.fits(nil, func() { l.turn(0, width) }) {
		width /= 2
	}
	l.keepFor(bits, func() { l.turn(0, width) })
	return width
}

// keepFor keeps as many constants as f leaves registers for.
func (n *neon) keepFor(bits []uint64, f func()) {
	for len(bits) > 0 && !n.fits(bits, f) {
		bits = bits[:len(bits)-1]
	}
	n.keep(bits)
}

// fits tells whether there are registers for f beside constants.
func (n *neon) fits(bits []uint64, f func()) bool {
	free := 0
	for _, taken := range n.vecs {
		if !taken {
			free++
		}
	}
	return n.rehearse(func() { n.keep(bits); f() }) <= free
}

// keep loads constants into registers of their own.
func (n *neon) keep(bits []uint64) {
	for _, b := range bits {
		r := n.take()
		n.kept[b] = r
		n.op("FMOVQ", n.literal(b), fpr(r))
	}
}

// forget frees the registers of constants.
func (n *neon) forget() {
	for _, r := range n.kept {
		n.drop(r)
	}
	clear(n.kept)
}

// factors lists the constants that instructions take from registers, the most
// used first. What an FMA adds to is not among them: see fused.
func (n *neon) factors(sinks []sink) []uint64 {
	uses := map[uint64]int{}
	var bits []uint64
	for _, x := range operations(sinks) {
		for i, y := range x.args {
			if y.op != opConst || i == 2 && (x.op == opFMA || x.op == opFNMA) || x.op == opSelect && isZero(y) {
				continue
			}
			b := n.elem.bits(y)
			if uses[b] == 0 {
				bits = append(bits, b)
			}
			uses[b]++
		}
	}
	slices.SortStableFunc(bits, func(a, b uint64) int { return uses[b] - uses[a] })
	return bits
}

// draw fills the local variable with a group of noise: first with its words,
// then with the normal numbers that pairs of words make.
func (l *neonLoop) draw() {
	taken := slices.Clone(l.vecs)
	argument := map[int]*val{}
	for at := 0; at < 24; at += 4 {
		argument[at] = pinned(l.noiseWord(at))
	}
	word := func(at int) *val { return argument[at] }
	keys := roundKeys(word)
	const vectors = 2 // of counters at a time
	var counters []vreg
	var words [][]sink
	to := l.takeG()
	for v := range vectors {
		c, first := l.take(), v*l.lanes()
		l.op("FMOVQ", l.inPool(uint64(first|(first+1)<<32), uint64(first+2|(first+3)<<32)), fpr(c))
		counters = append(counters, c)
		var sinks []sink
		for j, x := range noiseWords(pinned(c), word, keys) {
			sinks = append(sinks, l.toLocal(x, to, j*sumLanes+first))
		}
		words = append(words, sinks)
	}
	step := uint64(vectors * l.lanes())
	l.keepFor(append([]uint64{step}, l.factors(words[0])...), func() { weave(l, words...) })
	l.repeat(sumLanes/int(step), to, 4*int(step), func() {
		weave(l, words...)
		for _, c := range counters {
			l.v("add", c, c, l.kept[step])
		}
	})
	l.forget()
	l.vecs = taken

	pairs := func() {
		var bodies [][]sink
		for off := 0; off < sumLanes; off += l.lanes() {
			z0, z1 := boxMuller(l.fromLocal(to, off), l.fromLocal(to, off+sumLanes))
			bodies = append(bodies, []sink{l.toLocal(z0, to, off), l.toLocal(z1, to, off+sumLanes)})
		}
		for ; len(bodies) > 0; bodies = bodies[2:] {
			weave(l, bodies[:2]...)
		}
	}
	z0, z1 := boxMuller(pinned(0), pinned(0))
	l.keepFor(l.factors([]sink{{x: z0}, {x: z1}}), pairs)
	l.repeat(2, to, 4*2*sumLanes, pairs)
	l.forget()

	counter := mem{l.noise, noiseCounter}
	l.op("MOVD", counter, to)
	l.op("ADD", imm(sumLanes), to, to)
	l.op("MOVD", to, counter)
	l.dropG(to)
}

// repeat writes a loop over the local variable.
func (l *neonLoop) repeat(turns int, p gpr, step int, f func()) {
	left, top := l.takeG(), l.label("noise")
	l.op("MOVD", local(4*noiseGroup), p)
	l.op("MOVD", imm(turns), left)
	l.mark(top)
	f()
	l.op("ADD", imm(step), p, p)
	l.op("SUBS", imm(1), left, left)
	l.op("BNE", top)
	l.dropG(left)
}

func (l *neonLoop) toLocal(x *val, p gpr, off int) sink {
	return sink{x, func(r vreg) { l.op("FMOVQ", fpr(r), mem{p, 4 * off}) }}
}

func (l *neonLoop) fromLocal(p gpr, off int) *val {
	return leaf(func() vreg {
		r := l.take()
		l.op("FMOVQ", mem{p, 4 * off}, fpr(r))
		return r
	})
}

// noiseWord brings a 32-bit word of the argument noise into every lane.
func (l *neonLoop) noiseWord(at int) vreg {
	r, p := l.take(), l.takeG()
	l.op("ADD", imm(at), l.noise, p)
	l.op("VLD1R", mem{p, 0}, list{r, "S4"})
	l.dropG(p)
	return r
}
