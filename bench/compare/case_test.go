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

// TestCompare compares a case in which one is absent and one is wrong.
func TestCompare(t *testing.T) {
	f := &suite{threads: 1, cpu: -1, meter: &meter{threads: 1}}
	sleep := calls(func() { time.Sleep(time.Millisecond) })
	named := func(name string, k kind, answer float32, err error) implementation {
		return implementation{name, k, func() (work, error) { return local(sleep, []float32{answer}), err }}
	}
	implementations := []implementation{
		named(ourName, ours, 1, nil),
		named("peer", peer, 1, nil),
		named("away", peer, 1, errors.New("not here")),
	}
	c := benchCase{bench: "b", name: "c", work: 1, scale: 1, setUp: func(*suite) ([]implementation, checker) {
		return implementations, func(out, first []float64) error {
			if first != nil && out[0] != first[0] {
				return errors.New("another answer")
			}
			return nil
		}
	}}
	r, err := c.compare(context.Background(), f, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.scores) != 3 || len(r.scores[1].times) != 3 || r.scores[2].absent != "not here" {
		t.Errorf("scores %+v", r.scores)
	}
	if got := r.ours().median; got < 1e-3 || got > 0.1 {
		t.Errorf("a millisecond took %v s", got)
	}
	// A peer that is wrong takes no part.
	implementations = append(implementations, named("wrong", peer, 2, nil))
	if r, err = c.compare(context.Background(), f, 3); err != nil || len(r.scores) != 4 || r.scores[3].absent != "it is wrong: another answer" || r.scores[3].times != nil {
		t.Errorf("scores %+v, error %v", r.scores, err)
	}
	// If we are wrong, nothing counts.
	implementations = append(implementations, named("ours too", reference, 2, nil))
	if _, err := c.compare(context.Background(), f, 3); err == nil || err.Error() != "b c: ours too: it is wrong: another answer" {
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
	f := newSuite(ctx, settings{set: kernels.Default(), with: []string{}}, 1, nil, t.TempDir())
	defer f.close()
	all := slices.Concat(mapCases(), lossCases(), reparamCases(), adamCases(), encodeCases()[:1], latencyCases())
	for _, s := range []shape{{m: 5, n: 7, k: 3}, {transA: true, m: 5, n: 7, k: 3}, {transB: true, m: 5, n: 7, k: 3}} {
		all = append(all,
			benchCase{bench: "gemm", name: s.String(), setUp: func(f *suite) ([]implementation, checker) { return gemmImplementations(f, s) }},
			benchCase{bench: "gemm64", name: s.String(), setUp: func(f *suite) ([]implementation, checker) { return gemm64Implementations(f, s) }})
	}
	for _, op := range gonumOps() {
		all = append(all, gonumCase(op, 7))
	}
	small := kernels.Convolution{Images: 2, Height: 7, Width: 6, Channels: 2, KernelHeight: 3, KernelWidth: 4, Filters: 3, StrideY: 2, StrideX: 1, Top: 1, Right: 2}
	for _, l := range []convLayer{{"small", false, small}, {"small", true, small}} {
		for _, product := range convProducts {
			all = append(all, convCase(l, product))
		}
	}
	if kernels.Default() != set {
		all = append(all, stepCases()...)
	}
	for _, c := range all {
		implementations, check := c.setUp(f)
		w, err := implementations[0].start()
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
