//go:build !unix

package main

import (
	"os"
	"syscall"
)

// endings are the signals that ask a program to end.
func endings() []os.Signal { return []os.Signal{os.Interrupt, syscall.SIGTERM} }

func outliveReaders() {} // there is no signal that would end the program
