package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lanewise/lanewise/kernels"
)

// made is a result as a run would leave it: we take 1 ms, a fast peer 2 ms, a
// slow one 4 ms, and one is not there. One round is disturbed, for all alike.
func made(bench, name string, threads int) result {
	times := func(ms float64) []float64 { return []float64{ms * 1e-3, ms * 5e-3, ms * 1e-3} }
	return result{
		contest: contest{bench: bench, name: name, work: 1e6, unit: "Gelem/s", scale: 1e9, limit: limit{bytes: 8e6}},
		threads: threads,
		limits:  times(0.5),
		scores: []score{
			{name: ourName, kind: ours, times: times(1)},
			{name: "slow", times: times(4)},
			{name: "fast", times: times(2)},
			{name: "away", absent: "it is not | here"},
		},
	}
}

func madeReport() report {
	return report{
		machine: machine{CPU: "a processor", Cores: 2, Set: "avx2", Date: "2026-01-01"}, rounds: 3,
		contestants: []contestant{{Name: ourName, Version: "avx2"}, {Name: "away", Absent: "it is not here"}},
		results:     []result{made("map", "exp", 1), made("map", "log", 1), made("adam", "all", 1), made("map", "exp", 2)},
	}
}

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		xs   []float64
		want spread
	}{
		{[]float64{3}, spread{3, 3, 3}},
		{[]float64{4, 1, 3, 2}, spread{1.75, 2.5, 3.25}},
		{[]float64{5, 1, 2, 4, 3}, spread{2, 3, 4}},
	} {
		if got := spreadOf(c.xs); got != c.want {
			t.Errorf("spreadOf(%v) = %v, want %v", c.xs, got, c.want)
		}
	}
	if s := spreadOf(nil); !math.IsNaN(s.median) {
		t.Errorf("spreadOf(nil) = %v", s)
	}
	if g := geometricMean([]float64{1, 4}); math.Abs(g-2) > 1e-12 {
		t.Errorf("geometricMean(1, 4) = %v", g)
	}
}

func TestSummary(t *testing.T) {
	r := made("map", "exp", 1)
	if best := r.scores[r.best()].name; best != "fast" {
		t.Errorf("the best peer is %s", best)
	}
	own := r.ours()
	if own.median != 1e-3 || math.Abs(own.rate-1) > 1e-12 || own.ratio != (spread{2, 2, 2}) || own.fraction != 0.5 {
		t.Errorf("we are %+v", own)
	}
	if all := r.summaries(); all[3].absent == "" || !math.IsNaN(all[3].median) || all[1].ratio.median != 0.5 {
		t.Errorf("the others are %+v", all[1:])
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := writeJSON(&b, madeReport()); err != nil {
		t.Fatal(err)
	}
	var file struct {
		Rows []map[string]any `json:"rows"`
	}
	if err := json.Unmarshal(b.Bytes(), &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Rows) != 16 {
		t.Fatalf("%d rows", len(file.Rows))
	}
	for key, want := range map[string]any{
		"bench": "map", "case": "exp", "threads": 1.0, "contestant": ourName, "median_s": 1e-3, "rate": 1.0,
		"unit": "Gelem/s", "ratio_to_best_peer": 2.0, "fraction_of_limit": 0.5, "best_peer": "fast",
	} {
		if got := file.Rows[0][key]; got != want {
			t.Errorf("%s is %v, want %v", key, got, want)
		}
	}
	if away := file.Rows[3]; away["median_s"] != nil || away["absent"] != "it is not | here" {
		t.Errorf("the absent one is %v", away)
	}
}

func TestTables(t *testing.T) {
	var text, markdown bytes.Buffer
	table := textTable{out: &text}
	for _, r := range madeReport().results[:2] {
		if err := table.add(r); err != nil {
			t.Fatal(err)
		}
	}
	if err := table.end(); err != nil {
		t.Fatal(err)
	}
	if err := writeMarkdown(&markdown, madeReport()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"map, 1 thread, in Gelem/s", "2.00 (2.00–2.00)", "2.00 in the geometric mean, 1 or more in 2 of 2",
		"copy bandwidth, GB/s: 16.0", "absent: away: it is not | here",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
	for _, want := range []string{
		"**map, 1 thread, in Gelem/s**", "**map, 2 threads, in Gelem/s**", "**adam, 1 thread, in Gelem/s**",
		"| exp | 1.00 ms | 1.00 | 50 % | 2.00 (2.00–2.00) | fast | 0.250 | 0.500 | – |", `it is not \| here`,
	} {
		if !strings.Contains(markdown.String(), want) {
			t.Errorf("%q is not in\n%s", want, &markdown)
		}
	}
	// A bench without peers has dashes.
	alone := made("map", "exp", 1)
	alone.scores = alone.scores[:1]
	if line := newGrid(alone).line(alone); line[4] != none || line[5] != none {
		t.Errorf("without peers: %v", line)
	}
}

func TestDuration(t *testing.T) {
	for s, want := range map[float64]string{
		2: "2.00 s", 0.9999: "1.00 s", 1.5e-3: "1.50 ms", 123.4e-6: "123 µs", 99.96e-6: "100 µs", 5e-9: "5.00 ns",
	} {
		if got := duration(s); got != want {
			t.Errorf("duration(%v) = %q, want %q", s, got, want)
		}
	}
}

func TestPicture(t *testing.T) {
	for name, r := range map[string]report{"some": madeReport(), "none": {}} {
		var b bytes.Buffer
		if err := writePNG(&b, r); err != nil {
			t.Fatal(err)
		}
		if _, err := png.Decode(&b); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestFlags(t *testing.T) {
	s, err := parse([]string{"-only", "map,gemm", "-threads", "1,3", "-rounds", "7", "-set", "go", "-match", "^TN", "-with", "jax"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(s.only, []string{"map", "gemm"}) || !slices.Equal(s.threads, []int{1, 3}) || s.rounds != 7 || s.set.Name() != "go" || !s.match.MatchString("TN 1x1x1") {
		t.Errorf("parsed %+v", s)
	}
	for _, args := range [][]string{
		{"-only", "gem"}, {"-only", ""}, {"-threads", "0"}, {"-threads", "1,"}, {"-rounds", "0"}, {"-rounds", "x"},
		{"-set", "sse"}, {"-match", "("}, {"-unknown"}, {"argument"}, {"-match", "no such case"},
		{"-with", "nobody"}, {"-json", filepath.Join(t.TempDir(), "no", "such", "folder.json")}, {"-png", t.TempDir()},
	} {
		var out, errs bytes.Buffer
		if code := run(context.Background(), args, &out, &errs); code != 1 {
			t.Errorf("%v: exit status %d", args, code)
		}
		if strings.Count(errs.String(), "\n") != 1 || !strings.HasPrefix(errs.String(), "compare: ") || out.Len() != 0 {
			t.Errorf("%v: %q, and %q", args, &errs, &out)
		}
	}
	var out bytes.Buffer
	if code := run(context.Background(), []string{"-h"}, &out, io.Discard); code != 0 || !strings.Contains(out.String(), "-markdown") {
		t.Errorf("-h: exit status %d, %s", code, &out)
	}
}

// without skips a test that would start the peers.
func without(t *testing.T) {
	if withPeers {
		t.Skip("it would start the peers")
	}
}

func TestRun(t *testing.T) {
	without(t)
	if testing.Short() {
		t.Skip("seconds, and minutes under an emulator")
	}
	file := filepath.Join(t.TempDir(), "f.json")
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"-only", "gemm,map", "-match", "^(exp|NT 1x20x400)$", "-rounds", "2", "-threads", "1,2", "-json", file}, &out, &errs); code != 0 {
		t.Fatalf("exit status %d: %s", code, &errs)
	}
	for _, want := range []string{"NT 1x20x400", "exp", "gonum", "all others", "2 threads"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, &out)
		}
	}
	if b, err := os.ReadFile(file); err != nil || !json.Valid(b) {
		t.Errorf("the file: %v, %s", err, b)
	}
	if rest, _ := filepath.Glob(filepath.Join(filepath.Dir(file), ".*")); len(rest) != 0 {
		t.Errorf("left over: %v", rest)
	}
}

func TestInterrupted(t *testing.T) {
	without(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	file := filepath.Join(t.TempDir(), "f.json")
	var errs bytes.Buffer
	if code := run(ctx, []string{"-only", "map", "-json", file}, io.Discard, &errs); code != 130 || errs.String() != "compare: interrupted\n" {
		t.Errorf("exit status %d, %q", code, &errs)
	}
	if _, err := os.Stat(file); err == nil {
		t.Error("it wrote a file")
	}
}

// TestContest holds a contest in which one is absent and one is wrong.
func TestContest(t *testing.T) {
	f := &field{threads: 1, meter: meter{threads: 1}}
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
		return entrants, func(out, first []float32) error {
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
	entrants = append(entrants, enter("wrong", peer, 2, nil))
	if _, err := c.hold(context.Background(), f, 3); err == nil || err.Error() != "b c: wrong is wrong: another answer" {
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
	for _, p := range []product{{m: 5, n: 7, k: 3}, {transA: true, m: 5, n: 7, k: 3}, {transB: true, m: 5, n: 7, k: 3}} {
		all = append(all, contest{bench: "gemm", name: p.String(), enter: func(f *field) ([]entrant, checker) { return gemmEntrants(f, p) }})
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
			wrong[i] = float32(math.NaN())
			if check(wrong, out) == nil {
				t.Errorf("%s %s: a NaN at %d of %d passes", c.bench, c.name, i, len(out))
			}
		}
	}
}

func TestFloatsTravel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	want := []float32{0, -1.5, math.MaxFloat32, math.SmallestNonzeroFloat32}
	if err := writeFloats(file, want); err != nil {
		t.Fatal(err)
	}
	if got, err := readFloats(file); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTail(t *testing.T) {
	var s tail
	for range 1000 {
		s.Write([]byte("a line that is long enough to be many\n"))
	}
	s.Write([]byte("the last\n\n"))
	if s.last() != "the last" || len(s.text) > 8192 {
		t.Errorf("%q of %d bytes", s.last(), len(s.text))
	}
}

func TestAligned(t *testing.T) {
	for n := range 40 {
		if x := normal(1, n+1); len(x) != n+1 || cap(x) != n+1 {
			t.Errorf("%d elements of %d", len(x), cap(x))
		}
	}
}
