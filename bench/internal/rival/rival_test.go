package rival

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A dialog talks to a rival that doubles its input.
func dialog(t *testing.T) (ask func(request string) reply) {
	prepare := func(task Task) (Work, error) {
		if task.Kind != "double" {
			return Work{}, errors.New("has no " + task.Kind)
		}
		x := task.Inputs["x"]
		y := make([]float32, len(x))
		return Work{
			Call: func() {
				for i, v := range x {
					y[i] = 2 * v
				}
				_ = x[0] // an empty input makes it fail
			},
			Output: func() []float32 { return y },
		}, nil
	}
	inR, inW := io.Pipe()
	outR, outW := io.Pipe()
	done := make(chan error)
	go func() { done <- Serve("v1", prepare, inR, outW) }()
	lines := bufio.NewScanner(outR)
	next := func() (r reply) {
		t.Helper()
		if !lines.Scan() {
			t.Fatal("it ended")
		}
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Cleanup(func() {
		inW.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if r := next(); r.Version != "v1" {
		t.Errorf("it greets with %+v", r)
	}
	return func(request string) reply {
		t.Helper()
		go io.WriteString(inW, request+"\n")
		return next()
	}
}

func TestServe(t *testing.T) {
	dir := t.TempDir()
	in, empty, out := filepath.Join(dir, "in"), filepath.Join(dir, "empty"), filepath.Join(dir, "out")
	if err := WriteFloats(in, []float32{1, -2.5}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	ask := dialog(t)
	for _, c := range []struct{ request, err string }{
		{`{"do": "forget"}`, ""},
		{`{"do": "prepare", "task": 1, "bench": "map", "params": {"kind": "double"}, "inputs": {"x": "` + in + `"}}`, ""},
		{`{"do": "prepare", "task": 2, "bench": "map", "params": {"kind": "half"}, "inputs": {"x": "` + in + `"}}`, "has no half"},
		{`{"do": "prepare", "task": 3, "bench": "map", "params": {"kind": "double"}, "inputs": {"x": "` + empty + `"}}`, ""},
		{`{"do": "prepare", "task": 4, "bench": "map", "inputs": {"x": "` + filepath.Join(dir, "none") + `"}}`, "none"},
		{`{"do": "run", "task": 1, "warm": 1, "reps": 3, "cpu": -1}`, ""},
		{`{"do": "output", "task": 1, "file": "` + out + `"}`, ""},
		{`{"do": "run", "task": 2, "reps": 1}`, "there is no task 2"},
		{`{"do": "run", "task": 3, "reps": 1}`, "panic: runtime error: index out of range"},
		{`{"do": "dance", "task": 1}`, `cannot do "dance"`},
		{`{"do": "forget"}`, ""},
		{`{"do": "run", "task": 1, "reps": 1}`, "there is no task 1"},
	} {
		r := ask(c.request)
		if (c.err == "") != (r.Error == "") || !strings.Contains(r.Error, c.err) {
			t.Errorf("%s: %q, want %q", c.request, r.Error, c.err)
		}
	}
	got, err := ReadFloats[float32](out)
	if err != nil || !slices.Equal(got, []float32{2, -5}) {
		t.Errorf("it left %v, %v", got, err)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, args := range [][]string{{}, {"0"}, {"two"}, {"1", "2"}} {
		if err := run("m", args, nil, strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
	var out strings.Builder
	none := func(int) (func(Task) (Work, error), error) { return nil, errors.New("not on so many threads") }
	if err := run("m", []string{"1"}, none, strings.NewReader(""), &out); err != nil || !strings.Contains(out.String(), "not on so many threads") {
		t.Errorf("%q, %v", out.String(), err)
	}
}
