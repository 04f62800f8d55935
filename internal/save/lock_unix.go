//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package save

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// lock locks the file at path until release, or until the process ends. It is
// an error if it is locked already, or is gone when it is locked.
func lock(path string) (release func(), err error) {
	release = func() {}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			err = errNoLocks // such as a file of another user
		}
		return release, err
	}
	release = func() { f.Close() }
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return release, err
		}
		return release, errNoLocks
	}
	held, err := f.Stat()
	if err == nil {
		var named fs.FileInfo
		if named, err = os.Lstat(path); err == nil && !os.SameFile(held, named) {
			err = fs.ErrNotExist
		}
	}
	if err != nil {
		f.Close()
	}
	return release, err
}
