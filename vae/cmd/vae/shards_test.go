package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestChooseShards(t *testing.T) {
	for _, c := range []struct{ batch, threads, ranks, want int }{
		{128, 1, 1, 1}, {128, 2, 1, 2}, {128, 3, 1, 4}, {128, 16, 1, 16}, {128, 64, 1, 16}, {127, 64, 1, 8},
		{1, 2, 1, 1}, {15, 2, 1, 1}, {16, 2, 1, 2}, {1 << 20, 5000, 1, 1024},
		{128, 2, 2, 2}, {128, 4, 2, 4}, {128, 3, 3, 3}, {128, 6, 3, 6}, {128, 7, 3, 12}, {128, 48, 3, 12}, {16, 4, 4, 4}, {1 << 20, 5000, 3, 768},
	} {
		if got := chooseShards(c.batch, c.threads, c.ranks); got != c.want {
			t.Errorf("a batch of %d on %d threads of %d ranks: %d shards, want %d", c.batch, c.threads, c.ranks, got, c.want)
		}
	}
}

// TestAutoShards: the number that auto takes is printed, recorded, and makes the same model
// again on another number of threads.
func TestAutoShards(t *testing.T) {
	dir := t.TempDir()
	weights := regexp.MustCompile("(?m)^weights .*")
	train := func(name string, args ...string) (string, string) {
		t.Helper()
		return must(t, append([]string{"train", "-epochs", "1", "-limit", "200", "-hidden", "20", "-out", filepath.Join(dir, name)}, args...)...)
	}
	want, log := train("auto", "-shards", "auto", "-threads", "3")
	if !strings.Contains(log, "-shards auto takes 4 for 3 threads") {
		t.Errorf("it says %q", log)
	}
	if got, _ := train("four", "-shards", "4", "-threads", "1"); weights.FindString(got) != weights.FindString(want) || weights.FindString(got) == "" {
		t.Errorf("%s, want %s", got, want)
	}
	d, err := readDocument(filepath.Join(dir, "auto"))
	if err != nil || d.Settings["shards"] != "4" || !strings.Contains(d.Command, "-shards 4") {
		t.Errorf("run.json: %v, %q, %v", d.Settings["shards"], d.Command, err)
	}
}
