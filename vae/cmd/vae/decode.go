package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
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
	if err := out.check(""); err != nil {
		return err
	}
	file, err := openTable(std, data, string(table.Auto))
	if err != nil {
		return err
	}
	defer file.close()
	r, closer, err := file.read()
	if err != nil {
		return err
	}
	defer closer.Close()
	codes := &codeTable{r: r, latent: m.Config().Latent}
	if err := codes.find(); err != nil {
		return file.wrong(err)
	}
	var failed error
	err = out.write(func(w io.Writer) error {
		b := bufio.NewWriter(w)
		failed = codes.decode(ctx, b, m)
		return errors.Join(failed, b.Flush())
	}, "")
	if failed != nil {
		return in.blame(file.wrong(failed))
	}
	return err
}

// A codeTable is a table of codes.
type codeTable struct {
	r      *table.Reader
	latent int
	at     []int  // of the components among the cells
	key    string // the name of the first column, if it is none of a code
}

// find looks for the components.
func (t *codeTable) find() error {
	names := t.r.Names()
	if t.r.Unnamed() && len(names) == t.latent { // an array of codes
		for i := range names {
			t.at = append(t.at, i)
		}
		t.key = ""
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

func (t *codeTable) decode(ctx context.Context, w io.Writer, m *vae.Model) error {
	out := csv.NewWriter(w)
	head := m.Columns().Names()
	name := t.key
	if name == "" {
		name = "row"
	}
	out.Write(append([]string{name}, head...))
	z := make([]float32, t.latent)
	n := 0
	for row, err := range t.r.Rows() {
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return errInterrupted
		}
		for i, j := range t.at {
			z[i] = float32(row[j].Number)
			if v := float64(z[i]); math.IsNaN(v) || math.IsInf(v, 0) {
				return t.r.Locate(&table.CellError{Column: t.r.Names()[j], Err: fmt.Errorf("%.64q is no component of a code", row[j].String())})
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
		out.Write(append([]string{key}, inUnits(m.Columns(), x)[0]...))
		n++
	}
	out.Flush()
	return out.Error()
}
