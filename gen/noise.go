package main

import "slices"

// A group of noise passes through the local variable: its words, and the normal
// numbers that these make.

// noiseGroup is the number of elements that sumLanes counters yield: element
// 16·j + lane of a group is word j of counter lane.
const noiseGroup = 4 * sumLanes

// A noiseSet is a set that makes noise.
type noiseSet interface {
	elementSet
	// noiseWord is a 32-bit word of the arguments.
	noiseWord(at int) *val
	// numbers are lane, lane+1, …
	numbers(lane int) *val
	keys(argument argumentWord) [philoxRounds][2]*val
	// philox lists words of counters whose lower halves are given, after what is best
	// computed before them.
	philox(lower *val, argument argumentWord, keys [philoxRounds][2]*val) (before []*val, words [4]*val)
	// Vectors at some byte of the local variable.
	toLocal(at int) func(vreg)
	fromLocal(at int) *val
	// normalsAt is where normal numbers go, which may be where their words are.
	normalsAt() int
}

// noiseWords are the bodies that draw the words of the counter's group.
func noiseWords(m noiseSet) (all bodies) {
	arguments := map[int]*val{}
	for at := noiseSeed; at < noiseCounter+8; at += 4 {
		arguments[at] = m.noiseWord(at)
	}
	argument := func(at int) *val { return arguments[at] }
	keys := m.keys(argument)
	var xs []*val
	for lane := 0; lane < sumLanes; lane += m.lanes() {
		before, words := m.philox(iadd(argument(noiseCounter), m.numbers(lane)), argument, keys)
		var sinks []sink
		for range before {
			sinks = append(sinks, sink{})
		}
		for j := range words {
			sinks = append(sinks, sink{done: m.toLocal(4 * (j*sumLanes + lane))})
		}
		xs, all = slices.Concat(xs, before, words[:]), append(all, sinks)
	}
	eliminateCommon(xs) // what is the same for all counters
	for _, sinks := range all {
		for i := range sinks {
			sinks[i].x, xs = xs[0], xs[1:]
		}
	}
	return all
}

// writeNormals makes normal numbers of the words. Each step has all registers, to go
// several vectors side by side. The radii take the place of their words.
func writeNormals(m noiseSet) {
	var radii, results bodies
	eachPair(m, func(w0, w1 *val, at0, at1 int) {
		radii = append(radii, []sink{{x: radius(w0), done: m.toLocal(at0)}})
		z0, z1 := atRadius(m.fromLocal(at0), w1)
		results = append(results, []sink{
			{x: z0, done: m.toLocal(m.normalsAt() + at0)},
			{x: z1, done: m.toLocal(m.normalsAt() + at1)},
		})
	})
	inSteps(m, radii)
	for ; len(results) > 0; results = results[2:] {
		sideBySide(m, results[:2])
	}
}

// eachPair calls f for the vectors of words that make normal numbers together, and
// for where they are.
func eachPair(m noiseSet, f func(w0, w1 *val, at0, at1 int)) {
	for lane := 0; lane < sumLanes; lane += m.lanes() {
		for j := 0; j < 4; j += 2 {
			at0 := 4 * (j*sumLanes + lane)
			at1 := at0 + 4*sumLanes
			f(m.fromLocal(at0), m.fromLocal(at1), at0, at1)
		}
	}
}

// inSteps writes bodies, as many side by side as there are registers for.
func inSteps(m machine, bodies bodies) {
	w := len(bodies)
	for w > 1 && !registersSuffice(m, func() { sideBySide(m, bodies[:w]) }) {
		w /= 2
	}
	pinned := pinFor(m, constants(operations(bodies[0]), m.takesInRegister), func() { sideBySide(m, bodies[:w]) })
	for ; len(bodies) > 0; bodies = bodies[w:] {
		sideBySide(m, bodies[:w])
	}
	unpin(m, pinned)
}
