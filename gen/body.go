package main

import (
	"fmt"
	"maps"
	"slices"
)

// A body is what is known of the function under way. It hands out physical registers
// itself: between two labels the code is straight, and the last use of each value
// known, so that nothing better can be had.
type body struct {
	vecs, ks []bool          // taken: vector registers, and those of masks
	pins     map[uint64]vreg // constants that stay in registers
	cold     []func()        // write what comes after the function's end
	labels   int
}

func newBody(vectors, masks int) body {
	return body{vecs: make([]bool, vectors), ks: make([]bool, masks), pins: map[uint64]vreg{}}
}

func (b *body) underWay() *body { return b }

func (b body) clone() body {
	return body{slices.Clone(b.vecs), slices.Clone(b.ks), maps.Clone(b.pins), slices.Clip(b.cold), b.labels}
}

// writeCold writes what comes after the function's end.
func (b *body) writeCold() {
	for _, write := range b.cold {
		write()
	}
	b.cold = nil
}

// label makes a name that is new in the function.
func (b *body) label(name string) label {
	b.labels++
	return label(fmt.Sprint(name, b.labels))
}

func (b *body) take() vreg  { return vreg(claim(b.vecs, "vector")) }
func (b *body) takeK() vreg { return vreg(claim(b.ks, "mask")) }

func (b *body) takeN(n int) []vreg {
	rs := make([]vreg, n)
	for i := range rs {
		rs[i] = b.take()
	}
	return rs
}

func (b *body) drop(rs ...vreg) {
	for _, r := range rs {
		b.vecs[r] = false
	}
}

func (b *body) dropK(r vreg) { b.ks[r] = false }

func claim(taken []bool, kind string) int {
	for i, t := range taken {
		if !t {
			taken[i] = true
			return i
		}
	}
	panic(outOfRegisters("out of " + kind + " registers"))
}

type outOfRegisters string

// A machine writes the instructions of one set. What is written for all of them goes
// through its verbs.
type machine interface {
	// compute emits x, an operation, from its arguments, releases these, and
	// leaves the register of the result in l.at.
	compute(l *lowering, x *val)
	// rewrite replaces operations by others that the set has, in place.
	rewrite(bodies [][]sink)
	// share brings what a row of like operations, side by side, has in common
	// into registers; done takes these back.
	share(l *lowering, row []*val) (done func())
	// free takes back the register of x.
	free(x *val, r vreg)

	underWay() *body
	take() vreg
	lanes() int // elements of a vector
	label(name string) label
	mark(l label)
	jump(to label)
	// dryRun makes a copy of all state, in which nothing is written, until restore.
	dryRun() (restore func())
	// loadConstant brings a constant, as bits, into every lane.
	loadConstant(bits uint64, r vreg)
	// takesInRegister tells whether argument i of x, if a constant, is read from a register.
	takesInRegister(x *val, i int) bool
	// sharing is how many operations side by side are worth a register for what all of
	// them take.
	sharing() int
}

// A label is a place in the code.
type label string

// registersSuffice tells, by a dry run, whether there are enough for what f writes.
func registersSuffice(m machine, f func()) (ok bool) {
	defer m.dryRun()()
	defer func() {
		if r := recover(); r != nil {
			if _, out := r.(outOfRegisters); !out {
				panic(r)
			}
		}
	}()
	f()
	return true
}

// pin loads constants into registers of their own.
func pin(m machine, bits []uint64) {
	for _, b := range bits {
		r := m.take()
		m.loadConstant(b, r)
		m.underWay().pins[b] = r
	}
}

// pinFor pins as many constants, of those that are not pinned already, as f
// leaves registers for.
func pinFor(m machine, bits []uint64, f func()) (pins []uint64) {
	for _, b := range bits {
		if _, ok := m.underWay().pins[b]; !ok {
			pins = append(pins, b)
		}
	}
	for len(pins) > 0 && !registersSuffice(m, func() { pin(m, pins); f() }) {
		pins = pins[:len(pins)-1]
	}
	pin(m, pins)
	return pins
}

// unpin frees the registers of constants.
func unpin(m machine, bits []uint64) {
	b := m.underWay()
	for _, c := range bits {
		b.drop(b.pins[c])
		delete(b.pins, c)
	}
}
