package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

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
		{"-with", "none"}, {"-json", filepath.Join(t.TempDir(), "no", "such", "folder.json")}, {"-png", t.TempDir()},
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
