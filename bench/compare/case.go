package main

import "time"

// A case is a case of a bench: the same work for all implementations.
type benchCase struct {
	bench, name string
	work        float64 // operations, elements or images of a call
	unit        string  // of a rate
	scale       float64 // units of work in one of a rate
	limit       limit
	trial       int      // calls before outputs are checked; 0 is 1
	product     *shape   // of gemm and gemm64
	order       int      // of gonum's matrices
	against     []string // implementations that ours has a column of its own with

	// setUp makes the data and the implementations, the one that the others are
	// checked against first.
	setUp func(f *suite) ([]implementation, checker)
}

// An implementation is a way to do the work of a case.
type implementation struct {
	name string
	kind kind
	// start prepares the work. An error says why the implementation takes no part.
	start func() (work, error)
}

type kind int

const (
	peer      kind = iota
	ours           // what the others are compared with
	reference      // ours too: in pure Go, or on one thread
)

// work is prepared work: a timed call, and what the last call left.
type work struct {
	run    timed
	output func() ([]float64, error)
}

// local is work in this process that leaves out.
func local[T float](run timed, out []T) work {
	return work{run, func() ([]float64, error) { return widened(out), nil }}
}

// A timed function makes warm calls, then reps calls, and returns how long
// these took.
type timed func(warm, reps int) (time.Duration, error)

// calls makes a timed function of a Go function.
func calls(f func()) timed {
	return func(warm, reps int) (time.Duration, error) {
		for range warm {
			f()
		}
		start := time.Now()
		for range reps {
			f()
		}
		return time.Since(start), nil
	}
}

// A checker tells what is wrong with an output, given that of the first
// implementation, which is nil for that itself.
type checker func(out, first []float64) error

// A result is what a case came to.
type result struct {
	benchCase
	threads int
	limits  []float64 // seconds, round by round
	scores  []score

	// leftOut is the number of rounds, not among these, in which the threads had
	// fewer processors than there are threads. oversubscribed tells that all rounds
	// were such, so that they are the ones that are here.
	leftOut        int
	oversubscribed bool

	fewer int // rounds, where that is less than were asked for; or 0
}

// A score is what an implementation came to.
type score struct {
	name   string
	kind   kind
	absent string    // why it took no part
	times  []float64 // seconds of a call, round by round
}
