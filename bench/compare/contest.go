package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// A contest is a case of a bench: the same work for everybody.
type contest struct {
	bench, name string
	work        float64 // operations, elements or images of a call
	unit        string  // of a rate
	scale       float64 // units of work in one of a rate
	limit       limit
	trial       int // calls before outputs are checked; 0 is 1

	// enter makes the data and those who compete, the one that the others are
	// checked against first.
	enter func(f *field) ([]entrant, checker)
}

// An entrant is a way to do the work of a contest.
type entrant struct {
	name string
	kind kind
	// start prepares the work. An error says why the entrant does not compete.
	start func() (work, error)
}

type kind int

const (
	peer      kind = iota
	ours           // whom the contest is about
	reference      // ours too: the pure Go, or fewer threads
)

// work is prepared work: a timed call, and what the last call left.
type work struct {
	run    timed
	output func() ([]float32, error)
}

// local is work in this process that leaves out.
func local(run timed, out []float32) work {
	return work{run, func() ([]float32, error) { return out, nil }}
}

// A checker tells what is wrong with an output, given that of the first
// entrant, which is nil for that itself.
type checker func(out, first []float32) error

// A result is what a contest came to.
type result struct {
	contest
	threads int
	limits  []float64 // seconds, round by round
	scores  []score
}

// A score is what an entrant came to.
type score struct {
	name   string
	kind   kind
	absent string    // why it did not compete
	times  []float64 // seconds of a call, round by round
}

const (
	// enough is how long a batch of calls takes at least: many times what the
	// clock and a pipe cost.
	enough = 2 * time.Millisecond
	// long is a call that needs no other to warm it.
	long = 20 * time.Millisecond
	// pause lets the threads of the last batch go to sleep, which wait a while
	// for more work.
	pause = 3 * time.Millisecond
	// patience is how long a call of a reference may take: its numbers are not
	// worth the wait.
	patience = 50 * time.Millisecond
)

var errSlow = fmt.Errorf("a call takes more than %d ms", patience.Milliseconds())

// hold prepares and checks everybody, then lets them take turns.
func (c contest) hold(ctx context.Context, f *field, rounds int) (result, error) {
	r := result{contest: c, threads: f.threads}
	entrants, check := c.enter(f)
	entrants = slices.DeleteFunc(entrants, func(e entrant) bool { return e.kind != ours && !f.wants(e.name) })
	var first []float32
	var starters []starter
	for _, e := range entrants {
		s := score{name: e.name, kind: e.kind}
		w, err := e.start()
		var once time.Duration
		if err == nil {
			trial := max(1, c.trial)
			once, err = w.run(0, trial)
			once /= time.Duration(trial)
		}
		if err == nil && e.kind == reference && once > patience {
			err = errSlow
		}
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		if err != nil && e.kind == ours && err != errSlow {
			return r, fmt.Errorf("%s %s: %w", c.bench, c.name, err)
		}
		if err != nil {
			s.absent = err.Error()
			r.scores = append(r.scores, s)
			continue
		}
		out, err := w.output()
		if err != nil {
			return r, fmt.Errorf("%s %s: the output of %s: %w", c.bench, c.name, e.name, err)
		}
		if err := check(out, first); err != nil {
			return r, fmt.Errorf("%s %s: %s is wrong: %w", c.bench, c.name, e.name, err)
		}
		if first == nil {
			first = append([]float32(nil), out...)
		}
		starters = append(starters, starter{w.run, len(r.scores), 1, once < long})
		r.scores = append(r.scores, s)
	}
	for i := range starters {
		if err := starters[i].calibrate(); err != nil {
			return r, fmt.Errorf("%s %s: %s: %w", c.bench, c.name, r.scores[starters[i].score].name, err)
		}
	}
	for round := range rounds {
		r.limits = append(r.limits, f.meter.least(c.limit))
		// Who comes after whom changes, so that nobody always follows the same.
		for i := range starters {
			s := &starters[(i+round)%len(starters)]
			if ctx.Err() != nil {
				return r, ctx.Err()
			}
			if f.threads > 1 {
				time.Sleep(pause)
			}
			t, err := s.turn()
			if err != nil {
				return r, fmt.Errorf("%s %s: %s: %w", c.bench, c.name, r.scores[s.score].name, err)
			}
			r.scores[s.score].times = append(r.scores[s.score].times, t.Seconds()/float64(s.reps))
		}
	}
	return r, nil
}

// A starter is an entrant that competes.
type starter struct {
	run   timed
	score int // its index
	reps  int // calls that make a batch
	short bool
}

func (s *starter) turn() (time.Duration, error) {
	warm := 0
	if s.short {
		warm = 1
	}
	return s.run(warm, s.reps)
}

// calibrate finds how many calls make a batch.
func (s *starter) calibrate() error {
	for {
		t, err := s.turn()
		if err != nil || t >= enough {
			return err
		}
		more := 1.3 * float64(enough) / float64(max(t, time.Nanosecond))
		s.reps = int(float64(s.reps)*min(max(more, 1.3), 100)) + 1
	}
}
