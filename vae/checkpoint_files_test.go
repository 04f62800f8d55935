package vae

import (
	"bytes"
	"errors"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

func TestLoadNoFile(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "missing"), filepath.Join(dir, "missing", "m")} {
		m, err := Load(path, engine())
		if m != nil {
			t.Errorf("%s: a model", path)
		}
		wantLine(t, err, path)
	}
	if _, err := Load(dir, engine()); !strings.Contains(err.Error(), "not a file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := Load(filepath.Join(dir, "missing"), engine()); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v is not os.ErrNotExist", err)
	}
}

// TestSaveFails: where a checkpoint cannot be written, what was there stays,
// and nothing else does.
func TestSaveFails(t *testing.T) {
	m := newTestModel(t, checkpointConfigs[0], 1)
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(dir, "folder")
	if err := os.MkdirAll(filepath.Join(folder, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	readonly := filepath.Join(dir, "readonly")
	if err := os.Mkdir(readonly, 0o500); err != nil {
		t.Fatal(err)
	}
	paths := []string{
		filepath.Join(dir, "missing", "m"),
		filepath.Join(file, "m"), // below a file
		folder,                   // a folder that is not empty
		"",
	}
	if f, err := os.Create(filepath.Join(readonly, "probe")); err == nil { // root may
		f.Close()
		os.Remove(f.Name())
	} else {
		paths = append(paths, filepath.Join(readonly, "m"))
	}
	for _, path := range paths {
		wantLine(t, m.Save(path), path)
		wantFiles(t, dir, "file", "folder", "readonly")
		wantFiles(t, folder, "full")
		wantFiles(t, readonly)
	}

	// A checkpoint that Load refuses must not replace one that it reads.
	m.weights[3] = float32(math.NaN())
	wantLine(t, m.Save(file), file)
	wantFiles(t, dir, "file", "folder", "readonly")
	if b, err := os.ReadFile(file); err != nil || string(b) != "old" {
		t.Errorf("the old file is %q, %v", b, err)
	}
}

type failing struct{ n int }

func (f failing) Write(b []byte) (int, error) { return min(f.n, len(b)), io.ErrShortWrite }

func TestWriteToFails(t *testing.T) {
	m := newTestModel(t, checkpointConfigs[0], 1)
	if n, err := m.WriteTo(failing{3}); n != 3 || err != io.ErrShortWrite {
		t.Errorf("WriteTo = %d, %v", n, err)
	}
	var b bytes.Buffer
	if n, err := m.WriteTo(&b); n != int64(b.Len()) || err != nil {
		t.Errorf("WriteTo = %d, %v, of %d bytes", n, err, b.Len())
	}
}

// wantLine checks that an error is one that a person can read.
func wantLine(t *testing.T, err error, path string) {
	t.Helper()
	if err == nil {
		t.Fatal("no error")
	}
	s := err.Error()
	if len(s) > 500+len(path) || bytes.ContainsAny([]byte(s), "\n\r\x00\x1b") {
		t.Errorf("an error of %d bytes: %.600q", len(s), s)
	}
	if !bytes.Contains([]byte(s), []byte(path)) {
		t.Errorf("the error does not name the file: %s", s)
	}
}

// wantFiles checks that a folder holds these names, which are sorted.
func wantFiles(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !reflect.DeepEqual(got, names) {
		t.Errorf("%s holds %q, want %q", dir, got, names)
	}
}

// TestLoadMemory: to read a file, or what is in memory, takes its numbers and the model's, and
// little else.
func TestLoadMemory(t *testing.T) {
	m, err := New(DenseConfig(AE, Flat(1000), []int{1000}, 2), engine(), 1)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "model.safetensors")
	if err := m.Save(path); err != nil {
		t.Fatal(err)
	}
	file := encoded(t, m)
	for name, read := range map[string]func() (*Model, error){
		"a file":    func() (*Model, error) { return Load(path, engine()) },
		"in memory": func() (*Model, error) { return Read(bytes.NewReader(file), engine()) },
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := read(); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		if got, size := after.TotalAlloc-before.TotalAlloc, 4*uint64(len(m.weights)); got > 2*size+1<<19 {
			t.Errorf("%s: %d bytes allocated for %d of weights", name, got, size)
		}
	}
}
