// Linux has no renameat on some architectures.

//go:build !riscv64 && !loong64

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refused names system calls, and the numbers of the errors that they are answered with
// in a process of the command: fsync=22,rename=13.
const refused = "VAE_TEST_REFUSE"

var refusable = map[string][]uint32{
	"fchmod": {unix.SYS_FCHMOD},
	"fsync":  {unix.SYS_FSYNC},
	"flock":  {unix.SYS_FLOCK},
	"rename": {unix.SYS_RENAMEAT, unix.SYS_RENAMEAT2},
}

// refuse makes the kernel refuse them, for all threads, with a filter of seccomp(2).
func refuse() error {
	list := os.Getenv(refused)
	if list == "" {
		return nil
	}
	load := unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS} // the number of the call
	filter := []unix.SockFilter{load}
	answer := func(k uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k}
	}
	for _, call := range strings.Split(list, ",") {
		name, number, _ := strings.Cut(call, "=")
		errno, err := strconv.Atoi(number)
		if err != nil || refusable[name] == nil {
			return fmt.Errorf("%s: %s", refused, call)
		}
		for _, nr := range refusable[name] {
			filter = append(filter,
				unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: nr, Jf: 1},
				answer(unix.SECCOMP_RET_ERRNO|uint32(errno)))
		}
	}
	filter = append(filter, answer(unix.SECCOMP_RET_ALLOW))
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := syscall.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if errno != 0 {
		return errno
	}
	return nil
}

func init() {
	if os.Getenv(asCommand) == "" {
		return
	}
	if err := refuse(); err != nil {
		fmt.Fprintln(os.Stderr, "cannot refuse:", err)
		os.Exit(cannotRefuse)
	}
}

const cannotRefuse = 77 // the exit status where there is no seccomp

func (p *process) refusing(calls string) *process {
	p.Env = append(p.Env, refused+"="+calls)
	return p
}

// TestRefusedCalls: what a file system need not know costs nothing; what saving cannot
// do without is told before training, in a line, and leaves nothing behind.
func TestRefusedCalls(t *testing.T) {
	data := smallData(t)
	for _, c := range []struct {
		calls string
		saves bool
	}{
		{fmt.Sprintf("fchmod=%d", unix.EPERM), true}, // vfat, CIFS, WSL
		{fmt.Sprintf("fsync=%d", unix.EINVAL), true}, // FUSE
		{fmt.Sprintf("fsync=%d", unix.ENOSYS), true},
		{fmt.Sprintf("fsync=%d", unix.EPERM), true},
		{fmt.Sprintf("flock=%d", unix.ENOSYS), true}, // NFS
		{fmt.Sprintf("flock=%d", unix.EOPNOTSUPP), true},
		{fmt.Sprintf("fchmod=%d,fsync=%d,flock=%d", unix.EPERM, unix.EINVAL, unix.ENOLCK), true},
		{fmt.Sprintf("fsync=%d", unix.EIO), false},
		{fmt.Sprintf("rename=%d", unix.EACCES), false},
	} {
		out := t.TempDir()
		for range 2 { // the second replaces, and so keeps the modes
			p := newProcess(t, tiny(data, out, "-epochs", "3")...).refusing(c.calls)
			status := p.run(t)
			if status == cannotRefuse {
				t.Skip(p.stderr.String())
			}
			got, said := names(t, out), p.stderr.String()
			if c.saves && (status != 0 || len(got) != runFiles || strings.Count(said, "\n") > 5) {
				t.Errorf("%s refused: status %d, files %v: %s", c.calls, status, got, said)
			}
			if !c.saves && (status != 1 || strings.Count(said, "\n") != 1 || !strings.Contains(said, "choose another place with -out")) {
				t.Errorf("%s refused: status %d, files %v: %s", c.calls, status, got, said)
			}
			for _, name := range got {
				if !c.saves && !strings.HasPrefix(name, ".") {
					t.Errorf("%s refused: it left %v", c.calls, got)
				}
			}
		}
	}
}
