package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/lanewise/lanewise/kernels"
)

// TestContest holds a contest in which one is absent and one is wrong.
func TestContest(t *testing.T) {
	f := &field{threads: 1, cpu: -1, meter: &meter{threads: 1}}
	sleep := calls(func() { time.Sleep(time.Millisecond) })
	enter := func(name string, k kind, answer float32, err error) entrant {
		return entrant{name, k, func() (work, error) { return local(sleep, []float32{answer}), err }}
	}
	entrants := []entrant{
		enter(ourName, ours, 1, nil),
		enter("peer", peer, 1, nil),
		enter("away", peer, 1, errors.New("not here")),
	}
	c := contest{bench: "b", name: "c", work: 1, scale: 1, enter: func(*field) ([]entrant, checker) {
		return entrants, func(out, first []float64) error {
			if first != nil && out[0] != first[0] {
				return errors.New("another answer")
			}
			return nil
		}
	}}
	r, err := c.hold(context.Background(), f, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.scores) != 3 || len(r.scores[1].times) != 3 || r.scores[2].absent != "not here" {
		t.Errorf("scores %+v", r.scores)
	}
	if got := r.ours().median; got < 1e-3 || got > 0.1 {
		t.Errorf("a millisecond took %v s", got)
	}
	// A peer that is wrong does not compete.
	entrants = append(entrants, enter("wrong", peer, 2, nil))
	if r, err = c.hold(context.Background(), f, 3); err != nil || len(r.scores) != 4 || r.scores[3].absent != "it is wrong: another answer" || r.scores[3].times != nil {
		t.Errorf("scores %+v, error %v", r.scores, err)
	}
	// If we are wrong, nothing counts.
	entrants = append(entrants, enter("ours too", reference, 2, nil))
	if _, err := c.hold(context.Background(), f, 3); err == nil || err.Error() != "b c: ours too: it is wrong: another answer" {
		t.Errorf("the error is %v", err)
	}
}

// TestCheckers runs ours through every check, and then something wrong.
func TestCheckers(t *testing.T) {
	if testing.Short() {
		t.Skip("seconds, and minutes under an emulator")
	}
	ctx := context.Background()
	set, err := kernels.Lookup("go")
	if err != nil {
		t.Fatal(err)
	}
	f := newField(ctx, settings{set: kernels.Default(), with: []string{}}, 1, nil, t.TempDir())
	defer f.close()
	all := slices.Concat(mapContests(), lossContests(), reparamContests(), adamContests())
	for _, s := range []shape{{m: 5, n: 7, k: 3}, {transA: true, m: 5, n: 7, k: 3}, {transB: true, m: 5, n: 7, k: 3}} {
		all = append(all,
			contest{bench: "gemm", name: s.String(), enter: func(f *field) ([]entrant, checker) { return gemmEntrants(f, s) }},
			contest{bench: "gemm64", name: s.String(), enter: func(f *field) ([]entrant, checker) { return gemm64Entrants(f, s) }})
	}
	if kernels.Default() != set {
		all = append(all, stepContests()...)
	}
	for _, c := range all {
		entrants, check := c.enter(f)
		w, err := entrants[0].start()
		if err == nil {
			_, err = w.run(0, max(1, c.trial))
		}
		if err != nil {
			t.Fatalf("%s %s: %v", c.bench, c.name, err)
		}
		out, err := w.output()
		if err != nil {
			t.Fatalf("%s %s: %v", c.bench, c.name, err)
		}
		if err := check(out, nil); err != nil {
			t.Errorf("%s %s: %v", c.bench, c.name, err)
		}
		for _, i := range []int{0, len(out) / 2, len(out) - 1} {
			wrong := slices.Clone(out)
			wrong[i] = 2*wrong[i] + 0.1
			if check(wrong, out) == nil {
				t.Errorf("%s %s: a wrong element %d of %d passes", c.bench, c.name, i, len(out))
			}
			wrong[i] = math.NaN()
			if check(wrong, out) == nil {
				t.Errorf("%s %s: a NaN at %d of %d passes", c.bench, c.name, i, len(out))
			}
		}
	}
}
