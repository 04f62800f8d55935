//go:build unix

package save

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestStreams: pipes and devices are written to, not replaced.
func TestStreams(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	if err := Probe(pipe); err != nil { // which has no reader yet
		t.Fatal(err)
	}
	read := make(chan string)
	go func() {
		b, err := os.ReadFile(pipe)
		if err != nil {
			t.Error(err)
		}
		read <- string(b)
	}()
	if err := File(pipe, text("through")); err != nil {
		t.Fatal(err)
	}
	if s := <-read; s != "through" {
		t.Errorf("read %q", s)
	}
	null := filepath.Join(dir, "null")
	symlink(t, "/dev/null", null)
	if err := File(null, text("away")); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat("/dev/null"); err != nil || info.Mode()&fs.ModeCharDevice == 0 {
		t.Errorf("/dev/null is %v, %v", info, err)
	}
	wantNames(t, dir, "null", "pipe")
	if _, err := os.Stat("/dev/full"); err == nil {
		if err := File("/dev/full", text("x")); err == nil || strings.Count(err.Error(), syscall.ENOSPC.Error()) != 1 {
			t.Errorf("/dev/full: %v", err)
		}
	}
}
