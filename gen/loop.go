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
	body    func(d domain, in, scalars []*val) []*val // the elements of out, and last the term of the sum
	short   *shortcut                                 // if there are special cases

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

// sinks is the kernel's body for the vector at off; key tells whether it is usual.
func (k *kernel) sinks(d domain, m mover, off int, scalars []*val) (sinks []sink, key *val) {
	var in []*val
	for _, name := range k.in {
		in = append(in, m.input(name, off))
	}
	if k.noise {
		in = append(in, m.normal(off))
	}
	vals := k.body(d, in, scalars)
	if d == usual {
		key = k.short.key(in)
		all := append(vals, key)
		merge(all)
		vals, key = all[:len(vals)], all[len(vals)]
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
	return sinks, key
}
