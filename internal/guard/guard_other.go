//go:build !linux

// Package guard is memory for tests.
package guard

import "testing"

// Bytes has no inaccessible pages here.
func Bytes(t testing.TB, n int, atEnd bool) []byte { return make([]byte, n) }
