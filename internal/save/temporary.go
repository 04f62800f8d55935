package save

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// A temporary file is called .NAME-0123456789abcdef.tmp. Who writes it holds a
// lock on it, so that one that is not locked has lost its writer.

const (
	suffix    = ".tmp"
	longest   = 200              // bytes of NAME: most file systems allow 255 in all
	longWrite = 10 * time.Minute // where there are no locks
)

func prefix(path string) string {
	name := filepath.Base(path)
	if len(name) > longest {
		name = strings.ToValidUTF8(name[:longest], "")
	}
	return filepath.Join(filepath.Dir(path), "."+name+"-")
}

func unique() string { return fmt.Sprintf("%016x", rand.Uint64()) }

// temporary makes a temporary file for path. It is locked until release.
func temporary(path string) (f *os.File, release func(), err error) {
	for range 100 {
		f, err = os.OpenFile(prefix(path)+unique()+suffix, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
		if errors.Is(err, fs.ErrExist) {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		release, err = lock(f.Name())
		if err == nil || errors.Is(err, errNoLocks) {
			return f, release, nil
		}
		f.Close() // another process has just taken it for one without a writer
	}
	return nil, nil, err
}

// sweep removes the temporary files for path that have lost their writer.
func sweep(path string) {
	start := prefix(path)
	d, err := os.Open(filepath.Dir(path))
	if err != nil {
		return
	}
	defer d.Close()
	names, _ := d.Readdirnames(-1)
	for _, name := range names {
		name = filepath.Join(filepath.Dir(path), name)
		middle, ok := strings.CutPrefix(name, start)
		middle, end := strings.CutSuffix(middle, suffix)
		if !ok || !end || len(middle) != len(unique()) {
			continue
		}
		release, err := lock(name)
		if errors.Is(err, errNoLocks) {
			info, e := os.Lstat(name)
			if e != nil || time.Since(info.ModTime()) < longWrite {
				continue
			}
			err = nil
		}
		if err == nil {
			os.Remove(name)
			release()
		}
	}
}

// errNoLocks says that this system or file system has none.
var errNoLocks = errors.New("no locks here")
