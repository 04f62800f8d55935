package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// A brokenWorld is one of two ranks, of which the other cannot be reached, or is silent.
type brokenWorld struct {
	rank   int
	silent bool
}

// errAborted is what Abort panics with: it does not return.
var errAborted = errors.New("aborted")

func (w brokenWorld) Rank() int                            { return w.rank }
func (w brokenWorld) Ranks() int                           { return 2 }
func (w brokenWorld) Swap(int, []float32, []float32) error { return errors.New("no answer") }
func (w brokenWorld) Abort(int)                            { panic(errAborted) }
func (w brokenWorld) Close() error                         { return nil }
func (w brokenWorld) Watch(_ time.Duration, silent func(rank int)) {
	if w.silent {
		silent(1 - w.rank)
	}
}

// TestBrokenRanks: the last line is the error of the rank that is lost or silent, and with
// -log-json a record, as are all others.
func TestBrokenRanks(t *testing.T) {
	data := smallData(t)
	for _, w := range []brokenWorld{{0, false}, {1, false}, {0, true}, {1, true}} {
		want := "no answer"
		if w.silent {
			want = "has been silent for more than 3s"
		}
		ended := func(more ...string) string {
			var log bytes.Buffer
			args := tiny(data, t.TempDir(), slices.Concat([]string{"-shards", "2", "-silence", "3s"}, more)...)
			func() {
				defer func() {
					if got := recover(); got != errAborted {
						t.Errorf("%+v: the run is not ended, but %v", w, got)
					}
				}()
				trainOn(context.Background(), streams{err: &log}, args[1:], &ranks{w, &log})
			}()
			return log.String()
		}
		text := ended()
		lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
		if last := lines[len(lines)-1]; !strings.HasPrefix(last, "vae: ") || !strings.Contains(last, want) {
			t.Errorf("%+v: %s", w, text)
		}
		all := records(t, ended("-log-json"))
		if last := all[len(all)-1]; last["level"] != "ERROR" || "vae: "+last["msg"].(string) != lines[len(lines)-1] {
			t.Errorf("%+v: the last record is %v, and the line %s", w, last, lines[len(lines)-1])
		}
	}
}

// TestNotDivided: what mpirun starts several times, and is no training, would be done as often;
// rank 0 says so.
func TestNotDivided(t *testing.T) {
	t.Setenv("OMPI_COMM_WORLD_SIZE", "3")
	t.Setenv("OMPI_COMM_WORLD_RANK", "0")
	bad(t, "mpirun has started 3 processes, but vae sweep is not divided among them: start it without mpirun", "sweep")
	t.Setenv("OMPI_COMM_WORLD_RANK", "1")
	begin := time.Now()
	if status, stdout, stderr := vaeRun("eval"); time.Since(begin) < untilTold || status != 1 || stdout+stderr != "" {
		t.Errorf("rank 1: status %d, %q, %q", status, stdout, stderr)
	}
}
