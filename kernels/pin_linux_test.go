package kernels

import (
	"os"
	"strconv"
	"syscall"
	"unsafe"
)

// pin binds the thread that runs it to a processor.
func pin(processor int) error { return setAffinity(0, 1<<processor) }

// unpin lets all threads run on the first 64 processors again.
func unpin() {
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, t := range tasks {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			setAffinity(id, ^uint64(0))
		}
	}
}

func setAffinity(thread int, mask uint64) error {
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, uintptr(thread), unsafe.Sizeof(mask), uintptr(unsafe.Pointer(&mask)))
	if errno != 0 {
		return errno
	}
	return nil
}
