package main

import (
	"io"

	"github.com/lanewise/lanewise/internal/save"
)

// An output is a file that a run ends with: a run that fails leaves the old one.
type output struct {
	path  string
	write func(w io.Writer, r report) error
}

func (s settings) outputs() []output {
	var all []output
	for _, o := range []output{{s.json, writeJSON}, {s.markdown, writeMarkdown}, {s.png, writePNG}} {
		if o.path != "" {
			all = append(all, o)
		}
	}
	return all
}

// probe tells before the run whether its files can be written.
func (s settings) probe() error {
	for _, o := range s.outputs() {
		if err := save.Probe(o.path); err != nil {
			return err
		}
	}
	return nil
}

func (s settings) write(r report) error {
	for _, o := range s.outputs() {
		if err := save.File(o.path, func(w io.Writer) error { return o.write(w, r) }); err != nil {
			return err
		}
	}
	return nil
}
