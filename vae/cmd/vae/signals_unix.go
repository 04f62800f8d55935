//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// endings are the signals that ask a program to end.
func endings() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} }

// outliveReaders makes writing to a pipe without a reader an error like others,
// instead of the end of the program.
func outliveReaders() { signal.Ignore(syscall.SIGPIPE) }
