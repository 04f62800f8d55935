package pin

import (
	"math/bits"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// A mask is a set of processors, as the kernel takes it.
type mask [1024 / bits.UintSize]uint

func (m *mask) has(cpu int) bool { return m[cpu/bits.UintSize]>>(cpu%bits.UintSize)&1 != 0 }
func (m *mask) flip(cpu int)     { m[cpu/bits.UintSize] ^= 1 << (cpu % bits.UintSize) }

// affinity makes a system call for a thread; 0 is the calling one.
func affinity(call uintptr, thread int, m *mask) bool {
	_, _, errno := syscall.RawSyscall(call, uintptr(thread), unsafe.Sizeof(*m), uintptr(unsafe.Pointer(m)))
	return errno == 0
}

// Processor is the processor that Thread takes: the last one that the process
// may use, for the first often serves interrupts. It is -1 where the process may
// use a single one, so that there is nothing to choose.
func Processor() int {
	var allowed mask
	if !affinity(syscall.SYS_SCHED_GETAFFINITY, os.Getpid(), &allowed) {
		return -1
	}
	last, count := -1, 0
	for cpu := range len(allowed) * bits.UintSize {
		if allowed.has(cpu) {
			last = cpu
			count++
		}
	}
	if count < 2 {
		return -1
	}
	return last
}

// Thread binds the calling goroutine to its thread, the thread to the given
// processor, and all other threads of the process to the other processors, until
// release is called on the same goroutine. A negative processor does nothing.
//
// Threads that the runtime starts meanwhile are not started from a thread that
// a goroutine is locked to, so that they are kept away too.
func Thread(cpu int) (release func()) {
	var allowed mask
	if cpu < 0 || !affinity(syscall.SYS_SCHED_GETAFFINITY, os.Getpid(), &allowed) || !allowed.has(cpu) {
		return func() {}
	}
	runtime.LockOSThread()
	others := allowed
	others.flip(cpu)
	var one mask
	one.flip(cpu)
	setAll(&others)
	affinity(syscall.SYS_SCHED_SETAFFINITY, 0, &one)
	return func() {
		setAll(&allowed)
		runtime.UnlockOSThread()
	}
}

// setAll sets the affinity of all threads of the process. One that has ended in
// the meantime is none.
func setAll(m *mask) {
	tasks, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return
	}
	for _, task := range tasks {
		if id, err := strconv.Atoi(task.Name()); err == nil {
			affinity(syscall.SYS_SCHED_SETAFFINITY, id, m)
		}
	}
}
