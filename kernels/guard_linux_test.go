package kernels

import (
	"os"
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n elements with an inaccessible page right before the first
// or right after the last of them: a kernel that touches what is not its own
// dies on the spot.
func guarded(t testing.TB, n int, atEnd bool) []float32 {
	page := os.Getpagesize()
	slack := 0
	if readsMasked {
		slack = 4 * noiseGroup
	}
	size := (n*4+slack+page-1)/page*page + page
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
		first = size - n*4 - slack
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&mem[first])), n)
}
