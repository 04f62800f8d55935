package table

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// See https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html.

const (
	npyMagic = "\x93NUMPY"
	// maxNPYHeader bounds the text of a header: those of plain arrays have 118 bytes.
	maxNPYHeader = 1 << 16
	maxNPYRows   = 1 << 40
)

// An array is the rows of an NPY file.
type array struct {
	r          io.Reader
	rows, done int64
	columns    int
	kind       npyKind
	bytes      []byte
	cells      []Cell
}

// An npyKind is a type of elements: f, i, u or b of so many bytes.
type npyKind struct {
	kind  byte
	size  int
	order binary.ByteOrder
}

func newArray(r *bufio.Reader) (*array, error) {
	text, err := npyHeader(r)
	if err != nil {
		return nil, err
	}
	a := &array{r: r}
	var dims []int64
	if a.kind, dims, err = parseNPY(text); err != nil {
		return nil, err
	}
	if len(dims) == 0 {
		return nil, errors.New("the array is a single number: want rows in its first dimension")
	}
	columns := int64(1)
	for _, n := range dims[1:] {
		if columns *= min(n, MaxColumns+1); columns > MaxColumns {
			return nil, fmt.Errorf("the array's rows have more than %d numbers (shape %v): want fewer", MaxColumns, dims)
		}
	}
	a.rows, a.columns = dims[0], int(columns)
	switch {
	case a.rows > maxNPYRows:
		return nil, fmt.Errorf("the header claims %d rows: want at most %d", a.rows, int64(maxNPYRows))
	case a.rows == 0 || a.columns == 0:
		return nil, fmt.Errorf("the array is empty (shape %v)", dims)
	}
	a.bytes = make([]byte, a.columns*a.kind.size)
	return a, nil
}

// npyHeader is the text of a header.
func npyHeader(r io.Reader) (string, error) {
	const cut = "the file is cut short in its header: copy it again"
	var start [8]byte // magic and version
	if n, err := io.ReadFull(r, start[:]); err != nil {
		return "", shortRead(err, cut)
	} else if string(start[:6]) != npyMagic {
		return "", fmt.Errorf("neither text nor an NPY file: it starts with % x", start[:n])
	}
	width := 4
	switch start[6] {
	case 1:
		width = 2
	case 2, 3:
	default:
		return "", fmt.Errorf("NPY version %d.%d: want 1 to 3: save the array again with numpy.save", start[6], start[7])
	}
	var length [4]byte
	if _, err := io.ReadFull(r, length[:width]); err != nil {
		return "", shortRead(err, cut)
	}
	n := binary.LittleEndian.Uint32(length[:])
	if n > maxNPYHeader {
		return "", fmt.Errorf("a header of %d bytes: want at most %d: save a plain array with numpy.save", n, maxNPYHeader)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", shortRead(err, cut)
	}
	return string(text), nil
}

// shortRead says so where an error is that of an early end.
func shortRead(err error, text string) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New(text)
	}
	return err
}

var (
	npyDescr   = regexp.MustCompile(`'descr'\s*:\s*'([^']*)'`)
	npyFortran = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape'\s*:\s*\(([0-9L,\s]*)\)`)
	npyType    = regexp.MustCompile(`^([<>|=])([fiub])([1248])$`)
)

// parseNPY reads a header: a dictionary in Python.
func parseNPY(text string) (kind npyKind, dims []int64, err error) {
	if strings.Contains(text, "'descr': [") {
		return kind, nil, errors.New("an array of records: save its columns of numbers as a plain array")
	}
	descr, fortran, shape := npyDescr.FindStringSubmatch(text), npyFortran.FindStringSubmatch(text), npyShape.FindStringSubmatch(text)
	if descr == nil || fortran == nil || shape == nil || !strings.HasPrefix(strings.TrimSpace(text), "{") {
		return kind, nil, fmt.Errorf("the header is not of an NPY file: %.100q", text)
	}
	if fortran[1] == "True" {
		return kind, nil, errors.New("the array is in Fortran order: save numpy.ascontiguousarray of it")
	}
	m := npyType.FindStringSubmatch(descr[1])
	if m == nil {
		return kind, nil, fmt.Errorf("elements of type %.32q: want real numbers of 32 or 64 bits, integers or booleans: save array.astype(\"float32\")", descr[1])
	}
	kind = npyKind{m[2][0], int(m[3][0] - '0'), binary.LittleEndian}
	if m[1] == ">" {
		kind.order = binary.BigEndian
	}
	if kind.kind == 'f' && kind.size < 4 || kind.kind == 'b' && kind.size != 1 {
		return kind, nil, fmt.Errorf("elements of type %q: save array.astype(\"float32\")", descr[1])
	}
	for _, part := range strings.Split(shape[1], ",") {
		part = strings.TrimSuffix(strings.TrimSpace(part), "L")
		if part == "" {
			continue
		}
		n, err := strconv.ParseInt(part, 10, 64)
		if err != nil {
			return kind, nil, fmt.Errorf("the shape (%.64s) is too large", shape[1])
		}
		dims = append(dims, n)
	}
	return kind, dims, nil
}

func (a *array) where() string { return fmt.Sprintf("row %d", a.done-1) }

func (a *array) next() ([]Cell, error) {
	if a.done == a.rows {
		var extra [1]byte
		switch _, err := io.ReadFull(a.r, extra[:]); err {
		case io.EOF:
			return nil, io.EOF
		case nil:
			return nil, fmt.Errorf("the header claims %d rows, but more bytes follow: save the array again", a.rows)
		default:
			return nil, err
		}
	}
	if _, err := io.ReadFull(a.r, a.bytes); err != nil {
		return nil, shortRead(err, fmt.Sprintf("the file is cut short: its header claims %d rows, but %d are there: copy it again", a.rows, a.done))
	}
	if a.done == 0 { // not before a row is there: the header may claim anything
		a.cells = make([]Cell, a.columns)
	}
	a.done++
	for i := range a.cells {
		a.cells[i] = Number(a.kind.number(a.bytes[i*a.kind.size:]))
	}
	return a.cells, nil
}

// number is the element that begins b.
func (k npyKind) number(b []byte) float64 {
	var u uint64
	switch k.size {
	case 1:
		u = uint64(b[0])
	case 2:
		u = uint64(k.order.Uint16(b))
	case 4:
		u = uint64(k.order.Uint32(b))
	case 8:
		u = k.order.Uint64(b)
	}
	switch {
	case k.kind == 'f' && k.size == 4:
		return float64(math.Float32frombits(uint32(u)))
	case k.kind == 'f':
		return math.Float64frombits(u)
	case k.kind == 'i':
		shift := 64 - 8*k.size
		return float64(int64(u<<shift) >> shift)
	}
	return float64(u)
}
