//go:build !linux

package main

// addressSpace is how much the process may still map, if that is limited.
func addressSpace() (float64, bool) { return 0, false }
