package table

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/lanewise/lanewise/vae/internal/elementary"
)

// MaxWords is how many different words a column may have: it becomes as many numbers.
const MaxWords = 64

// MaxColumns is how many columns a table may have.
const MaxColumns = 1 << 16

// A Column is how the cells of a column become numbers. One of numbers becomes
// (v - Shift)/Scale, where v is the cell or, with Log, its natural logarithm. One of words
// becomes as many numbers as there are Words: 1 for the word that the cell has, 0 for the
// others.
type Column struct {
	Name  string   `json:"name"`
	Words []string `json:"words,omitempty"`
	Log   bool     `json:"log,omitempty"`
	Same  bool     `json:"same,omitempty"` // all numbers were the same
	Shift float64  `json:"shift"`
	Scale float64  `json:"scale"`
	// Mean is that of the numbers that the cells became from which the column is known:
	// of words, their shares.
	Mean []float64 `json:"mean"`
}

// Constant tells whether all cells were the same number, or the same word.
func (c *Column) Constant() bool {
	return len(c.Words) == 1 || len(c.Words) == 0 && c.Same
}

// Width is how many numbers a cell becomes.
func (c *Column) Width() int { return max(1, len(c.Words)) }

// Missing says what becomes of a missing cell.
type Missing string

const (
	// Refuse makes an error of it.
	Refuse Missing = ""
	// Impute puts the column's mean in its place.
	Impute Missing = "mean"
	// Mask makes it NaN, which a model leaves out of its loss: the encoder sees 0, which
	// is the mean of a standardised column. See [github.com/lanewise/lanewise/vae/dataset.Incomplete].
	Mask Missing = "mask"
)

// Columns are those of a table, and how its rows become rows of numbers. They do not
// change, and may be used by any number of goroutines.
type Columns struct {
	Columns []Column `json:"columns"`
	Missing Missing  `json:"missing,omitempty"`
	// Unnamed is whether the table that they were learned from had no names: its columns
	// are named 0, 1, ….
	Unnamed bool `json:"unnamed,omitempty"`
	// Except are columns that tables may have and that are passed over.
	Except []string `json:"except,omitempty"`
}

// Width is how many numbers a row becomes.
func (c *Columns) Width() int {
	n := 0
	for i := range c.Columns {
		n += c.Columns[i].Width()
	}
	return n
}

// Names are those of the columns.
func (c *Columns) Names() []string {
	names := make([]string, len(c.Columns))
	for i := range names {
		names[i] = c.Columns[i].Name
	}
	return names
}

// Order tells where in a table with columns of these names each column is: cell
// Order(names)[i] of its rows is of column i. A column that the table does not have is an
// error, and so is one that it should not have: one that is not of c, nor Except, nor
// beside.
func (c *Columns) Order(names []string, beside ...string) ([]int, error) {
	at := make(map[string]int, len(names))
	for i, name := range names {
		if _, ok := at[name]; ok {
			return nil, fmt.Errorf("two columns are named %q: rename one", name)
		}
		at[name] = i
	}
	order := make([]int, len(c.Columns))
	var lacking []string
	for i := range c.Columns {
		name := c.Columns[i].Name
		j, ok := at[name]
		if !ok {
			lacking = append(lacking, name)
		}
		order[i] = j
		delete(at, name)
	}
	for _, name := range slices.Concat(c.Except, beside) {
		delete(at, name)
	}
	var others []string
	for _, name := range names {
		if _, ok := at[name]; ok {
			others = append(others, name)
		}
	}
	switch {
	case len(lacking) > 0 && len(others) > 0:
		return nil, fmt.Errorf("%s missing, which the model has, and %s not the model's: rename, add or remove columns", are(lacking), are(others))
	case len(lacking) > 0:
		return nil, fmt.Errorf("%s missing, which the model has: give a table with all of its columns", are(lacking))
	case len(others) > 0:
		return nil, fmt.Errorf("%s not the model's: remove what it does not have", are(others))
	}
	return order, nil
}

// are is columns in words, with the verb.
func are(names []string) string {
	if len(names) == 1 {
		return "the column " + listed(names, 64) + " is"
	}
	return "the columns " + listed(names, 64) + " are"
}

// listed is the first of some words, in quotes, each cut to so many letters.
func listed(words []string, letters int) string {
	const most = 5
	var quoted []string
	for _, w := range words[:min(len(words), most)] {
		quoted = append(quoted, fmt.Sprintf("%.*q", letters, w))
	}
	text := strings.Join(quoted, ", ")
	if len(words) > most {
		text += fmt.Sprintf(" and %d more", len(words)-most)
	}
	return text
}

// Apply sets dst, of Width numbers, to what a row becomes. The cells are in the order of
// the columns, or where order says: see [Columns.Order]. The error names the column of a
// cell that cannot be.
func (c *Columns) Apply(dst []float32, row []Cell, order []int) error {
	if order == nil && len(row) != len(c.Columns) {
		panic("table: a row of another length")
	}
	for i := range c.Columns {
		k := &c.Columns[i]
		j := i
		if order != nil {
			j = order[i]
		}
		n := k.Width()
		if err := c.apply(dst[:n:n], k, row[j]); err != nil {
			return &CellError{k.Name, err}
		}
		dst = dst[n:]
	}
	if len(dst) > 0 {
		panic("table: dst has another length than Width")
	}
	return nil
}

// wrong names the column in an error.
func (c *Column) wrong(err error) error { return fmt.Errorf("column %.64q: %w", c.Name, err) }

// A CellError is what is wrong with a cell of a column. In which row, [Reader.Locate] says.
type CellError struct {
	Column string
	Err    error
}

func (e *CellError) Error() string { return fmt.Sprintf("column %.64q: %v", e.Column, e.Err) }

func (e *CellError) Unwrap() error { return e.Err }

var errMissing = errors.New("a cell is missing: fill it, or train with -missing mean or mask")

func (c *Columns) apply(dst []float32, k *Column, cell Cell) error {
	if cell.Missing() {
		switch c.Missing {
		case Impute:
			for i, v := range k.Mean {
				dst[i] = float32(v)
			}
			return nil
		case Mask:
			for i := range dst {
				dst[i] = float32(math.NaN())
			}
			return nil
		}
		return errMissing
	}
	if len(k.Words) > 0 {
		i, ok := slices.BinarySearch(k.Words, cell.String())
		if !ok {
			return fmt.Errorf("%.64q is none of its words, which are %s: correct it, %sor train on rows that have it", cell.String(), listed(k.Words, 32), c.orEmpty("leave the cell empty, "))
		}
		clear(dst)
		dst[i] = 1
		return nil
	}
	if math.IsNaN(cell.Number) {
		return fmt.Errorf("%.64q is no number: correct it%s", cell.Text, c.orEmpty(", or leave the cell empty"))
	}
	v, err := number(cell, k.Log)
	if err != nil {
		return err
	}
	dst[0] = float32((v - k.Shift) / k.Scale)
	if x := dst[0]; x-x != 0 {
		return fmt.Errorf("%v is too far from what the column had before: check it", cell)
	}
	return nil
}

// orEmpty is advice to leave a cell empty, where such cells are not refused.
func (c *Columns) orEmpty(advice string) string {
	if c.Missing == Refuse {
		return ""
	}
	return advice
}

// number is that of a cell that has one.
func number(cell Cell, log bool) (float64, error) {
	v := cell.Number
	switch {
	case math.IsInf(v, 0):
		return 0, fmt.Errorf("%v is infinite: want finite numbers, or an empty cell", cell)
	case !log:
		return v, nil
	case v <= 0:
		return 0, fmt.Errorf("%v has no logarithm: want numbers above 0, or leave the column out of -log", cell)
	}
	return elementary.Ln(v), nil
}

// Invert sets dst, a cell for each column, to the row that x stands for, in the units of
// the table: of words, the one with the largest number. A cell of NaN is missing.
func (c *Columns) Invert(dst []Cell, x []float32) {
	if len(dst) != len(c.Columns) || len(x) != c.Width() {
		panic("table: a row of another length")
	}
	for i := range c.Columns {
		k := &c.Columns[i]
		part := x[:k.Width()]
		x = x[len(part):]
		if len(k.Words) > 0 {
			best := 0
			for j, v := range part {
				if v > part[best] {
					best = j
				}
			}
			dst[i] = Cell{k.Words[best], math.NaN()}
			if v := part[best]; v != v {
				dst[i].Text = ""
			}
			continue
		}
		v := float64(float64(part[0])*k.Scale) + k.Shift
		if k.Log {
			v = elementary.Exp(v)
		}
		dst[i] = Number(float64(float32(v)))
	}
}

// Validate reports what is wrong with columns that come from a file.
func (c *Columns) Validate() error {
	if n := len(c.Columns); n < 1 || n > MaxColumns {
		return fmt.Errorf("%d columns: want 1 to %d", n, MaxColumns)
	}
	if m := c.Missing; m != Refuse && m != Impute && m != Mask {
		return fmt.Errorf("missing cells %.64q: want %s, %s or nothing", m, Impute, Mask)
	}
	seen := map[string]bool{}
	for i := range c.Columns {
		k := &c.Columns[i]
		if seen[k.Name] {
			return fmt.Errorf("two columns are named %.64q", k.Name)
		}
		seen[k.Name] = true
		if err := k.validate(); err != nil {
			return k.wrong(err)
		}
	}
	return nil
}

func (c *Column) validate() error {
	finite := func(v float64) bool { return v-v == 0 }
	switch {
	case len(c.Words) > MaxWords:
		return fmt.Errorf("%d words: want at most %d", len(c.Words), MaxWords)
	case len(c.Words) > 0 && c.Log:
		return errors.New("words have no logarithm")
	case !slices.IsSorted(c.Words) || len(slices.Compact(slices.Clone(c.Words))) < len(c.Words):
		return errors.New("its words are not in order")
	case len(c.Mean) != c.Width():
		return fmt.Errorf("%d means: want %d", len(c.Mean), c.Width())
	case len(c.Words) == 0 && !(finite(c.Shift) && finite(c.Scale) && c.Scale > 0):
		return fmt.Errorf("a shift of %v and a scale of %v: want finite numbers, the scale above 0", c.Shift, c.Scale)
	}
	for _, v := range c.Mean {
		if x := float32(v); x-x != 0 {
			return fmt.Errorf("a mean of %v", v)
		}
	}
	return nil
}
