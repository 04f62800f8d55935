package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

const (
	// batchTime is how long a batch of calls takes at least: many times what the
	// clock and a pipe cost.
	batchTime = 2 * time.Millisecond
	// long is a call that is a batch, and needs no other to warm it.
	long = 20 * time.Millisecond
	// pause lets the threads of the last batch go to sleep, which wait a while
	// for more work.
	pause = 3 * time.Millisecond
	// settle is how long more threads than one work before they are measured.
	// Linux often wakes a thread on the processor of the one that wakes it, and
	// takes some milliseconds to move it to an idle one.
	settle = 15 * time.Millisecond
	// mostInGo is how long a call of the reference may take, and mostOfRival one
	// of a program of bench/rivals: their numbers are not worth a longer wait.
	mostInGo    = 50 * time.Millisecond
	mostOfRival = 500 * time.Millisecond
	// mostOfCase is how long the rounds of a case may take, but for one: of what
	// takes minutes there are few.
	mostOfCase = 30 * time.Second
)

var errSlow = slow(mostInGo)

func slow(most time.Duration) error {
	return fmt.Errorf("a call takes more than %d ms", most.Milliseconds())
}

// compare prepares and checks all implementations, then measures them in alternation.
func (c benchCase) compare(ctx context.Context, su *suite, rounds int) (result, error) {
	r := result{benchCase: c, threads: su.threads}
	runners, err := r.prepare(ctx, su)
	if err == nil {
		// Not before: libraries that look at their thread's processors when they
		// are first called see all.
		release := su.pin()
		err = r.measure(ctx, su, runners, rounds)
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

// prepare lets all implementations work once. Those that take part have done it
// right; the others have a reason.
func (r *result) prepare(ctx context.Context, su *suite) ([]runner, error) {
	implementations, check := r.setUp(su)
	trial := max(1, r.trial)
	var first []float64
	var runners []runner
	for _, e := range implementations {
		if e.kind != ours && !su.wants(e.name) {
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
		case err == nil && e.name == pureName && once > mostInGo:
			err = errSlow
		case err == nil && su.isRival(e.name) && once > mostOfRival:
			err = slow(mostOfRival)
		case err != nil && e.kind == ours && err != errSlow:
			return nil, err
		}
		if err == nil {
			var out []float64
			if out, err = w.output(); err == nil {
				err = check(out, first)
			}
			if err != nil {
				err = fmt.Errorf("it is wrong: %w", err)
			}
			// A peer's approximation may be too rough; ours must not be.
			if err != nil && e.kind != peer {
				return nil, fmt.Errorf("%s: %w", e.name, err)
			}
			if first == nil {
				first = slices.Clone(out)
			}
		}
		if err == nil {
			runners = append(runners, runner{name: e.name, run: w.run, score: len(r.scores), reps: 1, once: once})
		} else {
			s.absent = err.Error()
		}
		r.scores = append(r.scores, s)
	}
	return runners, nil
}

// measure takes the times of all rounds. A round is left out if the threads did
// not all have a processor before it and after it, and another takes its place,
// until there are twice as many.
func (r *result) measure(ctx context.Context, su *suite, runners []runner, rounds int) error {
	for i := range runners {
		if err := runners[i].calibrate(ctx, su.threads); err != nil {
			return err
		}
	}
	if n := affordable(runners, rounds); n < rounds {
		rounds, r.fewer = n, n
	}
	var out result // the rounds that are left out
	out.scores = slices.Clone(r.scores)
	before := su.meter.ownProcessors()
	for round := 0; len(r.limits) < rounds && round < 2*rounds; round++ {
		limit := su.meter.least(r.limit)
		times := make([]float64, len(runners))
		// Which implementation follows which changes: none has always the same before it.
		for i := range runners {
			at := (i + round) % len(runners)
			if su.threads > 1 {
				time.Sleep(pause)
			}
			t, err := runners[at].batch(ctx)
			if err != nil {
				return err
			}
			times[at] = t.Seconds() / float64(runners[at].reps)
		}
		after := su.meter.ownProcessors()
		to := r
		if !before || !after {
			to = &out
		}
		before = after
		to.limits = append(to.limits, limit)
		for i, s := range runners {
			to.scores[s.score].times = append(to.scores[s.score].times, times[i])
		}
	}
	r.leftOut = len(out.limits)
	if len(r.limits) == 0 {
		r.limits, r.scores = out.limits, out.scores
		r.leftOut, r.oversubscribed = 0, true
	}
	return nil
}

// affordable is how many rounds there is time for.
func affordable(runners []runner, rounds int) int {
	var round time.Duration
	for _, s := range runners {
		round += time.Duration(s.warm+s.reps) * s.once
	}
	return max(1, min(rounds, int(mostOfCase/max(round, 1))))
}

// A runner is an implementation that takes part.
type runner struct {
	name  string
	run   timed
	score int           // its index
	once  time.Duration // a call: the first one, until calibrate knows better
	warm  int           // calls before a batch
	reps  int           // calls of a batch
}

// batch makes the calls of a round.
func (s *runner) batch(ctx context.Context) (time.Duration, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	t, err := s.run(s.warm, s.reps)
	if err != nil {
		err = fmt.Errorf("%s: %w", s.name, err)
	}
	return t, err
}

// calibrate finds how many calls make a batch, and how many come before it.
func (s *runner) calibrate(ctx context.Context, threads int) error {
	if s.once >= long { // it may have compiled, or loaded, what further calls have
		t, err := s.batch(ctx)
		if err != nil {
			return err
		}
		s.once = t
	}
	if s.once < long {
		s.warm = 1
		for {
			t, err := s.batch(ctx)
			if err != nil {
				return err
			}
			if t >= batchTime {
				s.once = t / time.Duration(s.reps)
				break
			}
			more := 1.3 * float64(batchTime) / float64(max(t, time.Nanosecond))
			s.reps = int(float64(s.reps)*min(max(more, 1.3), 100)) + 1
		}
	}
	// A call that is much longer contains the time in which threads settle.
	if threads > 1 && s.once < 10*settle {
		s.warm = int(settle/max(s.once, time.Nanosecond)) + 1
	}
	return nil
}
