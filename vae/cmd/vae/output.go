package main

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
)

// writeFile writes a file under a temporary name and renames it when it is
// whole, so that the name never stands for half a file.
func writeFile(path string, write func(io.Writer) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("cannot write %s: %w", path, err)
		}
	}()
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name()) // fails once it is renamed
	defer f.Close()
	if err := f.Chmod(0o644); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	w := bufio.NewWriter(f)
	if err := write(w); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func writePNG(path string, img image.Image) error {
	return writeFile(path, func(w io.Writer) error { return png.Encode(w, img) })
}

// checkFile tells, before the work is done, whether writeFile could write path.
func checkFile(path string) error {
	if path == "" {
		return errors.New("-out is empty: want the name of a file")
	}
	return checkFolder(filepath.Dir(path), filepath.Base(path))
}

// checkFolder makes a folder and tells whether files of the given names can be
// written in it.
func checkFolder(dir string, names ...string) error {
	if dir == "" {
		return errors.New("-out is empty: want the name of a folder")
	}
	const mend = "; choose another place with -out"
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w"+mend, dir, err)
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
			return fmt.Errorf("cannot write %s: it exists and is no regular file"+mend, path)
		}
	}
	f, err := os.CreateTemp(dir, ".vae-*")
	if err != nil {
		return fmt.Errorf("cannot write in %s: %w"+mend, dir, err)
	}
	name := f.Name()
	_, err = f.WriteString("probe") // a full disk may let one make a file
	err = errors.Join(err, f.Close(), os.Remove(name))
	if err != nil {
		return fmt.Errorf("cannot write in %s: %w"+mend, dir, err)
	}
	return nil
}
