package main

import (
	"fmt"
	"slices"
)

// A lowering turns expressions into instructions. Values are emitted in the
// order in which the sinks need them, once each, and their registers are free
// after the last use.
type lowering struct {
	set  machine
	uses map[*val]int
	at   map[*val]vreg
}

// spellings are the instructions of operations, and what writes them.
type spellings[L any] map[op]struct {
	name  string
	write func(l L, name string, x *val)
}

func (s spellings[L]) write(l L, x *val) {
	spelling, ok := s[x.op]
	if !ok {
		panic(fmt.Sprintf("cannot lower op %d", x.op))
	}
	spelling.write(l, spelling.name, x)
}

// A sink is an expression and what to do with its register; nothing, where it
// is there to be computed before the sinks that follow.
type sink struct {
	x     *val
	done  func(vreg)
	early bool // as soon as x is there: it writes no array
}

// Bodies have one shape: the same operations in the same order.
type bodies = [][]sink

// sideBySide emits bodies value by value: neighbours are independent of
// each other, which helps processors that do not look far ahead. Bodies may share
// values, and so may stages, one after the other. Nothing is stored before all of
// a stage is computed: a store may hit an input.
func sideBySide(m machine, stages ...bodies) {
	var alone [][]bodies
	for _, b := range stages {
		alone = append(alone, []bodies{b})
	}
	streamsSideBySide(m, alone...)
}

// streamsSideBySide is sideBySide for stages of several streams, which go along together,
// each in proportion to its length.
func streamsSideBySide(m machine, stages ...[]bodies) {
	all := slices.Concat(slices.Concat(stages...)...)
	m.rewrite(all)
	l := newLowering(m, all)
	written := map[*val]bool{}
	for _, streams := range stages {
		l.stage(streams, written)
	}
}

// stage emits what is not written yet.
func (l *lowering) stage(streams []bodies, written map[*val]bool) {
	rows := make([][][]*val, len(streams))
	left := 0
	for k, bodies := range streams {
		rows[k] = inRows(bodies, written)
		left += len(rows[k])
	}
	next := make([]int, len(streams))
	for ; left > 0; left-- {
		k := 0
		for j := range streams { // the one that is least far
			if (next[j]+1)*len(rows[k]) < (next[k]+1)*len(rows[j]) {
				k = j
			}
		}
		row := rows[k][next[k]]
		next[k]++
		done := l.set.share(l, row)
		for _, x := range row {
			l.get(x)
			written[x] = true
		}
		done()
		l.finish(streams[k], func(s sink) bool { return s.early && slices.Contains(row, s.x) })
	}
	for _, bodies := range streams {
		l.finish(bodies, func(s sink) bool { return !s.early || s.x.inMemory() })
	}
}

// inRows lists the operations of bodies side by side.
func inRows(bodies bodies, written map[*val]bool) (rows [][]*val) {
	for _, sinks := range bodies {
		i := 0
		for _, x := range operations(sinks) {
			if written[x] {
				continue
			}
			if i == len(rows) {
				rows = append(rows, nil)
			}
			rows[i] = append(rows[i], x)
			i++
		}
	}
	return rows
}

// splitScale is for sets that have no instruction for a·2^b. Of b + 254 it makes two biased
// exponents: a is multiplied by two powers of two, exactly by the first.
func splitScale(bodies bodies) {
	for _, sinks := range bodies {
		for _, x := range operations(sinks) {
			if x.op == opScale {
				a, biased := x.args[0], x.args[2]
				half := shr(biased, 1)
				x.op, x.args = opMul, []*val{mul(a, shl(half, 23)), shl(isub(biased, half), 23)}
			}
		}
	}
}

// finish does what sinks, those of a kind, are there for.
func (l *lowering) finish(bodies [][]sink, kind func(sink) bool) {
	for _, sinks := range bodies {
		for _, s := range sinks {
			if s.done != nil && kind(s) {
				s.done(l.get(s.x))
				l.release(s.x)
			}
		}
	}
}

func newLowering(m machine, bodies [][]sink) *lowering {
	l := &lowering{set: m, uses: map[*val]int{}, at: map[*val]vreg{}}
	for _, sinks := range bodies {
		for _, s := range sinks {
			if s.done != nil {
				l.count(s.x)
			}
		}
	}
	return l
}

func (l *lowering) count(x *val) {
	l.uses[x]++
	if l.uses[x] == 1 {
		for _, y := range x.args {
			l.count(y)
		}
	}
}

// operations lists what sinks need, arguments first: everything but what is in
// memory, which belongs to its uses. Of two arguments the longer chain comes first, so
// that the result of the other one waits less in a register.
func operations(sinks []sink) []*val {
	var xs []*val
	depth := map[*val]int{}
	var measure func(x *val) int
	measure = func(x *val) int {
		d, ok := depth[x]
		if !ok {
			for _, y := range x.args {
				d = max(d, measure(y)+1)
			}
			depth[x] = d
		}
		return d
	}
	seen := map[*val]bool{}
	var visit func(x *val)
	visit = func(x *val) {
		if seen[x] || x.inMemory() {
			return
		}
		seen[x] = true
		args := slices.Clone(x.args)
		slices.SortStableFunc(args, func(y, z *val) int { return measure(z) - measure(y) })
		for _, y := range args {
			visit(y)
		}
		xs = append(xs, x)
	}
	for _, s := range sinks {
		visit(s.x)
	}
	return xs
}

// get is the register of x, computed if it is not there yet.
func (l *lowering) get(x *val) vreg {
	if r, ok := l.at[x]; ok {
		return r
	}
	var r vreg
	var pinned bool
	switch x.op {
	case opConst:
		if r, pinned = l.set.underWay().pins[x.constant()]; !pinned {
			r = l.set.take()
			l.set.loadConstant(x.constant(), r)
		}
	case opLeaf:
		r, pinned = x.load(), x.pin
	default:
		l.set.compute(l, x)
		return l.at[x]
	}
	if !pinned {
		l.at[x] = r
	}
	return r
}

// release counts one use of x as done.
func (l *lowering) release(x *val) {
	l.uses[x]--
	if r, ok := l.at[x]; ok && (l.uses[x] == 0 || x.mem != nil) {
		delete(l.at, x)
		l.set.free(x, r)
	}
}

func (l *lowering) releaseAll(x *val) {
	for _, y := range x.args {
		l.release(y)
	}
}

func (l *lowering) result(x *val, r vreg) vreg {
	l.at[x] = r
	return r
}

// dst releases the arguments of an instruction that reads all its sources
// before it writes, and takes a register for its result.
func (l *lowering) dst(x *val) vreg {
	l.releaseAll(x)
	return l.result(x, l.set.take())
}

// become releases the arguments of x, whose result is in r, which may be one of theirs.
func (l *lowering) become(x *val, r vreg) vreg {
	l.releaseAll(x)
	l.set.underWay().vecs[r] = true
	return l.result(x, r)
}

// claim makes the register of y, which x is the last to use, that of x.
func (l *lowering) claim(y, x *val) vreg { return l.become(x, l.at[y]) }

// isLastUse tells whether x is the last to use y, once, and y has a register, which
// may become that of x.
func (l *lowering) isLastUse(y, x *val) bool {
	n := 0
	for _, z := range x.args {
		if z == y {
			n++
		}
	}
	_, ok := l.at[y]
	return ok && (l.uses[y] == 1 || y.mem != nil) && n == 1
}

// constants lists those that are arguments of xs, the most used first, if
// argument i of x is one that counts.
func constants(xs []*val, counts func(x *val, i int) bool) []uint64 {
	uses := map[uint64]int{}
	var bits []uint64
	for _, x := range xs {
		for i, y := range x.args {
			if y.op != opConst || !counts(x, i) {
				continue
			}
			b := y.constant()
			if uses[b] == 0 {
				bits = append(bits, b)
			}
			uses[b]++
		}
	}
	slices.SortStableFunc(bits, func(a, b uint64) int { return uses[b] - uses[a] })
	return bits
}
