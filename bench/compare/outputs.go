package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// An output is a file that a run ends with. It is written beside its name and
// renamed at the end: a name that cannot be written is known before the run,
// and a run that fails leaves the old file.
type output struct {
	path  string
	file  *os.File
	write func(w io.Writer, r report) error
}

type outputs []*output

func openOutputs(s settings) (outputs, error) {
	var all outputs
	for _, o := range []output{
		{path: s.json, write: writeJSON},
		{path: s.markdown, write: writeMarkdown},
		{path: s.png, write: writePNG},
	} {
		if o.path == "" {
			continue
		}
		err := error(nil)
		if info, e := os.Stat(o.path); e == nil && info.IsDir() {
			err = fmt.Errorf("%s is a folder", o.path)
		} else {
			o.file, err = os.CreateTemp(filepath.Dir(o.path), "."+filepath.Base(o.path)+"-*")
		}
		if err != nil {
			all.discard()
			return nil, err
		}
		all = append(all, &o)
	}
	return all, nil
}

func (all outputs) write(r report) error {
	for _, o := range all {
		err := o.write(o.file, r)
		if err == nil {
			err = o.file.Chmod(0o644)
		}
		if e := o.file.Close(); err == nil {
			err = e
		}
		if err == nil {
			err = os.Rename(o.file.Name(), o.path)
		}
		if err != nil {
			return fmt.Errorf("writing %s: %w", o.path, err)
		}
		o.file = nil
	}
	return nil
}

// discard removes what has not been written.
func (all outputs) discard() {
	for _, o := range all {
		if o.file != nil {
			o.file.Close()
			os.Remove(o.file.Name())
		}
	}
}
