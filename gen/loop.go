package main

import (
	"slices"
	"strings"
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
	body    func(in, scalars []*val) []*val // the elements of out, and last the term of the sum
	short   *shortcut

	sum      bool   // adds up the body's last value in sumLanes partial sums
	noise    bool   // a last input comes from the Philox field
	optional string // a last output, which may be nil: this noise
}

// signature is (out, in *T, n int, scalars T, noise *[3]uint64, sum *T).
// noise is the seed, the stream and the counter, which the kernel advances.
func (k *kernel) signature(e *elem) string {
	p := []string{}
	for _, name := range k.arrays() {
		p = append(p, name+" *"+e.goType)
	}
	p = append(p, "n int")
	for _, name := range k.scalars {
		p = append(p, name+" "+e.goType)
	}
	if k.noise {
		p = append(p, "noise *[3]uint64")
	}
	if k.sum {
		p = append(p, "sum *"+e.goType)
	}
	return "(" + strings.Join(p, ", ") + ")"
}

func (k *kernel) arrays() []string {
	names := slices.Clone(k.out)
	for _, name := range k.in {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// A mover takes vectors of a kernel's arrays from memory and to it; off counts
// elements from where the kernel is.
type mover interface {
	input(name string, off int) *val
	store(r vreg, name string, off int)
	// normal is the noise of the elements at off.
	normal(off int) *val
	// addTo adds a vector of terms to the partial sums of the elements at off.
	addTo(off int, r vreg)
}

// or gives the kernel a shortcut.
func (k *kernel) or(s *shortcut) *kernel {
	k.short = s
	return k
}

// sinks is a body of the kernel for the vector at off.
func (k *kernel) sinks(m mover, off int, scalars []*val, body func(in, scalars []*val) []*val) []sink {
	var in []*val
	for _, name := range k.in {
		in = append(in, m.input(name, off))
	}
	if k.noise {
		in = append(in, m.normal(off))
	}
	vals := body(in, scalars)
	if k.optional != "" {
		vals = append(vals, m.normal(off)) // anew, so that it waits in no register
	}
	var sinks []sink
	if k.sum {
		sinks = append(sinks, sink{vals[len(k.out)], func(r vreg) { m.addTo(off, r) }, true})
	}
	for i, name := range k.out {
		sinks = append(sinks, sink{x: vals[i], done: func(r vreg) { m.store(r, name, off) }})
	}
	return sinks
}
