package main

import (
	"context"
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/lanewise/lanewise/bench/internal/rival"
)

// TestMain makes a rival of this very program where the environment says so.
func TestMain(m *testing.M) {
	if os.Getenv("LANEWISE_TEST_RIVAL") == "" {
		os.Exit(m.Run())
	}
	rival.Main("none", func(threads int) (func(rival.Task) (rival.Work, error), error) {
		if threads > 2 {
			return nil, errors.New("runs on two threads at most")
		}
		return naive, nil
	})
}

// naive multiplies as the definition says.
func naive(t rival.Task) (rival.Work, error) {
	if t.Bench != "gemm" {
		return rival.Work{}, errors.New("has none")
	}
	s := shape{t.TransA, t.TransB, t.M, t.N, t.K}
	p := product[float32]{s, t.Inputs["a"], t.Inputs["b"], make([]float32, t.M*t.N)}
	return rival.Work{
		Call: func() {
			for i := range p.m {
				for j := range p.n {
					p.c[i*p.n+j] = float32(p.element(i, j))
				}
			}
		},
		Output: func() []float32 { return p.c },
	}, nil
}

// TestProcess lets a process take part, and two that are not there.
func TestProcess(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := exec.Command(program, "-test.run=^$").Run(); errors.Is(err, syscall.ENOEXEC) {
		t.Skip("an emulator runs this program, and cannot start it again")
	}
	t.Setenv("LANEWISE_TEST_RIVAL", "1")
	dir := t.TempDir()
	unbuilt := filepath.Join(dir, "unbuilt")
	if err := os.WriteFile(unbuilt+".absent", []byte("no compiler\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	f := &suite{threads: 1, cpu: -1, meter: &meter{threads: 1}}
	for _, fw := range []framework{
		{name: "naive", program: program, benches: []string{"gemm", "map"}},
		{name: "unbuilt", program: unbuilt, benches: trained},
		{name: "missing", program: filepath.Join(dir, "missing"), benches: trained},
	} {
		f.processes = append(f.processes, fw.open(ctx, 1, dir))
	}
	defer f.close()
	if v := f.processes[0].version; !strings.Contains(v, "go1") {
		t.Errorf("its version is %q", v)
	}
	for i, want := range []string{"", "it could not be built: no compiler", "there is no "} {
		if got := f.processes[i].absent; (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%s is absent for %q, want %q", f.processes[i].name, got, want)
		}
	}

	p := newProduct[float32](shape{transA: true, m: 5, n: 7, k: 3})
	gemm := task{"gemm", map[string]any{"ta": true, "tb": false, "m": 5, "n": 7, "k": 3}, map[string][]float32{"a": p.a, "b": p.b}}
	implementations := f.inProcesses(gemm)
	if len(implementations) != 3 {
		t.Fatalf("%d implementations", len(implementations))
	}
	w, err := implementations[0].start()
	if err == nil {
		_, err = w.run(1, 2)
	}
	if err != nil {
		t.Fatal(err)
	}
	out, err := w.output()
	if err == nil {
		err = p.checker()(out, nil)
	}
	if err != nil {
		t.Error(err)
	}
	if _, err := f.inProcesses(task{bench: "map"})[0].start(); err == nil || err.Error() != "has none" {
		t.Errorf("a map: %v", err)
	}
	if got := f.inProcesses(task{bench: "step"}); len(got) != 2 {
		t.Errorf("%d implementations in a bench that one has not", len(got))
	}
	if !f.isRival("naive") || f.isRival("other") {
		t.Error("it does not tell rivals from others")
	}
	many := f.processes[0].open(ctx, 3, dir)
	if many.absent != "runs on two threads at most" {
		t.Errorf("on three threads: %q", many.absent)
	}
}

func TestFloatsTravel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	want := []float32{0, -1.5, math.MaxFloat32, math.SmallestNonzeroFloat32}
	if err := rival.WriteFloats(file, want); err != nil {
		t.Fatal(err)
	}
	if got, err := rival.ReadFloats[float32](file); err != nil || !slices.Equal(got, want) {
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
		if x := normal[float32](1, n+1); len(x) != n+1 || cap(x) != n+1 {
			t.Errorf("%d elements of %d", len(x), cap(x))
		}
	}
}
