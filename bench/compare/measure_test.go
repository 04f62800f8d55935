package main

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"
)

// An answeringMeter finds a processor for each thread, or not, one answer after
// another.
type answeringMeter struct{ answers []bool }

func (m *answeringMeter) least(limit) float64 { return 1 }

func (m *answeringMeter) ownProcessors() bool {
	a := m.answers[0]
	m.answers = append(m.answers[1:], a)
	return a
}

func TestOversubscribedRoundsAreLeftOut(t *testing.T) {
	for _, c := range []struct {
		answers        []bool
		rounds         int // that count
		leftOut        int
		oversubscribed bool
	}{
		{[]bool{true}, 4, 0, false},
		{[]bool{false}, 8, 0, true},
		// Rounds 0, 3, 6 and 9 would count; there are eight at most.
		{[]bool{true, true, false}, 3, 5, false},
		{[]bool{true, true, true, true, false}, 4, 2, false},
	} {
		n := 0
		entry := implementation{ourName, ours, func() (work, error) {
			return local(func(warm, reps int) (time.Duration, error) {
				n++
				return time.Second, nil
			}, []float32{1}), nil
		}}
		f := &suite{threads: 2, cpu: -1, meter: &answeringMeter{slices.Clone(c.answers)}}
		r, err := benchCase{bench: "b", name: "c", scale: 1, setUp: func(*suite) ([]implementation, checker) {
			return []implementation{entry}, func(out, first []float64) error { return nil }
		}}.compare(context.Background(), f, 4)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.limits) != c.rounds || len(r.scores[0].times) != c.rounds || r.leftOut != c.leftOut || r.oversubscribed != c.oversubscribed {
			t.Errorf("%v: %d rounds, %d times, %d left out, oversubscribed %v", c.answers, len(r.limits), len(r.scores[0].times), r.leftOut, r.oversubscribed)
		}
		notes := strings.Join(oversubscribedNotes([]result{r}), "\n")
		if (c.leftOut > 0) != strings.Contains(notes, "left out, for want of 2 processors") || c.oversubscribed != strings.Contains(notes, "no round had 2 processors") {
			t.Errorf("%v: %q", c.answers, notes)
		}
	}
}

func TestCalibrate(t *testing.T) {
	for _, c := range []struct {
		first, call time.Duration
		threads     int
		warm, reps  int // at least
	}{
		{time.Microsecond, time.Microsecond, 1, 1, 2000},
		{time.Microsecond, time.Microsecond, 2, 15000, 2000},
		{30 * time.Millisecond, 30 * time.Millisecond, 1, 0, 1},
		{30 * time.Millisecond, 30 * time.Millisecond, 2, 1, 1},
		{time.Second, time.Second, 2, 0, 1},
		{time.Second, time.Microsecond, 1, 1, 2000}, // the first one compiles
	} {
		s := runner{reps: 1, once: c.first, run: func(warm, reps int) (time.Duration, error) {
			return time.Duration(reps) * c.call, nil
		}}
		if err := s.calibrate(context.Background(), c.threads); err != nil {
			t.Fatal(err)
		}
		if s.warm < c.warm || s.warm > c.warm*2+1 || s.reps < c.reps || s.reps > 2*c.reps {
			t.Errorf("a call of %v on %d threads: %d calls after %d", c.call, c.threads, s.reps, s.warm)
		}
	}
}

// TestAffordable has fewer rounds of what takes long, and one at least.
func TestAffordable(t *testing.T) {
	for _, c := range []struct {
		once time.Duration
		want int
	}{{time.Millisecond, 11}, {3 * time.Second, 2}, {time.Hour, 1}, {0, 11}} {
		runners := []runner{{reps: 1, once: c.once}, {reps: 2, warm: 1, once: c.once}}
		if got := affordable(runners, 11); got != c.want {
			t.Errorf("%d rounds of calls of %v, want %d", got, c.once, c.want)
		}
	}
}
