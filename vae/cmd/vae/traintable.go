package main

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

// What a row of a table is for.
const (
	forTraining = 1 << iota
	forTest
	forValidation
)

// A division says what each row of a table is for: every seventh is for the test, as of a
// folder of images.
type division struct {
	limit int // of rows for training and for the test; 0 for all
	all   bool
	held  map[int]bool // of the rows for training or validation
}

// of gives what row i is for, or 0 for nothing.
func (d *division) of(i int) (use int) {
	test, train := i/dataset.HoldOut, i-i/dataset.HoldOut-1
	isTest := i%dataset.HoldOut == 0
	if d.all {
		train = i
	}
	if isTest && (d.limit == 0 || test < d.limit) {
		use |= forTest
	}
	if !isTest || d.all {
		switch {
		case d.limit > 0 && train >= d.limit:
		case d.held[train]:
			use |= forValidation
		default:
			use |= forTraining
		}
	}
	return use
}

// over tells whether no row from i on is for anything.
func (d *division) over(i int) bool { return d.limit > 0 && i/dataset.HoldOut >= d.limit }

// test is how many of n rows are for the test.
func (d *division) test(n int) int {
	n = (n + dataset.HoldOut - 1) / dataset.HoldOut
	if d.limit > 0 {
		n = min(n, d.limit)
	}
	return n
}

// training is how many of n rows are for training or validation.
func (d *division) training(n int) int {
	if !d.all {
		n -= (n + dataset.HoldOut - 1) / dataset.HoldOut
	}
	if d.limit > 0 {
		n = min(n, d.limit)
	}
	return n
}

// loadTable reads a table: once to learn from its columns, and once more for its rows; with
// -validate once before, to count them.
func (r *trainRun) loadTable(std streams) error {
	file, err := openTable(std, r.dataFlags.data, r.header)
	if err != nil {
		return err
	}
	defer file.close()
	reader, closer, err := file.read()
	if err != nil {
		return err
	}
	all, unnamed := reader.Names(), reader.Unnamed()
	closer.Close()
	at, except, err := r.pick(all)
	if err != nil {
		if unnamed && reader.Count() < 0 { // it is a CSV file
			err = fmt.Errorf("%w; its first row is not taken for names, which -header yes does", err)
		}
		return file.wrong(err)
	}
	d := &division{limit: r.limit, all: r.all}
	if r.validate.part > 0 {
		if d.held, err = r.heldRows(file, d); err != nil {
			return err
		}
	}
	var chosen []string
	for _, i := range at {
		chosen = append(chosen, all[i])
	}
	fitter, err := table.NewFitter(chosen, r.fitting())
	if err != nil {
		return file.wrong(err)
	}
	n, err := file.each(at, func(i int, row []table.Cell) error {
		switch {
		case d.over(i):
			return errEnough
		case d.of(i)&forTraining != 0:
			return fitter.Add(row)
		}
		return nil
	})
	switch {
	case err != nil:
		return err
	case n < 2:
		return fmt.Errorf("%s has %s, but one to train and one to test are the least: add rows", file.name, count(n, "row"))
	}
	columns, err := fitter.Columns()
	if err != nil {
		return file.wrong(err)
	}
	columns.Unnamed, columns.Except = unnamed, except
	noteConstant(std, &columns)
	noteWords(std, &columns, r.words)
	if r.resumed == nil {
		if err := r.tableDefaults(std, d.training(n)-len(d.held)); err != nil {
			return err
		}
	}
	return r.readRows(file, &columns, at, d, n)
}

// sameColumns is an error where the columns of data are not those of a model, which may have
// become the same numbers.
func sameColumns(data string, model, here *table.Columns) error {
	if model == nil || here == nil {
		return nil
	}
	if _, err := model.Order(here.Names()); err != nil {
		return fmt.Errorf("-data %s: %w", data, err)
	}
	for i := range model.Columns {
		if !reflect.DeepEqual(model.Columns[i], here.Columns[i]) {
			return fmt.Errorf("-data %s: the column %.64q is not what it was: it is in other units, or has other words", data, here.Columns[i].Name)
		}
	}
	return nil
}

// heldRows draws the rows that are held out.
func (r *trainRun) heldRows(file *tableFile, d *division) (map[int]bool, error) {
	n, err := file.each(nil, func(i int, _ []table.Cell) error {
		if d.over(i) {
			return errEnough
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	_, index, err := r.validate.hold(d.training(n), "row", r.settingFlags.options.Seed)
	if err != nil {
		return nil, err
	}
	held := make(map[int]bool, len(index))
	for _, i := range index {
		held[i] = true
	}
	return held, nil
}

// noteConstant tells of columns from which there is nothing to learn.
func noteConstant(std streams, c *table.Columns) {
	var constant []string
	for i := range c.Columns {
		if k := &c.Columns[i]; k.Constant() {
			constant = append(constant, k.Name)
		}
	}
	if len(constant) > 0 {
		std.note(fmt.Sprintf("%s the same in all rows to train on: %s", count(len(constant), "column"), quotedNames(constant)))
	}
}

// noteWords tells of columns that may be taken for words by mistake: some of their words are
// numbers, and no flag says that they are words.
func noteWords(std streams, c *table.Columns, words []string) {
	for i := range c.Columns {
		k := &c.Columns[i]
		other, numbers := "", 0
		for _, w := range k.Words {
			if math.IsNaN(table.Text(w).Number) {
				other = cmp.Or(other, w)
			} else {
				numbers++
			}
		}
		if other != "" && numbers > 0 && !slices.Contains(words, k.Name) {
			std.note(fmt.Sprintf("column %.64q is of words, for %.64q is no number, as %d of its %d words are: correct it or leave the cell empty, if the column is of numbers", k.Name, other, numbers, len(k.Words)))
		}
	}
}

// unlearned says of an error of a cell that its row is not for training, if it is not: the
// columns have learned nothing from it.
func unlearned(err error, use int) error {
	var cell *table.CellError
	if use&forTraining != 0 || !errors.As(err, &cell) {
		return err
	}
	what := "the test"
	if use&forValidation != 0 {
		what = "validation"
	}
	return &table.CellError{Column: cell.Column, Err: fmt.Errorf("%w (this row is for %s)", cell.Err, what)}
}

const (
	tableHidden = "64,32"
	tableLatent = 8
	tableBatch  = 64
	tableSteps  = 4000 // of training, at least, for few rows
	tableEpochs = 100  // at most, for very few, which the model would learn by heart
)

// tableDefaults gives the flags that are not given, nor by a preset, values for rows.
func (r *trainRun) tableDefaults(std streams, rows int) error {
	f := r.flags
	here := given(f)
	batch := min(tableBatch, max(rows, 1))
	if here["batch"] {
		batch = min(r.settingFlags.options.Batch, max(rows, 1))
	}
	perEpoch := (rows + batch - 1) / batch
	epochs := min(max(defaultEpochs, (tableSteps+perEpoch-1)/max(perEpoch, 1)), tableEpochs)
	text := ""
	set := func(name, value string) error {
		if here[name] {
			return nil
		}
		text += " -" + name + " " + value
		return f.Set(name, value)
	}
	defaults := [][2]string{{"batch", strconv.Itoa(tableBatch)}, {"epochs", strconv.Itoa(epochs)}}
	if r.dense() {
		defaults = append(defaults, [2]string{"hidden", tableHidden}, [2]string{"latent", strconv.Itoa(tableLatent)})
	}
	if r.architectureFlags.model == string(vae.VAE) {
		defaults = append(defaults, [2]string{"likelihood", "gaussian"})
	}
	for _, d := range defaults {
		if err := set(d[0], d[1]); err != nil {
			return fmt.Errorf("-%s: %w", d[0], err)
		}
	}
	if text != "" {
		std.note("a table: what is not given is" + text)
	}
	return nil
}

// fitsUnit is an error where the likelihood wants numbers from 0 to 1 that a table does not
// give.
func (r *trainRun) fitsUnit() error {
	if _, ok := r.config.Likelihood.(vae.Bernoulli); !ok || r.rows.columns == nil {
		return nil
	}
	for i := range r.rows.columns.Columns {
		k := &r.rows.columns.Columns[i]
		scale, own := r.scales.of[k.Name]
		if !own {
			scale = r.scales.scale
		}
		if len(k.Words) == 0 && scale == table.Standard {
			return fmt.Errorf("a Bernoulli likelihood wants numbers from 0 to 1, but column %.64q is standardised: take -likelihood gaussian, or -scale minmax", k.Name)
		}
	}
	return nil
}

// readRows reads the rows into memory, or onto the disk where they would take a quarter of
// it.
func (r *trainRun) readRows(file *tableFile, c *table.Columns, at []int, d *division, n int) error {
	width := c.Width()
	rowsOf := map[int]int{forTraining: d.training(n) - len(d.held), forTest: d.test(n), forValidation: len(d.held)}
	bytes := 0.0
	for _, rows := range rowsOf {
		bytes += 4 * float64(rows) * float64(width)
	}
	if r.memory == 0 {
		r.memory = availableMemory().bytes
	}
	onDisk := bytes > r.memory/4
	parts := map[int]*rowSink{}
	for use, rows := range rowsOf {
		s := &rowSink{floats: dataset.Floats{Channels: width, Missing: c.Missing == table.Mask}}
		parts[use] = s
		if !onDisk {
			s.floats.Data = make([]float32, 0, rows*width)
			continue
		}
		var err error
		if s.file, err = dataset.NewFile("", width, c.Missing == table.Mask); err != nil {
			return err
		}
		r.rows.files = append(r.rows.files, s.file)
	}
	x := make([]float32, width)
	_, err := file.each(at, func(i int, row []table.Cell) error {
		use := d.of(i)
		switch {
		case d.over(i):
			return errEnough
		case use == 0:
			return nil
		}
		if err := c.Apply(x, row, nil); err != nil {
			return unlearned(err, use)
		}
		for part, sink := range parts {
			if use&part != 0 {
				if err := sink.add(x); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.rows.columns = c
	r.rows.train, r.rows.test = parts[forTraining].source(), parts[forTest].source()
	if len(d.held) > 0 {
		r.best.rows = parts[forValidation].source()
	}
	if r.rows.bytes = bytes; onDisk {
		r.rows.bytes = 0
		fmt.Fprintf(r.log, "%s of rows are in a temporary file\n", amount(bytes))
	}
	if r.rows.train.Len() == 0 {
		return fmt.Errorf("%s: no rows are left to train on", file.name)
	}
	return nil
}

// A rowSink is where rows go.
type rowSink struct {
	floats dataset.Floats
	file   *dataset.File // nil for memory
}

func (s *rowSink) add(row []float32) error {
	if s.file != nil {
		return s.file.Append(row)
	}
	s.floats.Data = append(s.floats.Data, row...)
	return nil
}

func (s *rowSink) source() dataset.Source {
	if s.file != nil {
		return s.file
	}
	return s.floats
}
