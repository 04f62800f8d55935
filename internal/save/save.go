// Package save writes files so that a name never stands for half of one, or for
// none where there was one before.
package save

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

// File makes path a file of what write writes. That goes to a temporary file
// beside it, which takes the name when it is whole and on the disk: a process
// that is killed leaves the old file or the new one, and at most one temporary
// file, which the next File for this path removes.
//
// A symbolic link is followed. A new file has the permissions that [os.Create]
// gives it; a replaced one keeps its own. A pipe or a character device is
// written to as it is; a folder, a socket or a disk is an error.
//
// A file system that refuses to sync or to change permissions is no failure.
// Where only the renaming fails, the temporary file stays, and the error tells
// its name.
func File(path string, write func(io.Writer) error) error {
	if err := file(path, write); err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

// cause is an error without the name of the temporary file that it happened to.
func cause(err error) error {
	switch e := err.(type) {
	case *fs.PathError:
		return e.Err
	case *os.LinkError:
		return e.Err
	}
	return err
}

func file(path string, write func(io.Writer) error) error {
	t, err := find(path)
	if err != nil {
		return err
	}
	if t.stream {
		f, err := os.OpenFile(t.path, os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		defer f.Close()
		return buffered(f, write)
	}
	sweep(t.path)
	f, release, err := temporary(t.path)
	if err != nil {
		return err
	}
	defer release()
	whole := false
	defer func() {
		if f.Close(); !whole {
			os.Remove(f.Name())
		}
	}()
	if t.exists {
		f.Chmod(t.perm) // where that is refused, the content matters more
	}
	if err := buffered(f, write); err != nil {
		return err
	}
	if err := flush(f); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	whole = true
	if err := rename(f.Name(), t.path); err != nil {
		return fmt.Errorf("%w; what was to be saved is in %s", cause(err), f.Name())
	}
	// The new name lasts once the folder is on the disk. Some systems cannot
	// sync a folder, and need not.
	if d, err := os.Open(filepath.Dir(t.path)); err == nil {
		d.Sync()
		d.Close()
	}
	return nil
}

// Probe tells whether [File] could write path, by writing another file beside
// it, which it removes.
func Probe(path string) error {
	t, err := find(path)
	if err == nil && !t.stream {
		sweep(t.path)
		err = probe(prefix(t.path) + "probe")
	}
	if err != nil {
		return fmt.Errorf("cannot write %s: %w", path, cause(err))
	}
	return nil
}

func probe(path string) error {
	err := file(path, func(w io.Writer) error {
		_, err := io.WriteString(w, "probe") // a full disk may let one make a file
		return err
	})
	if e := os.Remove(path); err == nil && !errors.Is(e, fs.ErrNotExist) {
		err = e
	}
	sweep(path)
	return err
}

// Append adds b to the file at path, which has size bytes. Where it fails the
// file is as it was.
func Append(path string, size int64, b []byte) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot append to %s: %w", path, cause(err))
		}
	}()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() != size {
		return errors.New("it has changed")
	}
	_, err = f.WriteAt(b, size)
	if err == nil {
		err = flush(f)
	}
	if err != nil {
		f.Truncate(size)
		return err
	}
	return f.Close()
}

// A target is what a path stands for.
type target struct {
	path   string      // with links followed
	exists bool        // as a regular file
	perm   fs.FileMode // of that
	stream bool        // a pipe or a character device
}

func find(path string) (t target, err error) {
	if path == "" {
		return t, errors.New("it has no name")
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return t, err
	case info.Mode().IsRegular():
		if t.exists, t.perm = true, info.Mode().Perm(); t.perm&0o200 == 0 {
			return t, errors.New("it exists and is read-only")
		}
	case info.Mode()&(fs.ModeCharDevice|fs.ModeNamedPipe) != 0:
		return target{path: path, stream: true}, nil
	default:
		return t, errors.New("it exists and is no regular file")
	}
	t.path, err = follow(path)
	return t, err
}

// follow follows symbolic links, a last one also where it points to nothing.
func follow(path string) (string, error) {
	for range 40 { // as many as Linux follows
		link, err := os.Readlink(path)
		if err != nil {
			return path, nil // it is none
		}
		if !filepath.IsAbs(link) {
			dir, err := filepath.EvalSymlinks(filepath.Dir(path))
			if err != nil {
				return "", err
			}
			link = filepath.Join(dir, link)
		}
		path = link
	}
	return "", errors.New("too many symbolic links")
}

func buffered(w io.Writer, write func(io.Writer) error) error {
	b := bufio.NewWriter(w)
	if err := write(b); err != nil {
		return err
	}
	return b.Flush()
}

// flush waits until f is on the disk, where the file system knows how to.
func flush(f *os.File) error {
	err := f.Sync()
	if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.EINVAL) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	return err
}

// rename tries again for a second on Windows, where a scanner or a viewer may
// have opened either file for a moment.
func rename(from, to string) (err error) {
	for wait := time.Millisecond; ; wait *= 2 {
		if err = os.Rename(from, to); err == nil || runtime.GOOS != "windows" || wait > time.Second/2 {
			return err
		}
		time.Sleep(wait)
	}
}
