//go:build !(peers && cgo && linux)

package main

// openLibraries needs the tag peers, cgo and Linux.
func openLibraries(folder string, lanes int) []library { return nil }

const withPeers = false
