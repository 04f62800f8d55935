package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A channelWorld is one of several ranks in this process.
type channelWorld struct {
	rank int
	to   [][]chan []float32 // from each to each
}

func (w channelWorld) Rank() int  { return w.rank }
func (w channelWorld) Ranks() int { return len(w.to) }

func (w channelWorld) Swap(rank int, send, recv []float32) error {
	if len(send) > 0 {
		w.to[w.rank][rank] <- slices.Clone(send)
	}
	if len(recv) > 0 {
		got := <-w.to[rank][w.rank]
		if len(got) != len(recv) {
			return fmt.Errorf("rank %d has sent %d numbers instead of %d", rank, len(got), len(recv))
		}
		copy(recv, got)
	}
	return nil
}

func (w channelWorld) Watch(time.Duration, func(rank int)) {}
func (w channelWorld) Abort(int)                           { panic(errAborted) }
func (w channelWorld) Close() error                        { return nil }

// trainTogether trains on several ranks with the arguments of each, and gives what rank 0
// prints.
func trainTogether(t *testing.T, args ...[]string) (stdout, stderr string) {
	t.Helper()
	to := make([][]chan []float32, len(args))
	for i := range to {
		for range args {
			to[i] = append(to[i], make(chan []float32, 16))
		}
	}
	var out, log bytes.Buffer
	var all sync.WaitGroup
	for rank := range args {
		all.Go(func() {
			std := streams{in: strings.NewReader(""), out: &out, err: &log}
			r := &ranks{channelWorld{rank, to}, &log}
			r.run(std, func(std streams, r *ranks) error {
				return trainOn(context.Background(), std, args[rank][1:], r)
			})
		})
	}
	done := make(chan bool)
	go func() { all.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatalf("the ranks do not end: %s", &log)
	}
	return out.String(), log.String()
}

// TestRankErrors: whatever is wrong on one of the ranks, and wherever, is the line of rank 0,
// which names it; no rank waits for another.
func TestRankErrors(t *testing.T) {
	data, out := smallData(t), filepath.Join(t.TempDir(), "run")
	good := tiny(data, out, "-shards", "auto", "-threads", "2")
	for want, wrong := range map[string][]string{
		"nowhere":                tiny("nowhere", out, "-shards", "auto", "-threads", "2"),
		"invalid value":          append(slices.Clone(good), "-lr", "nan"),
		"no such file":           append(slices.Clone(good), "-model", "no.json"),
		"images of 14×14×1":      {"train", "-data", data, "-out", out, "-epochs", "1", "-shards", "auto", "-preset", "keras", "-size", "14"},
		"no folder of a run":     {"train", "-resume", filepath.Join(out, "none")},
		"settings are not those": append(slices.Clone(good), "-lr", "0.5"),
	} {
		for rank := range 3 {
			args := [][]string{good, good, good}
			args[rank] = wrong
			stdout, stderr := trainTogether(t, args...)
			lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
			last, name := lines[len(lines)-1], fmt.Sprintf("vae: rank %d: ", rank)
			switch {
			case want == "settings are not those" && rank == 0:
				name = "vae: rank 1: " // rank 0 is what others are compared with
			case rank == 0:
				name = "vae: "
			}
			if stdout != "" || !strings.HasPrefix(last, name) || !strings.Contains(last, want) || strings.Count(stderr, "vae: ") != 1 {
				t.Errorf("%s on rank %d: %s%s", want, rank, stdout, stderr)
			}
		}
	}
}

// TestRanksRecorded: the model is that of one process, and run.json says on what each of the
// ranks has run.
func TestRanksRecorded(t *testing.T) {
	data, dir := smallData(t), t.TempDir()
	weights := regexp.MustCompile("(?m)^weights .*")
	alone, _ := must(t, tiny(data, filepath.Join(dir, "alone"), "-shards", "8")...)
	out := filepath.Join(dir, "ranks")
	args := func(threads string) []string { return tiny(data, out, "-shards", "auto", "-threads", threads) }
	stdout, stderr := trainTogether(t, args("4"), args("1"))
	if want := weights.FindString(alone); want == "" || weights.FindString(stdout) != want || !strings.Contains(stderr, "-shards auto takes 8 for 8 threads") {
		t.Fatalf("%s%s, want %s", stdout, stderr, want)
	}
	d, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	s := d.Sessions[0]
	if len(s.Ranks) != 2 || s.Ranks[0] != s.machine || s.Ranks[0].Threads != 4 || s.Ranks[1].Threads != 1 || s.Ranks[1].Set != s.Set {
		t.Errorf("%+v", s)
	}
	d.Sessions[0].Ranks[1].Set = "other" // no machine has a set of this name
	if got, want := d.trainedOn(epochRange{1, 1}, s.Set), "where "+s.Set+" and other had trained"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	must(t, "verify", out)
}
