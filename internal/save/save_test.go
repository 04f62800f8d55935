package save

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

func text(s string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, s)
		return err
	}
}

func put(t *testing.T, path, s string, perm fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(s), perm); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, perm); err != nil { // umask or not
		t.Fatal(err)
	}
}

func want(t *testing.T, path, s string) {
	t.Helper()
	if b, err := os.ReadFile(path); err != nil || string(b) != s {
		t.Errorf("%s holds %q, %v; want %q", path, b, err, s)
	}
}

func wantNames(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if !slices.Equal(got, names) {
		t.Errorf("%s holds %q, want %q", dir, got, names)
	}
}

func symlink(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Skip(err)
	}
}

func TestFile(t *testing.T) {
	t.Chdir(t.TempDir())
	long := strings.Repeat("ä", 125) // 250 bytes
	for _, path := range []string{"new", "./a", ".hidden", long, filepath.Join(t.TempDir(), "x")} {
		for _, s := range []string{"first", "", strings.Repeat("second", 1<<15)} {
			if err := errors.Join(Probe(path), File(path, text(s))); err != nil {
				t.Fatal(err)
			}
			want(t, path, s)
		}
	}
	wantNames(t, ".", ".hidden", "a", "new", long)
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("it has one bit of them")
	}
	dir := t.TempDir()
	made, err := os.Create(filepath.Join(dir, "created"))
	if err != nil {
		t.Fatal(err)
	}
	made.Close()
	perm := func(name string) fs.FileMode {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return info.Mode().Perm()
	}
	save := func(name string) error { return File(filepath.Join(dir, name), text("new")) }
	if err := save("new"); err != nil || perm("new") != perm("created") {
		t.Errorf("a new file is %v, %v; os.Create makes %v", perm("new"), err, perm("created"))
	}
	for _, p := range []fs.FileMode{0o600, 0o640, 0o666, 0o777, 0o200} {
		put(t, filepath.Join(dir, "old"), "old", p)
		if err := save("old"); err != nil || perm("old") != p {
			t.Errorf("a file of mode %v becomes %v, %v", p, perm("old"), err)
		}
		os.Remove(filepath.Join(dir, "old"))
	}
	put(t, filepath.Join(dir, "protected"), "old", 0o444)
	for _, err := range []error{save("protected"), Probe(filepath.Join(dir, "protected"))} {
		if err == nil || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("a read-only file: %v", err)
		}
	}
	want(t, filepath.Join(dir, "protected"), "old")
}

func TestLinks(t *testing.T) {
	dir := t.TempDir()
	at := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	for _, d := range []string{"far", "near"} {
		if err := os.Mkdir(at(d), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	put(t, at("far", "file"), "old", 0o640)
	symlink(t, filepath.Join("..", "far", "file"), at("near", "relative"))
	symlink(t, at("near", "relative"), at("near", "twice"))
	symlink(t, filepath.Join("..", "far", "made"), at("near", "dangling"))
	symlink(t, "loop", at("near", "loop"))
	symlink(t, "far", at("folder"))
	for _, c := range []struct{ path, file string }{
		{at("near", "relative"), at("far", "file")},
		{at("near", "twice"), at("far", "file")},
		{at("near", "dangling"), at("far", "made")},
		{at("folder", "file"), at("far", "file")},
	} {
		if err := errors.Join(Probe(c.path), File(c.path, text(c.path))); err != nil {
			t.Error(err)
		}
		want(t, c.file, c.path)
		if info, err := os.Lstat(c.file); err != nil || !info.Mode().IsRegular() {
			t.Errorf("%s: %v, %v", c.file, info, err)
		}
	}
	if err := File(at("near", "loop"), text("")); err == nil {
		t.Error("a link to itself was written")
	}
	wantNames(t, at("near"), "dangling", "loop", "relative", "twice")
	for _, name := range []string{"dangling", "loop", "relative", "twice"} {
		if info, err := os.Lstat(at("near", name)); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more", name)
		}
	}
	wantNames(t, at("far"), "file", "made")
}

// TestFails: what was there stays, and nothing else does.
func TestFails(t *testing.T) {
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "file"), filepath.Join(dir, "folder")
	put(t, file, "old", 0o666)
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", folder, filepath.Join(file, "x"), filepath.Join(dir, "missing", "x")} {
		for _, err := range []error{Probe(path), File(path, text("new"))} {
			if err == nil || !strings.HasPrefix(err.Error(), "cannot write "+path+": ") {
				t.Errorf("%q: %v", path, err)
			}
		}
	}
	bad := errors.New("bad")
	half := func(w io.Writer) error {
		io.WriteString(w, strings.Repeat("half", 1<<15))
		return bad
	}
	if err := File(file, half); !errors.Is(err, bad) {
		t.Errorf("%v", err)
	}
	func() {
		defer func() { recover() }()
		File(file, func(io.Writer) error { panic("in the writer") })
	}()
	want(t, file, "old")
	wantNames(t, dir, "file", "folder")
}

// TestSweep: the temporary files of writers that are gone go, those of others
// stay, whatever their owners call them.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	lost := func() *os.File {
		f, release, err := temporary(path)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		release()
		return f
	}
	unlock, err := lock(lost().Name())
	if err != nil {
		t.Skip(err)
	}
	unlock()
	used, release, err := temporary(path)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	defer used.Close()
	alike := []string{".file", ".file-.tmp", ".file-0123456789abcde.tmp", ".file-x0123456789abcdef.tmp", ".files-0123456789abcdef.tmp", "file-0123456789abcdef.tmp"}
	for _, name := range alike {
		put(t, filepath.Join(dir, name), "", 0o666)
	}
	wantAll := func(more ...string) {
		t.Helper()
		names := append(append(more, filepath.Base(used.Name())), alike...)
		slices.Sort(names)
		wantNames(t, dir, names...)
	}
	lost()
	lost()
	if err := Probe(path); err != nil {
		t.Fatal(err)
	}
	wantAll()
	lost()
	if err := File(path, text("new")); err != nil {
		t.Fatal(err)
	}
	wantAll("file")
}

// TestTogether writes one file from many sides at once: each succeeds, and the
// file is that of one of them.
func TestTogether(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			s := strings.Repeat(fmt.Sprint(i), 1<<16)
			for range 20 {
				if err := File(path, text(s)); err != nil {
					t.Error(err)
					return
				}
				if b, err := os.ReadFile(path); err != nil || len(b) != 1<<16 || strings.Trim(string(b), string(b[:1])) != "" {
					t.Errorf("%d bytes, %v", len(b), err)
				}
			}
		})
	}
	all.Wait()
	wantNames(t, dir, "file")
}

func TestAppend(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	put(t, path, "one\n", 0o666)
	if err := Append(path, 4, []byte("two\n")); err != nil {
		t.Fatal(err)
	}
	want(t, path, "one\ntwo\n")
	for _, size := range []int64{0, 4, 9} {
		if err := Append(path, size, []byte("three\n")); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("appended after %d bytes: %v", size, err)
		}
	}
	want(t, path, "one\ntwo\n")
	if err := Append(filepath.Join(dir, "missing"), 0, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v", err)
	}
}
