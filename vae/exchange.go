package vae

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// An Exchange joins processes, its ranks, that train one model together: [Options] with an
// Exchange make each of them compute the gradients of its own shards. What it carries is
// float32, of which some are parts of other numbers: it must not change a bit.
type Exchange interface {
	// Rank is the number of this process, from 0.
	Rank() int
	// Ranks is how many there are.
	Ranks() int
	// Swap sends numbers to another rank and receives as many as that one sends, while it
	// calls Swap with this one. One of the two may have nothing to send. It keeps neither
	// slice. An error ends the training.
	Swap(rank int, send, recv []float32) error
}

// A RankError is what ends a training on the other ranks where one fails, or does not
// answer.
type RankError struct {
	Rank int // which one
	Err  error
	Lost bool // it was not reached: this rank alone may know
}

func (e *RankError) Error() string { return fmt.Sprintf("vae: rank %d: %v", e.Rank, e.Err) }
func (e *RankError) Unwrap() error { return e.Err }

// ErrFailed is that of a rank that has an error of its own.
var ErrFailed = errors.New("it has failed")

// ranks are an exchange, or this process alone.
type ranks struct {
	e       Exchange // nil for one process
	stopped bool     // a rank's context has ended, as all know

	message []float32
	buffer  []float32
}

func (x *ranks) rank() int {
	if x.e == nil {
		return 0
	}
	return x.e.Rank()
}

func (x *ranks) n() int {
	if x.e == nil {
		return 1
	}
	return x.e.Ranks()
}

func (x *ranks) swap(rank int, send, recv []float32) error {
	if err := x.e.Swap(rank, send, recv); err != nil {
		return &RankError{Rank: rank, Err: err, Lost: true}
	}
	return nil
}

// A standing is how a rank stands when it shares what it has.
type standing float32

const (
	goesOn standing = iota
	stops           // its context has ended: all stop together
	fails           // all end with an error
)

// standingOf is that of a rank with this error.
func standingOf(ctx context.Context, err error) standing {
	switch {
	case err == nil:
		return goesOn
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return stops
	}
	return fails
}

// standing is that of this rank within a step.
func (x *ranks) standing(ctx context.Context) standing {
	if x.e == nil {
		return goesOn // who is alone asks between the steps
	}
	return standingOf(ctx, ctx.Err())
}

// share gives every rank the values of all. There are n groups of them, of which rank r of R has
// those from ⌊r·n/R⌋ to ⌊(r+1)·n/R⌋.
func (x *ranks) share(s standing, n int, values []float64) error {
	if x.e == nil {
		return nil
	}
	const words = 4 // of 16 bits, each of which is a number: a float32 made of any bits may be a NaN
	width := len(values) / n
	first := func(rank int) int { return width * part(rank, x.n(), n) }
	begin := func(rank int) int { return rank + words*first(rank) }
	fit(&x.message, begin(x.n()))
	own := x.message[begin(x.rank()):]
	own[0] = float32(s)
	for i, v := range values[first(x.rank()):first(x.rank()+1)] {
		put(own[1+words*i:][:words], v)
	}
	if err := x.gather(x.message, begin); err != nil {
		return err
	}
	for rank := range x.n() {
		theirs := x.message[begin(rank):]
		switch standing(theirs[0]) {
		case fails:
			return &RankError{Rank: rank, Err: ErrFailed}
		case stops:
			x.stopped = true
		}
		for i := range values[first(rank):first(rank+1)] {
			values[first(rank)+i] = get(theirs[1+words*i:][:words])
		}
	}
	return nil
}

// gather gives all ranks what each has of v: rank r that from begin(r) to begin(r+1).
func (x *ranks) gather(v []float32, begin func(rank int) int) (err error) {
	n, me := x.n(), x.rank()
	fold(n, func(to, from int) {
		theirs := v[begin(from):begin(min(2*from-to, n))]
		switch {
		case err != nil:
		case to == me:
			err = x.swap(from, nil, theirs)
		case from == me:
			err = x.swap(to, theirs, nil)
		}
	})
	if err != nil {
		return err
	}
	return x.broadcast(v)
}

// broadcast gives all ranks what the first has of v.
func (x *ranks) broadcast(v []float32) (err error) {
	n, me := x.n(), x.rank()
	unfold(n, func(from, to int) {
		switch {
		case err != nil:
		case to == me:
			err = x.swap(from, nil, v)
		case from == me:
			err = x.swap(to, v, nil)
		}
	})
	return err
}

// unfold goes back the way of fold: what the first has reaches all n.
func unfold(n int, give func(from, to int)) {
	step := 1
	for step < n {
		step *= 2
	}
	for ; step >= 1; step /= 2 {
		for i := 0; i+step < n; i += 2 * step {
			give(i, i+step)
		}
	}
}

// sum adds up v over the ranks from distance d on, of which there are a power of two, as
// fold does: with the neighbour first. Each of two ranks adds one half, and the halves are
// added up by themselves before the ranks swap them again (recursive halving and doubling:
// Thakur, Rabenseifner & Gropp, "Optimization of Collective Communication Operations in
// MPICH", 2005). Addition commutes, so both have the same bits.
func (x *ranks) sum(v []float32, d int, add func(to, from []float32)) error {
	if d == x.n() {
		return nil
	}
	keep, give := v[:len(v)/2], v[len(v)/2:]
	if x.rank()&d != 0 {
		keep, give = give, keep
	}
	fit(&x.buffer, len(keep))
	other := x.rank() ^ d
	if err := x.swap(other, give, x.buffer); err != nil {
		return err
	}
	add(keep, x.buffer)
	if err := x.sum(keep, 2*d, add); err != nil {
		return err
	}
	return x.swap(other, keep, give)
}

// sumTree adds up the rows of all shards, of which each rank has as many, one node of the
// tree of fold after another. It leaves the sum in the first row of every rank.
func (x *ranks) sumTree(rows [][]float32, add func(to, from []float32)) (err error) {
	first := x.rank() * len(rows)
	own := func(shard int) []float32 {
		if shard < first || shard >= first+len(rows) {
			return nil
		}
		return rows[shard-first]
	}
	fold(x.n()*len(rows), func(to, from int) {
		a, b := own(to), own(from)
		switch {
		case err != nil || a == nil && b == nil:
		case b == nil:
			fit(&x.buffer, len(a))
			if err = x.swap(from/len(rows), nil, x.buffer); err == nil {
				add(a, x.buffer)
			}
		case a == nil:
			err = x.swap(to/len(rows), b, nil)
		default:
			add(a, b)
		}
	})
	if err != nil {
		return err
	}
	return x.broadcast(rows[0])
}

// put makes four numbers below 2^16 of the bits of v, and get makes v of them.
func put(words []float32, v float64) {
	bits := math.Float64bits(v)
	for i := range words {
		words[i] = float32(uint16(bits >> (16 * i)))
	}
}

func get(words []float32) float64 {
	var bits uint64
	for i, w := range words {
		bits |= uint64(w) << (16 * i)
	}
	return math.Float64frombits(bits)
}

// ended is the error of ctx, once all ranks know of the end.
func (x *ranks) ended(ctx context.Context) error {
	if x.e == nil {
		return ctx.Err()
	}
	if !x.stopped {
		return nil
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return context.Canceled // that of another rank
}
