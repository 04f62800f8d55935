package main

import (
	"cmp"
	"context"
	"encoding/csv"
	"fmt"
	"image"
	"io"
	"math"
	"slices"
	"strconv"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

const aboutDecode = `Brings back what codes stand for: of a model of images a grid of them, as PNG, ten in a
row; of a model of a table its rows, as CSV, with the columns' names and units. The codes
are a table with the columns mu_0, mu_1, …, as vae encode writes them, and whoever edits
them sees what a component does; other columns are passed over, but the first, which names
the rows of a table, if it is none of those of a code.

  vae encode -limit 20 -out codes.csv && vae decode -data codes.csv -out decoded.png
  vae encode -data x.csv -out codes.csv && vae decode -data codes.csv`

const decodedName = "decoded.png"

func decode(ctx context.Context, std streams, args []string) error {
	var in modelFlags
	var out output
	data := standardInput
	f := newFlags("decode")
	in.register(f)
	f.StringVar(&data, "data", data, "the codes, a CSV or NPY `file`, or - for standard input")
	out.register(f, std, "-", "CSV", ".csv", ".txt")
	f.Lookup("out").Usage += ".\nOf images it is a PNG, " + decodedName + " where the flag is left out"
	if err := parse(f, std, args, aboutDecode); err != nil {
		return err
	}
	m, _, err := in.load(std)
	if err != nil {
		return err
	}
	ofImages := m.Columns() == nil
	if ofImages {
		out.what, out.ends = "PNG", []string{".png"}
		if !given(f)["out"] {
			out.path = decodedName
		}
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
	if ofImages {
		img, err := codes.draw(ctx, m)
		if err != nil {
			return in.blame(err)
		}
		return out.writePNG(img, "")
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

// draw draws the images.
func (t *codeTable) draw(ctx context.Context, m *vae.Model) (image.Image, error) {
	in := m.Config().Input
	var z []float32
	err := t.each(ctx, func(i int, _ []table.Cell, code []float32) error {
		if most := room(in); i >= most {
			return fmt.Errorf("%s has more than %d codes, for which a picture of images of %d×%d pixels has room: leave out the others", t.in.name, most, in.Height, in.Width)
		}
		z = append(z, code...)
		return nil
	})
	if err == nil && len(z) == 0 {
		err = fmt.Errorf("%s has no codes", t.in.name)
	}
	if err != nil {
		return nil, err
	}
	x, err := m.Decode(z)
	if err != nil {
		return nil, err
	}
	g := grid{shape: in, title: "what codes decode to", rows: wrap("code", tiles(x, in), gridColumns)}
	return g.draw(), nil
}

// decode writes the rows. An error of the writer stays with it.
func (t *codeTable) decode(ctx context.Context, out *csv.Writer, m *vae.Model) error {
	name := cmp.Or(t.key, "row")
	out.Write(append([]string{name}, m.Columns().Names()...))
	err := t.each(ctx, func(i int, row []table.Cell, z []float32) error {
		x, err := m.Decode(z)
		if err != nil {
			return err
		}
		key := strconv.Itoa(i)
		if t.key != "" {
			key = row[0].String()
		}
		if out.Write(append([]string{key}, inUnits(m.Columns(), x)[0]...)) != nil {
			return errEnough
		}
		return nil
	})
	if err == errEnough {
		err = nil
	}
	return err
}

// each calls use with every code and its row, which are valid until it returns.
func (t *codeTable) each(ctx context.Context, use func(i int, row []table.Cell, z []float32) error) error {
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
		if err := use(n, row, z); err != nil {
			return err
		}
		n++
	}
	return nil
}
