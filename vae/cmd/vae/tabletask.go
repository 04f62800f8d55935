package main

import (
	"context"
	"encoding/csv"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

// A tableTask is a command that reads the rows of a table, for a model of one, and writes a
// row of CSV for each.
type tableTask struct {
	*inputFlags
	out        *output
	header, id string
	gaps       bool // cells may be missing, whatever the model was trained with
}

// registerInput is for a command whose rows have no names.
func (t *tableTask) registerInput(f *flag.FlagSet) {
	t.tablesToo(f)
	f.Lookup("data").Usage += ", which it is where the flag is left out and the model is of\na table"
	headerFlag(f, &t.header)
}

func (t *tableTask) register(f *flag.FlagSet) {
	t.registerInput(f)
	t.idFlag(f)
}

func (t *tableTask) idFlag(f *flag.FlagSet) {
	f.StringVar(&t.id, "id", "", "the `column` of a table whose cells name the rows; else they are numbered from 0")
}

// registerAlone is for a command that reads nothing but tables.
func (t *tableTask) registerAlone(f *flag.FlagSet, limit string) {
	t.modelFlags.register(f)
	f.StringVar(&t.data, "data", standardInput, "a table: a CSV or NPY `file`, gzipped or not, or - for standard input")
	t.limitFlag(f, limit)
	headerFlag(f, &t.header)
	t.idFlag(f)
}

// choose sets where the input comes from and the output goes, of a model of a table.
func (t *tableTask) choose(f *flag.FlagSet) error {
	if err := imageFlags(f); err != nil {
		return err
	}
	given := given(f)
	if !given["data"] {
		t.data = standardInput
	}
	if t.out != nil {
		t.out.what, t.out.ends = "CSV", []string{".csv", ".txt"}
		if !given["out"] {
			t.out.path = "-"
		}
	}
	return nil
}

// imageFlags is an error where flags are given that say nothing of tables.
func imageFlags(f *flag.FlagSet) error {
	given := given(f)
	for _, name := range []string{"split", "size"} {
		if given[name] {
			return fmt.Errorf("-%s is for images, and the model is of a table: leave it out, and choose rows with -data and -limit", name)
		}
	}
	return nil
}

// open begins to read the table.
func (t *tableTask) open(std streams, m *vae.Model) (*tableInput, error) {
	c := m.Columns()
	if t.gaps {
		masked := *c
		masked.Missing = table.Mask
		c = &masked
	}
	var beside []string
	if t.id != "" {
		beside = append(beside, t.id)
	}
	return openInput(std, t.data, t.header, c, beside...)
}

// run writes what make makes of rows x, whose cells are in the order of the model's
// columns: a row of so many names for each.
func (t *tableTask) run(ctx context.Context, std streams, f *flag.FlagSet, m *vae.Model, names []string, make func(x []float32, cells [][]table.Cell) ([][]string, error)) error {
	if err := t.choose(f); err != nil {
		return err
	}
	if err := t.out.check(); err != nil {
		return err
	}
	in, err := t.open(std, m)
	if err != nil {
		return err
	}
	defer in.close()
	key := t.id
	if key == "" {
		key = "row"
	}
	var failed error // not in writing
	err = t.out.write(func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write(append([]string{key}, names...))
		c.Flush() // a row may be long in coming
		var keys []string
		var cells [][]table.Cell
		id := in.at(t.id)
		keep := func(row []table.Cell) {
			if t.id != "" {
				keys = append(keys, row[id].String())
			}
			var own []table.Cell
			for _, j := range in.order {
				own = append(own, row[j])
			}
			cells = append(cells, own)
		}
		err := in.each(t.limit, keep, func(first int, x []float32) error {
			if ctx.Err() != nil {
				return errInterrupted
			}
			rows, err := make(x, cells)
			if err != nil {
				return t.blame(err)
			}
			for i, row := range rows {
				key := strconv.Itoa(first + i)
				if t.id != "" {
					key = keys[i]
				}
				c.Write(append([]string{key}, row...))
			}
			keys, cells = keys[:0], cells[:0]
			c.Flush()
			return c.Error()
		})
		if err := c.Error(); err != nil {
			return err
		}
		failed = err
		return err
	}, "")
	if failed != nil {
		return failed
	}
	return err
}

// all reads all rows into memory.
func (t *tableTask) all(ctx context.Context, std streams, f *flag.FlagSet, m *vae.Model) (dataset.Floats, error) {
	rows := dataset.Floats{Channels: m.Config().Input.Size(), Missing: m.Columns().Missing == table.Mask}
	err := t.each(ctx, std, f, m, func(x []float32) error {
		rows.Data = append(rows.Data, x...)
		return nil
	})
	return rows, err
}

// codes encodes all rows.
func (t *tableTask) codes(ctx context.Context, std streams, f *flag.FlagSet, m *vae.Model) (codes []float32, err error) {
	err = t.each(ctx, std, f, m, func(x []float32) error {
		fillGaps(x)
		mu, _, err := m.Encode(x)
		codes = append(codes, mu...)
		return err
	})
	return codes, err
}

// each calls use with all rows, some at a time, of which there have to be some.
func (t *tableTask) each(ctx context.Context, std streams, f *flag.FlagSet, m *vae.Model, use func(x []float32) error) error {
	if err := t.choose(f); err != nil {
		return err
	}
	in, err := t.open(std, m)
	if err != nil {
		return err
	}
	defer in.close()
	none := true
	err = in.each(t.limit, func([]table.Cell) {}, func(_ int, x []float32) error {
		if ctx.Err() != nil {
			return errInterrupted
		}
		none = false
		return use(x)
	})
	if err == nil && none {
		err = fmt.Errorf("%s has no rows", in.name)
	}
	return err
}

// fillGaps puts 0, as which the model knows them, in the place of missing numbers.
func fillGaps(x []float32) {
	for i, v := range x {
		if v != v {
			x[i] = 0
		}
	}
}

// inUnits are rows of numbers as the table has them.
func inUnits(c *table.Columns, x []float32) (rows [][]string) {
	cells := make([]table.Cell, len(c.Columns))
	for width := c.Width(); len(x) > 0; x = x[width:] {
		c.Invert(cells, x[:width])
		row := make([]string, len(cells))
		for i, cell := range cells {
			row[i] = cell.String()
		}
		rows = append(rows, row)
	}
	return rows
}

// codeNames are those of the components of a code.
func codeNames(c vae.Config) (names []string) {
	parts := []string{"mu_", "logvar_"}
	if c.Kind == vae.AE {
		parts = parts[:1]
	}
	for _, part := range parts {
		for i := range c.Latent {
			names = append(names, part+strconv.Itoa(i))
		}
	}
	return names
}

// encode writes the codes of the rows.
func (t *tableTask) encode(ctx context.Context, std streams, f *flag.FlagSet, m *vae.Model) error {
	c := m.Config()
	return t.run(ctx, std, f, m, codeNames(c), func(x []float32, _ [][]table.Cell) (rows [][]string, err error) {
		fillGaps(x)
		mu, logvar, err := m.Encode(x)
		if err != nil {
			return nil, err
		}
		for i := 0; i < len(mu); i += c.Latent {
			row := floatTexts(nil, mu[i:i+c.Latent])
			if logvar != nil {
				row = floatTexts(row, logvar[i:i+c.Latent])
			}
			rows = append(rows, row)
		}
		return rows, nil
	})
}

func floatTexts(row []string, x []float32) []string {
	for _, v := range x {
		row = append(row, strconv.FormatFloat(float64(v), 'g', -1, 32))
	}
	return row
}

// reconstruct writes what the model makes of the rows.
func (t *tableTask) reconstruct(ctx context.Context, std streams, f *flag.FlagSet, m *vae.Model) error {
	return t.run(ctx, std, f, m, m.Columns().Names(), func(x []float32, _ [][]table.Cell) ([][]string, error) {
		fillGaps(x)
		y, err := m.Reconstruct(x)
		if err != nil {
			return nil, err
		}
		return inUnits(m.Columns(), y), nil
	})
}

// sample writes n rows that are drawn from the prior, or of an autoencoder from codes like
// those of the rows of -data.
func (t *tableTask) sample(ctx context.Context, std streams, f *flag.FlagSet, m *vae.Model, engine *kernels.Engine, n int, seed uint64) (err error) {
	if err := t.choose(f); err != nil {
		return err
	}
	if err := t.out.check(); err != nil {
		return err
	}
	var x []float32
	if m.Config().Kind == vae.VAE {
		x, err = m.Sample(n, seed)
	} else {
		var codes []float32
		if codes, err = t.codes(ctx, std, f, m); err == nil {
			x, err = decodeLike(m, engine, codes, n, seed)
		}
	}
	if err != nil {
		return t.blame(err)
	}
	return t.out.write(func(w io.Writer) error {
		c := csv.NewWriter(w)
		c.Write(m.Columns().Names())
		c.WriteAll(inUnits(m.Columns(), x))
		return c.Error()
	}, "")
}

// impute writes the rows with their gaps filled. What stands in a gap is what the model
// makes of the row, with what it made before there, so many times.
func (t *tableTask) impute(ctx context.Context, std streams, f *flag.FlagSet, m *vae.Model, rounds int) error {
	return t.run(ctx, std, f, m, m.Columns().Names(), func(x []float32, cells [][]table.Cell) ([][]string, error) {
		var gaps []int
		for i, v := range x {
			if math.IsNaN(float64(v)) {
				gaps = append(gaps, i)
			}
		}
		fillGaps(x)
		for range rounds {
			y, err := m.Reconstruct(x)
			if err != nil {
				return nil, err
			}
			for _, i := range gaps {
				x[i] = y[i]
			}
		}
		rows := inUnits(m.Columns(), x)
		for i, row := range rows {
			for j, cell := range cells[i] {
				if !cell.Missing() {
					row[j] = cell.String()
				}
			}
		}
		return rows, nil
	})
}
