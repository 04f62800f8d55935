package main

import (
	"slices"
	"unsafe"

	"github.com/lanewise/lanewise/internal/ref"
)

// sumLanes is the number of partial sums of a reduction, in every set: element
// i belongs to partial i mod sumLanes.
const sumLanes = 16

// A kernel is an operation on arrays of n elements, element by element. Its
// body is written once; each set lowers it for whole vectors and for the tail.
type kernel struct {
	name    string
	out, in []string // arrays; a name in both is updated in place
	scalars []string
	body    func(d domain, in, scalars []*val) []*val // the elements of out, and last the term of the sum
	guard   *guard                                    // of the fast path, if there are special cases
	ref     string                                    // its definition, in Go

	sum      bool   // adds up the body's last value in sumLanes partial sums
	noise    bool   // a last input comes from the Philox field
	optional string // a last output, which may be nil: this noise
}

// argsSignature is that of every kernel.
const argsSignature = "(args *Args)"

// Where a kernel's arguments are, in bytes from args. gen runs where pointers have 64
// bits, as they have in the sets.
const (
	argN   = int(unsafe.Offsetof(ref.Args{}.N))
	argSum = int(unsafe.Offsetof(ref.Args{}.Sum))

	noiseSeed    = int(unsafe.Offsetof(ref.Args{}.Noise))
	noiseStream  = noiseSeed + 8
	noiseCounter = noiseStream + 8
)

// array is where an array's pointer is.
func (k *kernel) array(name string) int {
	if i := slices.Index(k.out, name); i >= 0 {
		return int(unsafe.Offsetof(ref.Args{}.Out)) + 8*i
	}
	return int(unsafe.Offsetof(ref.Args{}.In)) + 8*slices.Index(k.inputs(), name)
}

// scalar is where a scalar is.
func (k *kernel) scalar(name string) int {
	return int(unsafe.Offsetof(ref.Args{}.Scalars)) + 4*slices.Index(k.scalars, name)
}

// inputs are the arrays that are read alone.
func (k *kernel) inputs() []string {
	return slices.DeleteFunc(slices.Clone(k.in), func(name string) bool { return slices.Contains(k.out, name) })
}

func (k *kernel) arrays() []string { return slices.Concat(k.out, k.inputs()) }

// An elementSet is a machine that takes vectors of a kernel's arrays from memory and to
// it; off counts elements from where the kernel is.
type elementSet interface {
	machine
	input(name string, off int) *val
	store(r vreg, name string, off int)
	// normal is the noise of the elements at off.
	normal(off int) *val
	// addTo adds a vector of terms to the partial sums of the elements at off.
	addTo(off int, r vreg)
	// scalar brings an argument into every lane of a new register.
	scalar(name string) vreg
	// test jumps to rare if one of the guards' values in r is too large.
	test(r vreg, rare label)
}

// sinks is the kernel's body for the vector at off, and the value of its guard.
func (k *kernel) sinks(d domain, m elementSet, off int, scalars []*val) (sinks []sink, guard *val) {
	var in []*val
	for _, name := range k.in {
		in = append(in, m.input(name, off))
	}
	if k.noise {
		in = append(in, m.normal(off))
	}
	vals := k.body(d, in, scalars)
	if d == fastPath {
		guard = k.guard.value(in)
		all := append(vals, guard)
		eliminateCommon(all)
		vals, guard = all[:len(vals)], all[len(vals)]
	}
	if k.optional != "" {
		vals = append(vals, m.normal(off)) // anew, so that it waits in no register
	}
	if k.sum {
		sinks = append(sinks, sink{vals[len(k.out)], func(r vreg) { m.addTo(off, r) }, true})
	}
	for i, name := range k.out {
		sinks = append(sinks, sink{x: vals[i], done: func(r vreg) { m.store(r, name, off) }})
	}
	return sinks, guard
}

// A loop is the state of a kernel while its code is written.
type loop struct {
	set     elementSet
	k       *kernel
	scalars []*val // that have registers
	reads   bool   // instructions may take inputs from memory

	constants []uint64 // the most used first
	width     int      // vectors side by side
	reread    bool     // inputs wait in memory, not in registers
	tail      bool     // not all elements need exist
}

func (l *loop) pinScalars() {
	for _, name := range l.k.scalars {
		l.scalars = append(l.scalars, pinned(l.set.scalar(name)))
	}
}

// plan decides how many vectors go side by side: as many as there are registers
// for, the inputs waiting in registers or, if that leaves room for more
// constants, in memory.
func (l *loop) plan() {
	bodies, guard := l.bodies(l.domain(), 0, 1)
	l.constants = constants(operations(append(bodies[0], guard...)), l.set.takesInRegister)
	best := loop{}
	pins := -1
	for w := sumLanes / 4; w > 0 && pins < 0; w /= 2 {
		for _, reread := range []bool{false, true} {
			if reread && !l.reads {
				continue
			}
			pinned := 0
			l.width, l.reread = w, reread
			if registersSuffice(l.set, func() { pinned = len(pinFor(l.set, l.constants, l.widest)); l.vectors(0, w) }) && pinned > pins {
				pins, best = pinned, *l
			}
		}
	}
	l.width, l.reread = best.width, best.reread
}

// widest writes what constants are pinned beside.
func (l *loop) widest() {
	if l.width >= l.set.sharing() {
		l.set.take() // for constants that share loads
	}
	l.vectors(0, l.width)
}

// vectors writes the body for w vectors from off, on the fast path if there is
// one; where it does not hold, the full range comes after the function's end.
func (l *loop) vectors(off, w int) {
	bodies, guard := l.bodies(l.domain(), off, w)
	if guard == nil {
		sideBySide(l.set, bodies)
		return
	}
	rare, done := l.set.label("rare"), l.set.label("done")
	guard[0].done = func(r vreg) { l.set.test(r, rare) }
	sideBySide(l.set, [][]sink{guard}, bodies)
	l.set.mark(done)
	b := l.set.underWay()
	then := b.clone()
	b.cold = append(b.cold, func() {
		l.set.mark(rare)
		b.vecs, b.pins = then.vecs, then.pins
		write := func(off, w int) {
			bodies, _ := l.bodies(fullRange, off, w)
			sideBySide(l.set, bodies)
		}
		v := w // pinFor has not asked what fits here
		for v > 1 && !registersSuffice(l.set, func() { write(off, v) }) {
			v /= 2
		}
		for i := 0; i < w; i += v {
			write(off+i*l.set.lanes(), v)
		}
		l.set.jump(done)
	})
}

// domain is that of the code for whole vectors: a tail may have elements that do
// not exist.
func (l *loop) domain() domain {
	if l.k.guard == nil || l.tail {
		return fullRange
	}
	return fastPath
}

// bodies are those of w vectors from off, and on the fast path the largest value
// of their guards.
func (l *loop) bodies(d domain, off, w int) (bodies [][]sink, guard []sink) {
	scalars := l.scalars
	if scalars == nil {
		for _, name := range l.k.scalars {
			scalars = append(scalars, leaf(func() vreg { return l.set.scalar(name) }))
		}
	}
	for v := range w {
		body, k := l.k.sinks(d, l.set, off+v*l.set.lanes(), scalars)
		bodies = append(bodies, body)
		switch {
		case k == nil:
		case guard == nil:
			guard = []sink{{x: k}}
		default:
			guard[0].x = umax(guard[0].x, k)
		}
	}
	return bodies, guard
}
