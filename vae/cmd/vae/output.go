package main

import (
	"flag"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/lanewise/lanewise/internal/save"
)

// An output is the one file that a command writes.
type output struct {
	streams
	flag string // that names it, such as out
	path string
	what string        // it is, such as a PNG
	ends []string      // that its name may have
	from *flag.FlagSet // whose other flags name what is read
}

func (o *output) register(f *flag.FlagSet, std streams, name, what string, ends ...string) {
	o.streams, o.flag, o.what, o.ends, o.from = std, "out", what, ends, f
	f.StringVar(&o.path, "out", name, "the `file` to write, a "+what+"; - for standard output")
}

// check tells, before the work is done, whether the file can be written, and replaces
// nothing that is read. A picture must not join the images of -data.
func (o *output) check() error {
	if o.path == "" {
		return fmt.Errorf("-%s is empty: want the name of a file", o.flag)
	}
	if o.standard() {
		if !strings.HasPrefix(o.what, "CSV") && isTerminal(o.out) {
			return fmt.Errorf("-%s: a terminal does not show a %s; name a file", o.flag, o.what)
		}
		return nil
	}
	end := strings.ToLower(filepath.Ext(o.path))
	if end != "" && len(filepath.Base(o.path)) != len(end) && !slices.Contains(o.ends, end) {
		return fmt.Errorf("-%s %s: what is written is a %s; let its name end in %s", o.flag, o.path, o.what, o.ends[0])
	}
	if err := o.replacesInput(); err != nil {
		return err
	}
	dir := filepath.Dir(o.path)
	if err := makeFolder(dir, o.flag); err != nil {
		return err
	}
	if data := o.from.Lookup("data"); data != nil && data.Value.String() != embedded && sameFolder(dir, data.Value.String()) {
		_, err := os.Stat(o.path)
		switch {
		case o.what == "PNG":
			return fmt.Errorf("-%s %s: that folder holds the images of -data, and this one would be among them; choose another", o.flag, o.path)
		case err == nil && (end == "" || strings.HasPrefix(end, ".idx")): // as the names of IDX files end
			return fmt.Errorf("-%s %s is a file in the folder of -data, which it would replace: choose another", o.flag, o.path)
		}
	}
	return probe(o.path, o.flag)
}

// checkBeside is check for a file that is written beside another one.
func (o *output) checkBeside(other *output) error {
	if o.standard() && other.standard() {
		return fmt.Errorf("-%s and -%s: standard output has room for one of them", other.flag, o.flag)
	}
	samePlace := filepath.Base(o.path) == filepath.Base(other.path) && sameFolder(filepath.Dir(o.path), filepath.Dir(other.path))
	if !o.standard() && (samePlace || sameFolder(o.path, other.path)) {
		return fmt.Errorf("-%s and -%s name one file: want two", other.flag, o.flag)
	}
	return o.check()
}

// replacesInput is an error where the file is one that the command reads.
func (o *output) replacesInput() error {
	there, err := os.Stat(o.path)
	if err != nil || !there.Mode().IsRegular() {
		return nil
	}
	const replaces = "-%s %s is the file of %s, which it would replace: choose another"
	for _, name := range []string{"data", "checkpoint", "model", "in", "map"} {
		x := o.from.Lookup(name)
		if x == nil {
			continue
		}
		if here, err := os.Stat(x.Value.String()); err == nil && os.SameFile(here, there) {
			return fmt.Errorf(replaces, o.flag, o.path, "-"+name)
		}
	}
	if o.reads(o.path) {
		return fmt.Errorf(replaces, o.flag, o.path, "standard input")
	}
	return nil
}

// reads tells whether standard input is a file.
func (s streams) reads(path string) bool {
	f, ok := s.in.(*os.File)
	if !ok {
		return false
	}
	here, err := f.Stat()
	there, e := os.Stat(path)
	return err == nil && e == nil && os.SameFile(here, there)
}

// standard tells whether the file is standard output, by that or by another
// name: /dev/stdout, say, which must be neither replaced nor cut.
func (o *output) standard() bool {
	if o.path == "-" {
		return true
	}
	f, ok := o.out.(*os.File)
	if !ok {
		return false
	}
	here, err := f.Stat()
	there, e := os.Stat(o.path)
	return err == nil && e == nil && os.SameFile(here, there)
}

// write writes the file, and then text where people read it.
func (o *output) write(write func(io.Writer) error, text string) error {
	if o.standard() {
		if err := write(o.out); err != nil {
			return fmt.Errorf("writing to standard output: %w", err)
		}
		_, err := io.WriteString(o.err, text)
		return err
	}
	if err := save.File(o.path, write); err != nil {
		return err
	}
	return printOut(o.out, text+"wrote "+o.path+"\n")
}

func (o *output) writePNG(img image.Image, text string) error {
	return o.write(func(w io.Writer) error { return png.Encode(w, img) }, text)
}

const (
	another = "; choose another place with -"
	mend    = another + "out"
)

// makeFolder makes the folder of a file that a flag names.
func makeFolder(dir, flag string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("cannot make the folder %s: %w"+another+flag, dir, err)
	}
	return nil
}

func probe(path, flag string) error {
	if err := save.Probe(path); err != nil {
		return fmt.Errorf("%w"+another+flag, err)
	}
	return nil
}

// sameFolder tells whether two names stand for one folder, or one file.
func sameFolder(a, b string) bool {
	x, err := os.Stat(a)
	y, e := os.Stat(b)
	return err == nil && e == nil && os.SameFile(x, y)
}
