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
	trial       int      // calls before outputs are checked; 0 is 1
	product     *product // of gemm

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
	reference      // ours too: in pure Go, or on one thread
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
	// long is a call that is a batch, and needs no other to warm it.
	long = 20 * time.Millisecond
	// pause lets the threads of the last batch go to sleep, which wait a while
	// for more work.
	pause = 3 * time.Millisecond
	// patience is how long a call in pure Go may take: its numbers are not
	// worth a longer wait.
	patience = 50 * time.Millisecond
)

var errSlow = fmt.Errorf("a call takes more than %d ms", patience.Milliseconds())

// hold prepares and checks everybody, then measures them in alternation.
func (c contest) hold(ctx context.Context, f *field, rounds int) (result, error) {
	r := result{contest: c, threads: f.threads}
	starters, err := r.prepare(ctx, f)
	if err == nil {
		// Not before: libraries that look at their thread's processors when they
		// are first called see all.
		release := f.pin()
		err = r.measure(ctx, f, starters, rounds)
		release()
	}
	if ctx.Err() != nil {
		err = ctx.Err()
	}
	if err != nil {
		err = fmt.Errorf("%s %s: %w", c.bench, c.name, err)
	}
	return r, err
}

// measure takes the times of all rounds.
func (r *result) measure(ctx context.Context, f *field, starters []starter, rounds int) error {
	for i := range starters {
		if s := &starters[i]; s.short {
			if err := s.calibrate(ctx); err != nil {
				return err
			}
		}
	}
	for round := range rounds {
		r.limits = append(r.limits, f.meter.least(r.limit))
		// Who comes after whom changes, so that nobody always follows the same.
		for i := range starters {
			s := &starters[(i+round)%len(starters)]
			if f.threads > 1 {
				time.Sleep(pause)
			}
			t, err := s.batch(ctx)
			if err != nil {
				return err
			}
			r.scores[s.score].times = append(r.scores[s.score].times, t.Seconds()/float64(s.reps))
		}
	}
	return nil
}

// prepare lets everybody work once. Who then competes has done it right; who
// does not has a reason.
func (r *result) prepare(ctx context.Context, f *field) ([]starter, error) {
	entrants, check := r.enter(f)
	trial := max(1, r.trial)
	var first []float32
	var starters []starter
	for _, e := range entrants {
		if e.kind != ours && !f.wants(e.name) {
			continue
		}
		s := score{name: e.name, kind: e.kind}
		w, err := e.start()
		var once time.Duration
		if err == nil {
			once, err = w.run(0, trial)
			once /= time.Duration(trial)
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err == nil && e.name == pureName && once > patience:
			err = errSlow
		case err != nil && e.kind == ours && err != errSlow:
			return nil, err
		}
		if err == nil {
			out, err := w.output()
			if err == nil {
				err = check(out, first)
			}
			if err != nil {
				return nil, fmt.Errorf("%s is wrong: %w", e.name, err)
			}
			if first == nil {
				first = slices.Clone(out)
			}
			starters = append(starters, starter{name: e.name, run: w.run, score: len(r.scores), reps: 1, short: once < long})
		} else {
			s.absent = err.Error()
		}
		r.scores = append(r.scores, s)
	}
	return starters, nil
}

// A starter is an entrant that competes.
type starter struct {
	name  string
	run   timed
	score int // its index
	reps  int // calls that make a batch
	short bool
}

// batch makes the calls of a round.
func (s *starter) batch(ctx context.Context) (time.Duration, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	warm := 0
	if s.short {
		warm = 1
	}
	t, err := s.run(warm, s.reps)
	if err != nil {
		err = fmt.Errorf("%s: %w", s.name, err)
	}
	return t, err
}

// calibrate finds how many calls make a batch.
func (s *starter) calibrate(ctx context.Context) error {
	for {
		t, err := s.batch(ctx)
		if err != nil || t >= enough {
			return err
		}
		more := 1.3 * float64(enough) / float64(max(t, time.Nanosecond))
		s.reps = int(float64(s.reps)*min(max(more, 1.3), 100)) + 1
	}
}
