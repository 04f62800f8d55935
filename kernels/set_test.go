package kernels

import (
	"fmt"
	"os"
	"os/exec"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels/asm"
)

// TestRowsAreComplete looks for kernels that a row lacks.
func TestRowsAreComplete(t *testing.T) {
	for _, r := range testRows(t) {
		complete(t, r)
	}
}

// mayLack tells whether a row may be without a kernel: the set go is, and convolutions are of
// float32 alone.
func mayLack(r *row, in reflect.Type, kernel string) bool {
	switch kernel {
	case "row", "amax", "scaleBy":
		return r.name == "go"
	case "windows", "split":
		return r.name == "go" || in == reflect.TypeFor[tiles[float64]]()
	}
	return false
}

func complete(t *testing.T, r *row) {
	t.Helper()
	var look func(where string, v reflect.Value)
	look = func(where string, v reflect.Value) {
		for i := range v.NumField() {
			name := where + "." + v.Type().Field(i).Name
			if v.Field(i).Type() == reflect.TypeFor[costs]() {
				continue // see TestCosts
			}
			switch f := v.Field(i); f.Kind() {
			case reflect.Func:
				if f.IsNil() && !mayLack(r, v.Type(), v.Type().Field(i).Name) {
					t.Errorf("%s is nil", name)
				}
			case reflect.Array: // of kernels
				for j := range f.Len() {
					if f.Index(j).IsNil() {
						t.Errorf("%s: %v is nil", name, asm.Op(j))
					}
				}
			case reflect.Bool:
			case reflect.Int:
				if f.Int() <= 0 {
					t.Errorf("%s = %d", name, f.Int())
				}
			case reflect.String:
				if f.String() == "" {
					t.Errorf("%s is empty", name)
				}
			case reflect.Struct:
				look(name, f)
			case reflect.Slice: // what a row may do without, but then wholly
				for j := range f.Len() {
					if x := f.Index(j); x.Kind() == reflect.Struct {
						look(fmt.Sprint(name, j), x)
					} else if x.IsNil() {
						t.Errorf("%s%d is nil", name, j)
					}
				}
			case reflect.Pointer: // the same
				if !f.IsNil() {
					look(name, f.Elem())
				}
			default:
				t.Errorf("%s is a %v: teach this test", name, f.Kind())
			}
		}
	}
	look(r.name, reflect.ValueOf(*r))
	if a, b := &r.gemm32, &r.gemm64; len(a.tiles) == 0 || len(b.tiles) == 0 || len(a.tiles) != len(a.run) || len(b.tiles) != len(b.run) {
		t.Errorf("%s: tiles and their shapes do not match", r.name)
	}
}

func names() []string {
	var ns []string
	for _, s := range Sets() {
		ns = append(ns, s.Name())
	}
	return ns
}

func TestLookup(t *testing.T) {
	ns := names()
	all := []string{"avx512", "avx2", "go"}
	if runtime.GOARCH == "arm64" {
		all = []string{"neon", "go"}
	}
	best := all
	for len(best) > 0 && best[0] != ns[0] {
		best = best[1:]
	}
	if !slices.Equal(ns, best) {
		t.Fatalf("sets are %v, want the end of %v", ns, all)
	}
	for _, n := range ns {
		if s, err := Lookup(n); err != nil || s.Name() != n {
			t.Errorf("Lookup(%q) = %v, %v", n, s, err)
		}
	}
	for _, bad := range []string{"", "AVX2", "sse2", "go ", "avx"} {
		want := "kernels: no set \"" + bad + "\" on this machine: it has " + strings.Join(ns, ", ")
		if s, err := Lookup(bad); err == nil || err.Error() != want || s != (Set{}) {
			t.Errorf("Lookup(%q) = %v, %v, want the error %s", bad, s, err, want)
		}
	}
}

func TestFromEnvironment(t *testing.T) {
	for _, n := range names() {
		t.Setenv("LANEWISE_ISA", n)
		if s, err := FromEnvironment(); err != nil || s.Name() != n {
			t.Errorf("LANEWISE_ISA=%s: %v, %v", n, s, err)
		}
	}
	t.Setenv("LANEWISE_ISA", "mmx")
	want := "LANEWISE_ISA: kernels: no set \"mmx\" on this machine: it has " + strings.Join(names(), ", ")
	if s, err := FromEnvironment(); err == nil || err.Error() != want || s != (Set{}) {
		t.Errorf("LANEWISE_ISA=mmx: %v, %v, want %s", s, err, want)
	}
	t.Setenv("LANEWISE_ISA", "")
	if s, err := FromEnvironment(); err != nil || s.Name() != names()[0] {
		t.Errorf("LANEWISE_ISA is empty: %v, %v", s, err)
	}
	os.Unsetenv("LANEWISE_ISA")
	if s, err := FromEnvironment(); err != nil || s.Name() != names()[0] {
		t.Errorf("without LANEWISE_ISA: %v, %v", s, err)
	}
}

// TestDefault asks in processes of its own, because Default asks once.
func TestDefault(t *testing.T) {
	if os.Getenv("LANEWISE_TEST_DEFAULT") != "" {
		// Under an emulator the process may be on another machine than its parent.
		os.Stdout.WriteString("error: LANEWISE_ISA: kernels: no set \"mmx\" on this machine: it has " + strings.Join(names(), ", ") + "\n")
		os.Stdout.WriteString("set: " + Default().Name() + "\n")
		os.Setenv("LANEWISE_ISA", "mmx")
		os.Stdout.WriteString("again: " + Default().Name() + "\n")
		return
	}
	for _, n := range names() {
		out, err := run(t, helper(t, "TestDefault", "LANEWISE_TEST_DEFAULT=1", "LANEWISE_ISA="+n))
		if err != nil || !strings.Contains(out, "set: "+n+"\nagain: "+n+"\n") {
			t.Errorf("LANEWISE_ISA=%s: %v\n%s", n, err, out)
		}
	}
	out, err := run(t, helper(t, "TestDefault", "LANEWISE_TEST_DEFAULT=1", "LANEWISE_ISA=mmx"))
	_, want, _ := strings.Cut(out, "error: ")
	want, _, _ = strings.Cut(want, "\n")
	if err == nil || want == "" || !strings.Contains(out, "panic: "+want) {
		t.Errorf("LANEWISE_ISA=mmx: %v, want a panic with %q\n%s", err, want, out)
	}
}

// TestDependencies looks at what an importer builds.
func TestDependencies(t *testing.T) {
	if testing.Short() {
		t.Skip("short")
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip(err)
	}
	const module, cpuid, gonum = "github.com/lanewise/lanewise", "github.com/klauspost/cpuid/v2", "gonum.org/v1/gonum"
	for _, dir := range []string{".", "../vae", "blas"} {
		if fs, err := os.ReadDir(dir); err != nil || !slices.ContainsFunc(fs, func(f os.DirEntry) bool { return strings.HasSuffix(f.Name(), ".go") }) {
			continue
		}
		for _, c := range []struct {
			arch, tags string
			cpuid      bool
		}{{"amd64", "", true}, {"amd64", "purego", false}, {"amd64", "noasm", false}, {"arm64", "", false}} {
			cmd := exec.Command("go", "list", "-deps", "-tags="+c.tags, "-f", "{{if not .Standard}}{{.ImportPath}} {{with .Module}}{{.Path}}{{end}}{{end}}", ".")
			cmd.Dir = dir
			cmd.Env = append(os.Environ(), "GOARCH="+c.arch, "GOOS=linux")
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Skipf("go list: %v\n%s", err, out)
			}
			lines := strings.Split(strings.TrimSpace(string(out)), "\n")
			sawCPUID := false
			for _, line := range lines {
				path, mod, _ := strings.Cut(line, " ")
				sawCPUID = sawCPUID || mod == cpuid
				if mod != module && mod != cpuid && (dir != "blas" || mod != gonum) {
					t.Errorf("%s for %s with tags %q builds %s of %s", dir, c.arch, c.tags, path, mod)
				}
			}
			if len(lines) < 2 || sawCPUID != c.cpuid {
				t.Errorf("%s for %s with tags %q builds %v", dir, c.arch, c.tags, lines)
			}
		}
	}
}
