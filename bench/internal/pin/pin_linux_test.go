package pin

import (
	"os"
	"syscall"
	"testing"
	"time"
)

func allowed(t *testing.T, thread int) mask {
	t.Helper()
	var m mask
	if !affinity(syscall.SYS_SCHED_GETAFFINITY, thread, &m) {
		t.Fatal("the kernel does not say which processors a thread may use")
	}
	return m
}

func TestThread(t *testing.T) {
	cpu := Processor()
	if cpu < 0 {
		t.Skip("there is one processor")
	}
	before := allowed(t, 0)
	release := Thread(cpu)
	if m := allowed(t, 0); m.has(cpu) != true || m != (func() (one mask) { one.flip(cpu); return })() {
		t.Errorf("the thread may use %x", m)
	}
	other := make(chan mask)
	go func() {
		time.Sleep(time.Millisecond)
		other <- allowed(t, 0)
	}()
	if m := <-other; m.has(cpu) {
		t.Errorf("another thread may use processor %d", cpu)
	}
	release()
	if m := allowed(t, 0); m != before {
		t.Errorf("afterwards the thread may use %x, and %x before", m, before)
	}
	if m := allowed(t, os.Getpid()); m != before {
		t.Errorf("afterwards the first thread may use %x, and %x before", m, before)
	}
	Thread(-1)()
}
