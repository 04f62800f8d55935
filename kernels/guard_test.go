package kernels

import (
	"testing"
	"unsafe"

	"github.com/lanewise/lanewise/internal/guard"
)

// guarded is n elements with an inaccessible page before the first or after the last.
func guarded(t testing.TB, n int, atEnd bool) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(unsafe.SliceData(guard.Bytes(t, 4*n, atEnd)))), n)
}
