package main

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// reserved is what the Go runtime maps besides: it takes 64 MiB at a time.
const reserved = 128 << 20

// addressSpace is how much the process may still map, if that is limited.
func addressSpace() (float64, bool) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_AS, &limit); err != nil || limit.Cur > 1<<62 {
		return 0, false
	}
	free := float64(limit.Cur) - reserved
	if b, err := os.ReadFile("/proc/self/statm"); err == nil {
		if pages, err := strconv.ParseFloat(string(bytes.Fields(b)[0]), 64); err == nil {
			free -= pages * float64(os.Getpagesize())
		}
	}
	return max(0, free), true
}
