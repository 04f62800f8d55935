//go:build unix

package main

import (
	"os/signal"
	"syscall"
)

// ignoreClosedPipes makes a closed pipe an error of writing, like others, and
// not the end of the process, which would leave its files behind.
func ignoreClosedPipes() { signal.Ignore(syscall.SIGPIPE) }
