package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae/internal/unpack"
)

// A Header says whether the first row of a CSV file names the columns.
type Header string

const (
	// Auto takes the first row for names if none of its cells is a number, and all but
	// the first have a text.
	Auto Header = "auto"
	Yes  Header = "yes"
	No   Header = "no"
)

// A Reader reads a table row by row. It takes no more memory than a row, and gives a row
// as soon as it has come.
type Reader struct {
	names   []string
	unnamed bool
	count   int // of rows, where the table says so; else -1
	rows    source
	first   []Cell // read already
}

// A source is a format.
type source interface {
	// next is the next row, or io.EOF.
	next() ([]Cell, error)
	// where is the place of the last row.
	where() string
}

// NewReader reads a CSV file (RFC 4180: commas, quotes, UTF-8 with or without a byte order
// mark, lines that end in LF or CRLF) or an array in NPY format (versions 1 to 3, C order,
// of real numbers), whose first dimension is the rows, gzipped or not. Which of them it is
// the first bytes tell. header is for CSV; the columns of an NPY file have no names.
// Columns without names are named 0, 1, ….
func NewReader(r io.Reader, header Header) (*Reader, error) {
	t, err := newReader(r, header)
	if err != nil {
		return nil, fmt.Errorf("table: %w", err)
	}
	return t, nil
}

func newReader(r io.Reader, header Header) (*Reader, error) {
	b, err := unpack.Reader(r)
	if err != nil {
		return nil, err
	}
	start, err := b.Peek(1)
	switch {
	case err == io.EOF:
		return nil, errors.New("the file is empty")
	case err != nil:
		return nil, err
	case start[0] == npyMagic[0]:
		return newNPY(b)
	case isBinary(b):
		return nil, errors.New("the file is neither text nor an array: want CSV or NPY, or of images the folder that holds them")
	}
	return newCSV(b, header)
}

func newNPY(b *bufio.Reader) (*Reader, error) {
	n, err := newArray(b)
	if err != nil {
		return nil, err
	}
	return &Reader{names: numbered(n.columns), unnamed: true, count: int(min(n.rows, math.MaxInt)), rows: n}, nil
}

func newCSV(b *bufio.Reader, header Header) (*Reader, error) {
	c, err := newText(b)
	if err != nil {
		return nil, err
	}
	start, _ := b.Peek(1)
	isJSON := len(start) > 0 && (start[0] == '{' || start[0] == '[')
	first, err := c.next()
	switch {
	case err == io.EOF:
		return nil, errors.New("there are no rows")
	case err != nil && isJSON: // a quote is not where CSV has one
		return nil, errors.New("the file begins as JSON does: want CSV or NPY")
	case err != nil:
		return nil, err
	}
	if len(first) == 1 {
		if at := strings.IndexAny(first[0].Text, ";\t"); at >= 0 {
			name := map[byte]string{';': "semicolons", '\t': "tabs"}[first[0].Text[at]]
			return nil, fmt.Errorf("the first row is one cell with %s in it: want commas between cells, and points in numbers", name)
		}
	}
	t := &Reader{count: -1, rows: c}
	if header == Yes || header == Auto && isHeader(first) {
		for i, cell := range first {
			name := cell.Text
			if cell.Missing() {
				name = strconv.Itoa(i) // pandas leaves the index without a name
			}
			t.names = append(t.names, name)
		}
		return t, nil
	}
	t.names, t.unnamed, t.first = numbered(len(first)), true, first
	return t, nil
}

func isHeader(row []Cell) bool {
	for i, cell := range row {
		if !math.IsNaN(cell.Number) || cell.Missing() && i > 0 {
			return false
		}
	}
	return len(row) > 1 || !row[0].Missing()
}

func numbered(n int) []string {
	names := make([]string, n)
	for i := range names {
		names[i] = strconv.Itoa(i)
	}
	return names
}

// Names are those of the columns.
func (t *Reader) Names() []string { return t.names }

// Unnamed tells whether the table has no names of its own.
func (t *Reader) Unnamed() bool { return t.unnamed }

// Count is how many rows there are, where the table says so before they come; else -1.
func (t *Reader) Count() int { return t.count }

// Next is the next row, whose cells are valid until the one after it, or io.EOF at the end
// of the table. Other errors say where.
func (t *Reader) Next() ([]Cell, error) {
	row, err := t.first, error(nil)
	if t.first = nil; row == nil {
		row, err = t.rows.next()
	}
	switch {
	case err == io.EOF:
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("table: %w", err)
	case len(row) != len(t.names):
		return nil, fmt.Errorf("table: %s has %s, but the first row has %d: correct it (a cell with a comma wants quotes)", t.rows.where(), cells(len(row)), len(t.names))
	}
	return row, nil
}

func cells(n int) string {
	if n == 1 {
		return "1 cell"
	}
	return fmt.Sprintf("%d cells", n)
}

// Rows are the rows that are still to come, each as [Reader.Next] gives it.
func (t *Reader) Rows() iter.Seq2[[]Cell, error] {
	return func(yield func([]Cell, error) bool) {
		for {
			row, err := t.Next()
			if err == io.EOF || !yield(row, err) || err != nil {
				return
			}
		}
	}
}

// Locate adds to an error of a cell, a [CellError], in which row that is: the last one.
func (t *Reader) Locate(err error) error {
	var cell *CellError
	if errors.As(err, &cell) {
		return fmt.Errorf("%s: %w", t.rows.where(), err)
	}
	return err
}

// limited reads no more than a number of bytes, until it is set anew.
type limited struct {
	r    io.Reader
	left int
	err  error
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, l.err
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// isBinary tells whether what comes is no text, by the first bytes that pictures, archives,
// spreadsheets and IDX files have. It waits for no more of a pipe.
func isBinary(b *bufio.Reader) bool {
	start, _ := b.Peek(max(2, min(b.Buffered(), 16)))
	if isUTF16(start) {
		return false
	}
	return start[0] == 0x89 || start[0] == 0xff || slices.Min(start) < '\t'
}

// isUTF16 tells whether a text starts with the byte order mark of UTF-16.
func isUTF16(start []byte) bool {
	return bytes.HasPrefix(start, []byte{0xff, 0xfe}) || bytes.HasPrefix(start, []byte{0xfe, 0xff})
}
