// Package table makes rows of numbers of the rows of a table: a CSV file or an array in
// NPY format. [NewReader] reads a table row by row, [Fit] learns from rows how their
// columns become numbers, and [Columns] is what it has learned: a value that goes into a
// model's file, so that other tables become numbers, and numbers rows, in the same way.
package table

import (
	"math"
	"strconv"
	"strings"
)

// A Cell is a word or a number of a table, or a missing one.
type Cell struct {
	Text   string  // as it is written; empty of a number that is not
	Number float64 // NaN of what is no number
}

// missing are words that stand for a cell that is not known.
var missing = map[string]bool{"": true, "NA": true, "N/A": true, "n/a": true, "<NA>": true, "NaN": true, "nan": true, "NAN": true, "null": true, "NULL": true, "None": true}

// Text is a cell that is written so: a number where it is one, and missing where it is
// empty, NA, N/A, NaN, null or None.
func Text(s string) Cell {
	s = strings.TrimSpace(s)
	if missing[s] {
		return Cell{Number: math.NaN()}
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil && math.Abs(v) != math.Inf(1) { // too large a number is infinite
		v = math.NaN()
	}
	return Cell{s, v}
}

// Number is a cell that has a number; NaN is missing.
func Number(v float64) Cell { return Cell{Number: v} }

// Missing tells whether the cell is not known.
func (c Cell) Missing() bool { return c.Text == "" && math.IsNaN(c.Number) }

// String is the cell as a table has it; of a missing one it is empty.
func (c Cell) String() string {
	switch {
	case c.Text != "":
		return c.Text
	case math.IsNaN(c.Number):
		return ""
	case float64(float32(c.Number)) == c.Number:
		return strconv.FormatFloat(c.Number, 'g', -1, 32)
	}
	return strconv.FormatFloat(c.Number, 'g', -1, 64)
}
