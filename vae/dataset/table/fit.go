package table

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
)

// A Scale says how the numbers of a column are shifted and scaled.
type Scale string

const (
	Standard Scale = "standard" // to a mean of 0 and a standard deviation of 1
	MinMax   Scale = "minmax"   // to 0 for the least and 1 for the greatest
	Raw      Scale = "none"     // not at all
)

// Options say what becomes of columns.
type Options struct {
	Scale   Scale            // of columns of numbers; Standard where it is empty
	Scales  map[string]Scale // of some of them
	Log     []string         // columns whose logarithms are taken; they have numbers above 0
	Words   []string         // columns whose numbers are words, such as codes
	Missing Missing
}

// A Fitter learns from rows, which should be those that a model is trained on alone, how
// columns become numbers. A column is of numbers if all of its cells are that are not
// missing, else of words. The sums are in float64, in the order of the rows: the result has
// the same bits on every machine.
type Fitter struct {
	fits    []fit
	missing Missing
}

// NewFitter is one for columns of these names.
func NewFitter(names []string, o Options) (*Fitter, error) {
	fits, err := newFits(names, o)
	return &Fitter{fits, o.Missing}, err
}

// Add learns from a row. Its error is a [CellError].
func (f *Fitter) Add(row []Cell) error {
	if len(row) != len(f.fits) {
		panic("table: a row of another length than names")
	}
	for i := range f.fits {
		if err := f.fits[i].add(row[i], f.missing); err != nil {
			return &CellError{f.fits[i].Name, err}
		}
	}
	return nil
}

// Columns are what has been learned. No row can be added afterwards.
func (f *Fitter) Columns() (Columns, error) {
	c := Columns{Missing: f.missing}
	for i := range f.fits {
		if err := f.fits[i].finish(); err != nil {
			return Columns{}, f.fits[i].wrong(err)
		}
		c.Columns = append(c.Columns, f.fits[i].Column)
	}
	return c, c.Validate()
}

// Fit is what a [Fitter] learns from all rows that a table has still to give.
func Fit(t *Reader, o Options) (Columns, error) {
	f, err := NewFitter(t.Names(), o)
	if err != nil {
		return Columns{}, err
	}
	for row, err := range t.Rows() {
		if err == nil {
			err = t.Locate(f.Add(row))
		}
		if err != nil {
			return Columns{}, err
		}
	}
	c, err := f.Columns()
	c.Unnamed = t.Unnamed()
	return c, err
}

// A fit is a column that is being learned.
type fit struct {
	Column
	scale   Scale
	asWords bool // whatever the cells are

	n               int // cells that are not missing
	mean, deviation float64
	low, high       float64
	notNumber       string         // the first cell that is none
	words           map[string]int // how often each comes, until there are too many
}

func newFits(names []string, o Options) ([]fit, error) {
	if len(names) == 0 {
		return nil, errors.New("there are no columns")
	}
	known := map[string]int{}
	fits := make([]fit, len(names))
	for i, name := range names {
		if _, ok := known[name]; ok {
			return nil, fmt.Errorf("two columns are named %.64q: rename one", name)
		}
		known[name] = i
		fits[i] = fit{Column: Column{Name: name, Scale: 1}, scale: o.Scale, words: map[string]int{}}
	}
	set := func(flag string, names []string, use func(f *fit)) error {
		for _, name := range names {
			i, ok := known[name]
			if !ok {
				return fmt.Errorf("%s: there is no column %.64q: the columns are %s", flag, name, listed(slices.Sorted(maps.Keys(known)), 32))
			}
			use(&fits[i])
		}
		return nil
	}
	return fits, errors.Join(
		set("log", o.Log, func(f *fit) { f.Log = true }),
		set("words", o.Words, func(f *fit) { f.asWords = true }),
		set("scale", slices.Sorted(maps.Keys(o.Scales)), func(f *fit) { f.scale = o.Scales[f.Name] }),
	)
}

// add learns from a cell.
func (f *fit) add(cell Cell, missing Missing) error {
	if cell.Missing() {
		if missing == Refuse {
			return errMissing
		}
		return nil
	}
	if len(f.words) <= MaxWords {
		f.words[cell.String()]++
	}
	f.n++
	if f.asWords || f.notNumber != "" {
		return f.fewWords(cell)
	}
	if math.IsNaN(cell.Number) {
		f.notNumber = cell.Text
		return f.fewWords(cell)
	}
	v, err := number(cell, f.Log)
	if err != nil {
		return err
	}
	if f.n == 1 {
		f.low, f.high = v, v
	}
	f.low, f.high = min(f.low, v), max(f.high, v)
	// Welford, "Note on a method for calculating corrected sums of squares and products", 1962
	d := v - f.mean
	f.mean += d / float64(f.n)
	f.deviation += float64(d * (v - f.mean))
	return nil
}

// fewWords is an error where a column of words has too many with this cell.
func (f *fit) fewWords(cell Cell) error {
	if len(f.words) <= MaxWords {
		return nil
	}
	err := fmt.Errorf("with %.64q it has more than %d different words: leave it out with -except", cell.String(), MaxWords)
	if f.notNumber != "" {
		err = fmt.Errorf("%w, or correct what should be a number, %.64q first", err, f.notNumber)
	}
	return err
}

// finish makes a column of what has been learned.
func (f *fit) finish() error {
	if f.n == 0 {
		return errors.New("all cells are missing: leave it out with -except")
	}
	n := float64(f.n)
	if f.asWords || f.notNumber != "" {
		if f.Log {
			return errors.New("words have no logarithm: leave it out of -log")
		}
		f.Words = slices.Sorted(maps.Keys(f.words))
		for _, w := range f.Words {
			f.Mean = append(f.Mean, float64(f.words[w])/n)
		}
		return nil
	}
	switch f.scale {
	case "", Standard:
		f.Shift, f.Scale = f.mean, math.Sqrt(f.deviation/n)
	case MinMax:
		f.Shift, f.Scale = f.low, f.high-f.low
	case Raw:
	default:
		return fmt.Errorf("scale %.64q: want %s, %s or %s", f.scale, Standard, MinMax, Raw)
	}
	if f.Same = f.low == f.high; f.Same && f.scale != Raw {
		f.Shift, f.Scale = f.low, 1
	}
	if !(f.Scale > 0 && f.Scale <= math.MaxFloat64) {
		return fmt.Errorf("its numbers, from %v to %v, have no scale in float64: divide them", f.low, f.high)
	}
	f.Mean = []float64{(f.mean - f.Shift) / f.Scale}
	return nil
}
