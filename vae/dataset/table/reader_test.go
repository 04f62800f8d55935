package table

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// read is the names and the rows of a table, as text.
func read(r io.Reader, header Header) (names []string, rows [][]string, err error) {
	t, err := NewReader(r, header)
	if err != nil {
		return nil, nil, err
	}
	for row, err := range t.Rows() {
		if err != nil {
			return t.Names(), rows, err
		}
		var text []string
		for _, cell := range row {
			text = append(text, cell.String())
		}
		rows = append(rows, text)
	}
	return t.Names(), rows, nil
}

func gz(b []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.Write(b)
	w.Close()
	return out.Bytes()
}

func TestCSV(t *testing.T) {
	for _, c := range []struct {
		name, text string
		header     Header
		names      string
		rows       string
	}{
		{"names", "a,b\n1,2\n3,4\n", Auto, "a b", "1 2|3 4"},
		{"no names", "1,2\n3,4\n", Auto, "0 1", "1 2|3 4"},
		{"one row", "1,2", Auto, "0 1", "1 2"},
		{"words", "a,b\nx,y\n", No, "0 1", "a b|x y"},
		{"numbers for names", "1,2\n3,4\n", Yes, "1 2", "3 4"},
		{"words and numbers", "Paris,3\nRome,4\n", Auto, "0 1", "Paris 3|Rome 4"},
		{"pandas", ",a,b\n0,1,2\n", Auto, "0 a b", "0 1 2"},
		{"byte order mark, CRLF", "\xef\xbb\xbfa,b\r\n1,2\r\n", Auto, "a b", "1 2"},
		{"quotes", "\"a,1\",\"b \"\"c\"\"\"\n\"1\n2\",\"3\"\n", Auto, `a,1 b "c"`, "1\n2 3"},
		{"spaces", " a , b\n 1 ,\t2\n", Auto, "a b", "1 2"},
		{"missing", "a,b\n,NA\nNaN,null\nn/a,None\n", Auto, "a b", " | | "},
		{"empty lines", "a,b\n\n1,2\n\n\n3,4\n\n", Auto, "a b", "1 2|3 4"},
		{"one column", "a\n1\n2\n", Auto, "a", "1|2"},
		{"numbers", "a\n1e3\n-0.5\n+2\n.5\n1e400\n", Auto, "a", "1e3|-0.5|+2|.5|1e400"},
		{"begins as NPY does not", "\x1f,b\n1,2\n", No, "0 1", "\x1f b|1 2"},
	} {
		for kind, data := range map[string][]byte{"plain": []byte(c.text), "gzip": gz([]byte(c.text))} {
			names, rows, err := read(bytes.NewReader(data), c.header)
			var text []string
			for _, row := range rows {
				text = append(text, strings.Join(row, " "))
			}
			if got := strings.Join(names, " "); err != nil || got != c.names || strings.Join(text, "|") != c.rows {
				t.Errorf("%s, %s: names %q, rows %q, error %v", c.name, kind, got, text, err)
			}
		}
	}
}

// TestCells: what is a number, and what is missing.
func TestCells(t *testing.T) {
	for text, want := range map[string]float64{"1": 1, " -2.5e-3 ": -2.5e-3, "1e400": math.Inf(1), "-Inf": math.Inf(-1), "0x10p0": 16} {
		if c := Text(text); c.Number != want || c.Missing() {
			t.Errorf("%q is %+v", text, c)
		}
	}
	for _, text := range []string{"x", "1,5", "1 2", "--1", "12e"} {
		if c := Text(text); !math.IsNaN(c.Number) || c.Missing() || c.String() != text {
			t.Errorf("%q is %+v", text, c)
		}
	}
	for _, text := range []string{"", "  ", "NA", "nan", "NULL", "<NA>"} {
		if c := Text(text); !c.Missing() || c.String() != "" {
			t.Errorf("%q is %+v", text, c)
		}
	}
	if c := Number(math.NaN()); !c.Missing() {
		t.Error("NaN is not missing")
	}
	for v, want := range map[float64]string{float64(float32(3.45)): "3.45", 3.45: "3.45", 1e20: "1e+20", -7: "-7"} {
		if got := Number(v).String(); got != want {
			t.Errorf("%v is %q, want %q", v, got, want)
		}
	}
}

// TestBadCSV: one line that says what, where and how to mend it.
func TestBadCSV(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"empty", "", "the file is empty"},
		{"empty lines", "\n\n", "there are no rows"},
		{"lines of JSON", "{\"a\":1}\n{\"a\":2}\n", "the file begins as JSON does: want CSV or NPY"},
		{"semicolons", "a;b\n1,5;2\n", "the first row is one cell with semicolons in it: want commas between cells, and points in numbers"},
		{"tabs", "a\tb\n1\t2\n", "the first row is one cell with tabs in it"},
		{"a file of images", "\x00\x00\x08\x03", "neither text nor an array: want CSV or NPY, or of images the folder that holds them"},
		{"an image", "\x89PNG", "neither text nor an array"},
		{"a long line of JSON", `{"rows": [` + strings.Repeat(`{"a": 1}, `, 1e4), "the file begins as JSON does"},
		{"a list in JSON", `[{"a": 1}, {"a": 2}]`, "the file begins as JSON does"},
		{"a spreadsheet", "PK\x03\x04\x14\x00", "neither text nor an array"},
		{"parquet", "PAR1\x15\x04\x15\x10", "neither text nor an array"},
		{"semicolons and tabs", "a\tb;c\td;e\n1\t2\n", "the first row is one cell with tabs in it"},
		{"a photograph", "\xff\xd8\xff", "neither text nor an array"},
		{"ragged", "a,b\n1,2\n\n3\n", "line 4 has 1 cell, but the first row has 2: correct it"},
		{"a cell more", "a,b\n1,2,3\n", "line 2 has 3 cells, but the first row has 2"},
		{"open quotes", "a,b\n1,\"2\n3,4\n", "line 3, byte 5: extraneous or missing"},
		{"a quote inside", "a,b\n1,2\"3\n", "line 2, byte 4: bare \""},
		{"UTF-16", "\xff\xfea\x00", "UTF-16: save it in UTF-8"},
		{"Latin 1", "a,b\n1,caf\xe9\n", "line 2, cell 1 is not in UTF-8"},
		{"gzip cut short", string(gz([]byte("a,b\n1,2\n"))[:20]), "the gzip stream is cut short"},
		{"too many columns", strings.Repeat(",", MaxColumns), "65537 cells: want at most 65536"},
		{"not NPY", "\x93NUM", "cut short in its header"},
		{"other bytes", "\x93NUMPYX\x00\x00\x00\x00", "NPY version 88.0: want 1 to 3"},
	} {
		_, _, err := read(strings.NewReader(c.text), Auto)
		wantLine(t, c.name, err, c.want)
	}
	broken := errors.New("the disk is gone")
	for _, text := range []string{"", "a,b\n1,2\n3", "\x93NUMPY"} {
		_, _, err := read(io.MultiReader(strings.NewReader(text), failing{broken}), Auto)
		if !errors.Is(err, broken) {
			t.Errorf("after %q: %v", text, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func wantLine(t *testing.T, name string, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") || len(err.Error()) > 500 {
		t.Errorf("%s: error %v, want %q in one line", name, err, want)
	}
}

// TestLongRow: a quote that is never closed does not fill the memory.
func TestLongRow(t *testing.T) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := read(io.MultiReader(strings.NewReader("a,b\n1,\""), endless{}), Auto)
	runtime.ReadMemStats(&after)
	wantLine(t, "an open quote", err, "after line 1 a row takes more than 16 MiB")
	if n := after.TotalAlloc - before.TotalAlloc; n > 10*maxRow {
		t.Errorf("%d bytes allocated", n)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// TestRowByRow: a row is there as soon as its line is, though the pipe stays open.
func TestRowByRow(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	go io.WriteString(w, "a\n")
	reader, err := NewReader(r, Auto)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		go fmt.Fprintln(w, i)
		if row, err := reader.Next(); err != nil || row[0].Number != float64(i) {
			t.Fatalf("row %d is %v, %v", i, row, err)
		}
	}
}

// TestNPY reads what numpy has written: see testdata/make.py.
func TestNPY(t *testing.T) {
	floats := [][]string{{"0", "1", "2.5"}, {"-3", "100", "7"}}
	whole := [][]string{{"0", "1", "2"}, {"-3", "100", "7"}}
	absolute := [][]string{{"0", "1", "2"}, {"3", "100", "7"}}
	for name, want := range map[string][][]string{
		"little-f4": floats, "little-f8": floats, "big-f4": floats, "big-f8": floats,
		"little-i1": whole, "little-i2": whole, "little-i4": whole, "little-i8": whole, "big-i2": whole, "big-i8": whole,
		"u1": absolute, "u2": absolute, "u4": absolute, "u8": absolute,
		"b1":       {{"0", "1", "1"}, {"0", "1", "1"}},
		"vector":   {{"-3"}, {"100"}, {"7"}},
		"cube":     {{"0", "1", "2", "3", "4", "5"}, {"6", "7", "8", "9", "10", "11"}},
		"version1": floats, "version2": floats, "version3": floats,
		"nan": {{"1", ""}, {"2", "3"}},
	} {
		b := file(t, name)
		for kind, data := range map[string][]byte{"plain": b, "gzip": gz(b)} {
			names, rows, err := read(bytes.NewReader(data), Auto)
			if err != nil || !reflect.DeepEqual(rows, want) || len(names) != len(want[0]) || names[0] != "0" {
				t.Errorf("%s, %s: %v, %v, error %v", name, kind, names, rows, err)
			}
		}
		if r, err := NewReader(bytes.NewReader(b), Auto); err != nil || r.Count() != len(want) || !r.Unnamed() {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

func file(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".npy"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// npy is a file with this header.
func npy(header string, data ...byte) []byte {
	return append(fmt.Appendf(nil, "\x93NUMPY\x01\x00%c%c%s", byte(len(header)), byte(len(header)>>8), header), data...)
}

func TestBadNPY(t *testing.T) {
	dict := func(descr, fortran, shape string) []byte {
		return npy(fmt.Sprintf("{'descr': %s, 'fortran_order': %s, 'shape': %s, }\n", descr, fortran, shape))
	}
	good := file(t, "little-f8")
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"fortran":            {file(t, "fortran"), "Fortran order: save numpy.ascontiguousarray of it"},
		"float16":            {file(t, "f2"), `elements of type "<f2": save array.astype`},
		"complex":            {file(t, "complex"), `elements of type "<c8": want real numbers`},
		"scalar":             {file(t, "scalar"), "a single number: want rows"},
		"empty array":        {file(t, "empty"), "the array is empty (shape [0 3])"},
		"words":              {file(t, "words"), `elements of type "<U1"`},
		"records":            {file(t, "records"), "an array of records: save"},
		"magic alone":        {good[:6], "cut short in its header"},
		"version alone":      {good[:8], "cut short in its header"},
		"half a header":      {good[:50], "cut short in its header"},
		"no data":            {good[:128], "claims 2 rows, but 0 are there"},
		"half a row":         {good[:170], "claims 2 rows, but 1 are there"},
		"a byte more":        {append(bytes.Clone(good), 0), "claims 2 rows, but more bytes follow"},
		"a huge header":      {[]byte("\x93NUMPY\x02\x00\xff\xff\xff\x7f"), "a header of 2147483647 bytes"},
		"2^31 columns":       {dict("'<f4'", "False", "(1, 2147483648)"), "more than 65536 numbers"},
		"columns times many": {dict("'<f4'", "False", "(1, 65536, 65536, 65536, 65536, 65536)"), "more than 65536 numbers"},
		"2^62 rows":          {dict("'<f4'", "False", "(4611686018427387904, 1)"), "claims 4611686018427387904 rows"},
		"2^70 rows":          {dict("'<f4'", "False", "(1180591620717411303424, 1)"), "is too large"},
		"a negative shape":   {dict("'<f4'", "False", "(-1, 2)"), "the header is not of an NPY file"},
		"no columns":         {dict("'<f4'", "False", "(3, 0)"), "the array is empty"},
		"no shape":           {npy("{'descr': '<f4', 'fortran_order': False}"), "the header is not of an NPY file"},
		"an object":          {dict("'|O'", "False", "(1,)"), `elements of type "|O"`},
	} {
		_, _, err := read(bytes.NewReader(c.data), Auto)
		wantLine(t, name, err, c.want)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := read(bytes.NewReader(dict("'<f8'", "False", "(1099511627776, 65536)")), Auto)
	runtime.ReadMemStats(&after)
	wantLine(t, "a lie", err, "claims 1099511627776 rows, but 0 are there")
	if n := after.TotalAlloc - before.TotalAlloc; n > 4<<20 {
		t.Errorf("%d bytes allocated on a header's word", n)
	}
}

// FuzzReader: no input makes it panic, and rows are as long as names.
func FuzzReader(f *testing.F) {
	for _, text := range []string{"a,b\n1,2\n", "1;2\n", "\"a\nb\",c\r\n", "\xef\xbb\xbfx\n", ",\n,"} {
		f.Add([]byte(text), true)
		f.Add(gz([]byte(text)), false)
	}
	names, _ := filepath.Glob("testdata/*.npy")
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b, false)
	}
	f.Fuzz(func(t *testing.T, b []byte, header bool) {
		h := Auto
		if header {
			h = Yes
		}
		r, err := NewReader(bytes.NewReader(b), h)
		if err != nil {
			wantLine(t, "fuzz", err, "table: ")
			return
		}
		for row, err := range r.Rows() {
			if err != nil {
				wantLine(t, "fuzz", err, "table: ")
			} else if len(row) != len(r.Names()) {
				t.Fatalf("%d cells of %d columns", len(row), len(r.Names()))
			}
		}
	})
}
