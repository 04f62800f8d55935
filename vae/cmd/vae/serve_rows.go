package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae/dataset/table"
)

// maxNumbers bounds the numbers of a request and of its answer: 1,300 images of MNIST.
const maxNumbers = 1 << 20

// A list is one of JSON, whose elements are still text: it takes no more memory than that,
// however many they are.
type list struct {
	text []byte // valid JSON; nil for null
	n    int
}

func (l *list) UnmarshalJSON(text []byte) error {
	*l = list{}
	if text[0] != '[' {
		return json.Unmarshal(text, &[]json.RawMessage{}) // says so, if it is not null
	}
	l.text = bytes.Clone(text)
	for range l.elements() {
		l.n++
	}
	return nil
}

// elements are those of the list, with their places.
func (l *list) elements() iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		if l.text == nil {
			return
		}
		n, depth, first := 0, 0, 1
		for i := 1; i < len(l.text); i++ {
			switch l.text[i] {
			case '"':
				for i++; l.text[i] != '"'; i++ {
					if l.text[i] == '\\' {
						i++
					}
				}
				continue
			case '[', '{':
				depth++
				continue
			case ']', '}':
				if depth--; depth >= 0 {
					continue
				}
			case ',':
				if depth > 0 {
					continue
				}
			default:
				continue
			}
			e := bytes.TrimSpace(l.text[first:i])
			if len(e) > 0 && !yield(n, e) { // an empty list has none
				return
			}
			n, first = n+1, i+1
		}
	}
}

// rows are the numbers of rows of a request. missing is whether NaN stands among them for
// what a table does not say, and the model leaves out.
func (s *server) rows(l list) (x []float32, missing bool, err error) {
	size := s.config.Input.Size()
	if err := checkCount(l.n, size, "rows"); err != nil {
		return nil, false, err
	}
	x = make([]float32, l.n*size)
	columns := s.model.Columns()
	for i, text := range l.elements() {
		row := x[i*size:][:size]
		if columns != nil {
			err = tableRow(row, columns, text)
		} else {
			err = numbersOf(row, text)
		}
		if err == nil {
			seen := row
			if columns != nil {
				seen = slices.Clone(row)
				fillGaps(seen)
			}
			err = s.config.Likelihood.CheckData(seen)
		}
		if err != nil {
			return nil, false, fmt.Errorf("row %d: %s", i, strings.TrimPrefix(err.Error(), "vae: "))
		}
	}
	return x, columns != nil && columns.Missing == table.Mask, nil
}

func checkCount(n, size int, what string) error {
	switch {
	case n == 0:
		return fmt.Errorf(`there are no %[1]s: want {"%[1]s": [[…], …]}`, what)
	case n > maxNumbers/size && n > 1:
		return refusef(http.StatusRequestEntityTooLarge, "%d %s of %d numbers are more than are answered at once: send %d", n, what, size, max(maxNumbers/size, 1))
	}
	return nil
}

// codes are the numbers of codes of a request.
func (s *server) codes(l list) ([]float32, error) {
	d := s.config.Latent
	if err := checkCount(l.n, max(d, s.config.Input.Size()), "codes"); err != nil {
		return nil, err
	}
	z := make([]float32, l.n*d)
	for i, text := range l.elements() {
		if err := numbersOf(z[i*d:][:d], text); err != nil {
			return nil, fmt.Errorf("code %d: %w", i, err)
		}
	}
	return z, nil
}

// numbersOf reads a list of len(dst) finite numbers, which is valid JSON.
func numbersOf(dst []float32, text []byte) error {
	numbers, ok := bytes.CutPrefix(text, []byte("["))
	if !ok {
		return fmt.Errorf("want a list of %d numbers", len(dst))
	}
	numbers = numbers[:len(numbers)-1]
	n := 0
	for part := range bytes.SplitSeq(numbers, []byte(",")) {
		part = bytes.TrimSpace(part)
		if len(part) == 0 && n == 0 {
			break // an empty list
		}
		v, err := strconv.ParseFloat(string(part), 32)
		if err != nil {
			return fmt.Errorf("number %d is %.40s: want a number that float32 holds", n, part)
		}
		if n < len(dst) {
			dst[n] = float32(v)
		}
		n++
	}
	if n != len(dst) {
		return fmt.Errorf("%d numbers: want %d", n, len(dst))
	}
	return nil
}

// tableRow makes numbers of a row of a table: a list of its cells in the order of the
// columns, or an object with their names.
func tableRow(dst []float32, columns *table.Columns, text []byte) error {
	names := columns.Names()
	var cells [][]byte
	if text[0] == '{' {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(text, &object); err != nil {
			return err
		}
		for _, name := range columns.Except {
			delete(object, name)
		}
		for _, name := range names {
			cell, ok := object[name]
			if !ok {
				return fmt.Errorf("column %.64q is missing: give null where it is not known", name)
			}
			cells = append(cells, cell)
			delete(object, name)
		}
		for name := range object {
			return fmt.Errorf("column %.64q is not one of the model's", name)
		}
	} else {
		var l list
		if err := l.UnmarshalJSON(text); err != nil || l.n != len(names) {
			return fmt.Errorf("want a list of %d cells, or an object with the names of the columns", len(names))
		}
		for _, text := range l.elements() {
			cells = append(cells, text)
		}
	}
	row := make([]table.Cell, len(cells))
	for i, text := range cells {
		var err error
		if row[i], err = cellOf(text); err != nil {
			return fmt.Errorf("column %.64q: %w", names[i], err)
		}
	}
	err := columns.Apply(dst, row, nil)
	if cell := (*table.CellError)(nil); errors.As(err, &cell) {
		return fmt.Errorf("column %.64q: %w", cell.Column, cell.Err)
	}
	return err
}

func cellOf(text []byte) (table.Cell, error) {
	switch {
	case string(text) == "null":
		return table.Number(math.NaN()), nil
	case text[0] == '"':
		var s string
		err := json.Unmarshal(text, &s)
		return table.Text(s), err
	case text[0] == '-' || text[0] >= '0' && text[0] <= '9':
		return table.Text(string(text)), nil
	}
	return table.Cell{}, fmt.Errorf("%.40s: want a number, a word or null", text)
}

// appendNumbers writes a list of numbers.
func appendNumbers(b []byte, x []float32) []byte {
	b = append(b, '[')
	for i, v := range x {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(v), 'g', -1, 32)
	}
	return append(b, ']')
}

// appendRows writes a list of rows, each by write.
func appendRows(b []byte, x []float32, width int, write func(b []byte, row []float32) []byte) []byte {
	b = append(b, '[')
	for i := 0; i < len(x); i += width {
		if i > 0 {
			b = append(b, ',')
		}
		b = write(b, x[i:][:width])
	}
	return append(b, ']')
}

// appendRow writes a row of the model's numbers: of a table, as an object in its units.
func (s *server) appendRow(b []byte, x []float32) []byte {
	columns := s.model.Columns()
	if columns == nil {
		return appendNumbers(b, x)
	}
	cells := make([]table.Cell, len(columns.Columns))
	columns.Invert(cells, x)
	b = append(b, '{')
	for i, c := range cells {
		if i > 0 {
			b = append(b, ',')
		}
		name, _ := json.Marshal(columns.Columns[i].Name)
		b = append(append(b, name...), ':')
		switch {
		case c.Missing():
			b = append(b, "null"...)
		case columns.Columns[i].Words != nil:
			word, _ := json.Marshal(c.Text)
			b = append(b, word...)
		default:
			number, err := json.Marshal(c.Number)
			if err != nil { // the exponential of a large logarithm
				number = []byte("null")
			}
			b = append(b, number...)
		}
	}
	return append(b, '}')
}
