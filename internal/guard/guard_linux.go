// Package guard is memory for tests that ends, or begins, at an inaccessible page: who
// touches what is not its own dies on the spot.
package guard

import (
	"os"
	"syscall"
	"testing"
)

// Bytes returns n bytes with an inaccessible page right before the first of them or right
// after the last, until the test ends.
func Bytes(t testing.TB, n int, atEnd bool) []byte {
	page := os.Getpagesize()
	slack := 0
	if readsMasked {
		slack = 256 // as much as a group of vectors may read
	}
	size := (n+slack+page-1)/page*page + page
	mem, err := syscall.Mmap(-1, 0, page+size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	for _, p := range [][]byte{mem[:page], mem[size:]} {
		if err := syscall.Mprotect(p, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	first := page
	if atEnd {
		first = size - n - slack
	}
	return mem[first:][:n:n]
}
