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
	short   *shortcut                                 // if there are special cases
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
