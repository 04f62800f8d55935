package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/lanewise/lanewise/vae/dataset/table"
)

// standardInput is the name of a table that comes from there.
const standardInput = "-"

// isTable tells whether -data names a table, and not a folder of images: standard input,
// or what is there and no folder, or what is not there and is named like one.
func isTable(data string) bool {
	if data == standardInput {
		return true
	}
	if info, err := os.Stat(data); err == nil {
		return !info.IsDir() && data != embedded
	}
	switch filepath.Ext(strings.TrimSuffix(strings.ToLower(data), ".gz")) {
	case ".csv", ".npy", ".tsv", ".txt":
		return true
	}
	return false
}

// A tableFile is a table that can be read more than once.
type tableFile struct {
	name   string // for errors
	path   string
	copy   *os.File // of what cannot be read again
	header table.Header
}

// openTable finds a table, and copies what comes from a pipe to a temporary file.
func openTable(std streams, data, header string) (*tableFile, error) {
	t := &tableFile{name: data, path: data, header: table.Header(header)}
	from := std.in
	if data == standardInput {
		t.name = "standard input"
		std.noteTerminal()
	} else {
		info, err := os.Stat(data)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("-data %s: there is no such file", data)
		case err != nil:
			return nil, err
		case info.Mode().IsRegular():
			return t, nil
		}
		f, err := os.Open(data)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		from = f
	}
	f, err := os.CreateTemp("", "lanewise-table-")
	if err != nil {
		return nil, fmt.Errorf("a copy of %s: %w", t.name, err)
	}
	t.copy = f
	os.Remove(f.Name()) // where the system keeps an open file so, whatever ends the program; else close does
	if _, err = io.Copy(f, from); err != nil {
		t.close()
		return nil, fmt.Errorf("a copy of %s: %w", t.name, err)
	}
	return t, nil
}

// noteTerminal says what is waited for.
func (s streams) noteTerminal() {
	if isTerminal(s.in) {
		s.note("reading a table from the terminal, to its end (Ctrl-D): -data FILE reads a file")
	}
}

func (t *tableFile) close() {
	if t.copy != nil {
		t.copy.Close()
		os.Remove(t.copy.Name())
	}
}

// read begins to read the table.
func (t *tableFile) read() (*table.Reader, io.Closer, error) {
	var f io.ReadCloser
	if t.copy != nil {
		f = io.NopCloser(io.NewSectionReader(t.copy, 0, math.MaxInt64))
	} else {
		var err error
		if f, err = os.Open(t.path); err != nil {
			return nil, nil, err
		}
	}
	r, err := table.NewReader(f, t.header)
	if err != nil {
		f.Close()
		return nil, nil, t.wrong(err)
	}
	return r, f, nil
}

// wrong names the table in an error.
func (t *tableFile) wrong(err error) error {
	return inTable(t.name, err)
}

// each calls use with the cells of all rows that are at these places, until it is told
// enough, and says how many rows it has seen.
func (t *tableFile) each(at []int, use func(i int, row []table.Cell) error) (n int, err error) {
	r, f, err := t.read()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	some := make([]table.Cell, len(at))
	for row, err := range r.Rows() {
		if err != nil {
			return n, t.wrong(err)
		}
		for i, j := range at {
			some[i] = row[j]
		}
		if err := use(n, some); err == errEnough {
			break
		} else if err != nil {
			return n, t.wrong(r.Locate(err))
		}
		n++
	}
	return n, nil
}

var errEnough = errors.New("enough rows")
