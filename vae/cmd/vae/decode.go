package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

const aboutDecode = `Writes the rows that codes stand for, with the columns' names and units. The codes are
a table with the columns mu_0, mu_1, …, as vae encode writes them; others are passed
over, but the first, which names the rows, if it is none of those of a code.

  vae encode -data x.csv -out codes.csv && vae decode -data codes.csv`

func decode(ctx context.Context, std streams, args []string) error {
	var in modelFlags
	var out output
	data := standardInput
	f := newFlags("decode")
	in.register(f)
	f.StringVar(&data, "data", data, "the codes, a CSV or NPY `file`, or - for standard input")
	out.register(f, std, "-", "CSV", ".csv", ".txt")
	if err := parse(f, std, args, aboutDecode); err != nil {
		return err
	}
	m, _, err := in.load(std)
	if err != nil {
		return err
	}
	if m.Columns() == nil {
		return fmt.Errorf("%s is a model of images: decode is for those of the rows of a table", in.checkpoint)
	}
	if err := out.check(); err != nil {
		return err
	}
	rows, err := openRows(std, data, string(table.Auto))
	if err != nil {
		return err
	}
	defer rows.close()
	codes := &codeTable{in: rows, latent: m.Config().Latent}
	if err := codes.find(); err != nil {
		return inTable(rows.name, err)
	}
	var failed error // not in writing
	err = out.write(func(w io.Writer) error {
		c := csv.NewWriter(w)
		failed = codes.decode(ctx, c, m)
		c.Flush()
		if failed != nil {
			return failed
		}
		return c.Error()
	}, "")
	if failed != nil {
		return in.blame(failed)
	}
	return err
}

// missingOr is a cell in words.
func missingOr(c table.Cell) string {
	if c.Missing() {
		return "a cell is missing"
	}
	return fmt.Sprintf("%.64q is no component of a code", c.String())
}

// A codeTable is a table of codes.
type codeTable struct {
	in     *tableInput
	latent int
	at     []int  // of the components among the cells
	key    string // the name of the first column, if it is none of a code
}

// find looks for the components.
func (t *codeTable) find() error {
	names := t.in.r.Names()
	if t.in.r.Unnamed() && len(names) == t.latent { // an array of codes
		for i := range names {
			t.at = append(t.at, i)
		}
		return nil
	}
	for i := range t.latent {
		j := slices.Index(names, "mu_"+strconv.Itoa(i))
		if j < 0 {
			return fmt.Errorf("there is no column mu_%d: want codes of %d components, as vae encode writes them", i, t.latent)
		}
		t.at = append(t.at, j)
	}
	if !slices.Contains(t.at, 0) {
		t.key = names[0]
	}
	return nil
}

// decode writes the rows. An error of the writer stays with it.
func (t *codeTable) decode(ctx context.Context, out *csv.Writer, m *vae.Model) error {
	head := m.Columns().Names()
	name := t.key
	if name == "" {
		name = "row"
	}
	out.Write(append([]string{name}, head...))
	z := make([]float32, t.latent)
	n := 0
	for row, err := range t.in.r.Rows() {
		if err != nil {
			return inTable(t.in.name, err)
		}
		if ctx.Err() != nil {
			return errInterrupted
		}
		for i, j := range t.at {
			z[i] = float32(row[j].Number)
			if v := float64(z[i]); math.IsNaN(v) || math.IsInf(v, 0) {
				return inTable(t.in.name, t.in.r.Locate(&table.CellError{Column: t.in.r.Names()[j], Err: fmt.Errorf("%s: want a finite number", missingOr(row[j]))}))
			}
		}
		x, err := m.Decode(z)
		if err != nil {
			return err
		}
		key := strconv.Itoa(n)
		if t.key != "" {
			key = row[0].String()
		}
		if out.Write(append([]string{key}, inUnits(m.Columns(), x)[0]...)) != nil {
			break
		}
		n++
	}
	return nil
}
