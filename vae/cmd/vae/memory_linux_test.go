// The race detector alone maps more than the limit.

//go:build !race

package main

import (
	"strings"
	"testing"
)

// TestUlimit: what does not fit into what ulimit -v leaves is told in a line, before
// training; what fits is trained.
func TestUlimit(t *testing.T) {
	data := smallData(t)
	p := newProcess(t, tiny(data, t.TempDir(), "-hidden", "8192,8192")...).shell(t, "ulimit -v 2000000")
	status, said := p.run(t), p.stderr.String()
	if status != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, "that ulimit -v leaves: choose a smaller -hidden") {
		t.Errorf("status %d, %s", status, said)
	}
	p = newProcess(t, tiny(data, t.TempDir(), "-hidden", "400")...).shell(t, "ulimit -v 2000000")
	if status := p.run(t); status != 0 {
		t.Errorf("status %d, %s", status, p.stderr.String())
	}
}
