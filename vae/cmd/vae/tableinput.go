package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/lanewise/lanewise/vae/dataset/table"
)

// A tableInput is a table whose rows a model reads, one after another, as they come.
type tableInput struct {
	name    string
	file    io.Closer
	live    bool // rows may come one by one: it is no file
	r       *table.Reader
	names   []string // of the columns of the table
	columns *table.Columns
	order   []int // of the columns among the cells
}

// openInput begins to read a table, which may have columns beside those of the model.
func openInput(std streams, data, header string, c *table.Columns, beside ...string) (*tableInput, error) {
	in, err := openRows(std, data, header)
	if err != nil {
		return nil, err
	}
	in.columns = c
	if err := in.find(table.Header(header), beside); err != nil {
		in.close()
		return nil, inTable(in.name, err)
	}
	return in, nil
}

// openRows begins to read a table, whatever its columns are.
func openRows(std streams, data, header string) (*tableInput, error) {
	in := &tableInput{name: data, live: true}
	from := std.in
	if data == standardInput {
		in.name = "standard input"
		std.noteTerminal()
		if f, ok := from.(*os.File); ok {
			info, err := f.Stat()
			in.live = err != nil || !info.Mode().IsRegular()
		}
	} else {
		info, err := os.Stat(data)
		switch {
		case err != nil && data == embedded:
			return nil, errors.New("-data digits are images, but the model is of a table: name a CSV or NPY file")
		case err != nil:
			return nil, fmt.Errorf("-data: %w", err)
		case info.IsDir():
			return nil, fmt.Errorf("-data %s is a folder, but the model is of a table: name a CSV or NPY file", data)
		}
		f, err := os.Open(data)
		if err != nil {
			return nil, err
		}
		in.live, in.file, from = !info.Mode().IsRegular(), f, f
	}
	var err error
	if in.r, err = table.NewReader(from, table.Header(header)); err != nil {
		in.close()
		return nil, inTable(in.name, err)
	}
	return in, nil
}

// inTable names a table in an error.
func inTable(name string, err error) error {
	return fmt.Errorf("%s: %s", name, strings.TrimPrefix(err.Error(), "table: "))
}

// find looks for the columns of the model, and for others.
func (in *tableInput) find(header table.Header, beside []string) (err error) {
	names, model := in.r.Names(), in.columns.Names()
	if in.r.Unnamed() && !in.columns.Unnamed {
		// Without names the columns are those of the model, in its order.
		if len(names) != len(model) && (header == table.No || in.r.Count() >= 0) {
			return fmt.Errorf("there are %s without names, but the model has %d: %s", count(len(names), "column"), len(model), quotedNames(model))
		}
		if header != table.No || len(names) != len(model) {
			return fmt.Errorf("the first row has no names, but the model's columns have (%s): with -header yes it has, with -header no the columns are those of the model, in its order", quotedNames(model))
		}
		names = model
	}
	for _, name := range beside {
		if !slices.Contains(names, name) {
			return fmt.Errorf("there is no column %.64q: the columns are %s", name, quotedNames(names))
		}
	}
	in.names = names
	in.order, err = in.columns.Order(names, beside...)
	return err
}

func (in *tableInput) close() {
	if in.file != nil {
		in.file.Close()
	}
}

// at is where the column of a name stands among the cells, which is there.
func (in *tableInput) at(name string) int { return slices.Index(in.names, name) }

// next sets x to the next row, and gives its cells, which are valid until the next one; or
// io.EOF.
func (in *tableInput) next(x []float32) ([]table.Cell, error) {
	row, err := in.r.Next()
	if err == nil {
		err = in.r.Locate(in.columns.Apply(x, row, in.order))
	}
	if err != nil && !errors.Is(err, io.EOF) {
		err = inTable(in.name, err)
	}
	return row, err
}

// each reads all rows, some at a time, and calls use with them; keep says what is to be
// kept of a row's cells.
func (in *tableInput) each(limit int, keep func(cells []table.Cell), use func(first int, x []float32) error) error {
	width, batch := in.columns.Width(), encodeBatch
	if in.live {
		batch = 1
	}
	x := make([]float32, batch*width)
	first, n := 0, 0
	for {
		cells, err := []table.Cell(nil), io.EOF
		if limit == 0 || first+n < limit {
			cells, err = in.next(x[n*width:][:width])
		}
		if err == nil {
			keep(cells)
			n++
		}
		if n == batch || err != nil && n > 0 {
			if e := use(first, x[:n*width]); e != nil {
				return e
			}
			first, n = first+n, 0
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
