package table

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxRow bounds what a row of text may take, before memory is spent on it.
const maxRow = 16 << 20

var errLongRow = fmt.Errorf("a row takes more than %d MiB: close the quotes that it opens, or split it", maxRow>>20)

// A text is the rows of a CSV file.
type text struct {
	limit *limited
	csv   *csv.Reader
	line  int
	cells []Cell
}

func newText(b *bufio.Reader) (*text, error) {
	// No more than is needed: of a pipe the rest may not have come yet.
	if start, _ := b.Peek(1); start[0] >= 0xef {
		if start, _ = b.Peek(2); isUTF16(start) {
			return nil, errors.New("the text is in UTF-16: save it in UTF-8")
		}
		if start, _ = b.Peek(3); string(start) == string(byteOrderMark) {
			b.Discard(3)
		}
	}
	t := &text{limit: &limited{r: b, err: errLongRow}}
	t.csv = csv.NewReader(t.limit)
	t.csv.ReuseRecord = true
	t.csv.FieldsPerRecord = -1 // Reader tells
	return t, nil
}

func (t *text) where() string { return fmt.Sprintf("line %d", t.line) }

func (t *text) next() ([]Cell, error) {
	t.limit.left = maxRow
	record, err := t.csv.Read()
	var parse *csv.ParseError
	switch {
	case err == io.EOF:
		return nil, err
	case errors.Is(err, errLongRow):
		return nil, fmt.Errorf("after line %d %w", t.line, errLongRow)
	case errors.As(err, &parse):
		return nil, fmt.Errorf("line %d, byte %d: %w: a cell with quotes stands in quotes, and doubles them", parse.Line, parse.Column, parse.Err)
	case err != nil:
		return nil, err
	}
	t.line, _ = t.csv.FieldPos(0)
	if len(record) > MaxColumns {
		return nil, fmt.Errorf("line %d has %d cells: want at most %d", t.line, len(record), MaxColumns)
	}
	t.cells = t.cells[:0]
	for i, field := range record {
		if !utf8.ValidString(field) {
			return nil, fmt.Errorf("line %d, cell %d is not in UTF-8: save the file in it", t.line, i)
		}
		t.cells = append(t.cells, Text(field))
	}
	return t.cells, nil
}
