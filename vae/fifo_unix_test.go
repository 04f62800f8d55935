//go:build unix

package vae

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestLoadPipe: a pipe without a writer is refused, not waited for.
func TestLoadPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Skip(err)
	}
	_, err := Load(path, engine())
	wantLine(t, err, path)
}
