//go:build !linux

package kernels

import "testing"

// guarded has no guard pages here; the canaries of the other layouts remain.
func guarded(t testing.TB, n int, atEnd bool) []float32 { return make([]float32, n) }
