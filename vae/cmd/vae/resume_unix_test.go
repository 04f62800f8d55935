//go:build unix

package main

import (
	"math/rand/v2"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// TestResumeKilled kills and interrupts a run again and again, at any moment: what goes on
// each time, in another set and on another number of threads, ends like a run that nothing
// has disturbed.
func TestResumeKilled(t *testing.T) {
	data, whole, out := smallData(t), t.TempDir(), ""
	flags := []string{"-batch", "16", "-validate", "0.25", "-likelihood", "gaussian"}
	rng := rand.New(rand.NewPCG(1, 2))
	next := everySet()
	killed, interrupted := 0, 0
	rounds := 8
	if testing.Short() {
		rounds = 3
	}
	for killed == 0 { // a run that is through before the kill begins again
		next(t)
		out = t.TempDir()
		p := newProcess(t, append(tiny(data, out, flags...), "-epochs", "120")...)
		p.start(t)
		until(t, "the first save", func() bool { return exists(filepath.Join(out, stateName)) })
		p.signal(t, syscall.SIGKILL)
		if p.wait(t) == -1 {
			killed++
		}
	}
	for i := range rounds {
		next(t)
		p := newProcess(t, "train", "-resume", out, "-threads", strconv.Itoa(1+i%3))
		p.start(t)
		time.Sleep(time.Duration(100+rng.IntN(300)) * time.Millisecond)
		if i%3 == 1 {
			p.signal(t, syscall.SIGTERM)
		} else {
			p.signal(t, syscall.SIGKILL)
		}
		switch status := p.wait(t); status {
		case -1:
			killed++
		case 130:
			interrupted++
		case 0: // it was faster
		default:
			t.Fatalf("status %d, %s", status, p.stderr.String())
		}
	}
	t.Logf("killed %d times, interrupted %d times", killed, interrupted)
	must(t, "train", "-resume", out)
	must(t, append(tiny(data, whole, flags...), "-epochs", "120")...)
	sameRun(t, out, whole)
}
