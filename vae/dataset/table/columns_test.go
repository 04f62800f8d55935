package table

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// fitText learns from a CSV text.
func fitText(t *testing.T, text string, o Options) (Columns, error) {
	t.Helper()
	r, err := NewReader(strings.NewReader(text), Auto)
	if err != nil {
		t.Fatal(err)
	}
	return Fit(r, o)
}

func mustFit(t *testing.T, text string, o Options) *Columns {
	t.Helper()
	c, err := fitText(t, text, o)
	if err != nil {
		t.Fatal(err)
	}
	return &c
}

func cellsOf(words ...string) (row []Cell) {
	for _, w := range words {
		row = append(row, Text(w))
	}
	return row
}

// apply is what a row becomes.
func apply(t *testing.T, c *Columns, words ...string) []float32 {
	t.Helper()
	x := make([]float32, c.Width())
	if err := c.Apply(x, cellsOf(words...), nil); err != nil {
		t.Fatal(err)
	}
	return x
}

func wantFloats(t *testing.T, got []float32, want ...float64) {
	t.Helper()
	ok := len(got) == len(want)
	for i := range got {
		same := math.IsNaN(float64(got[i])) && math.IsNaN(want[i])
		ok = ok && (same || math.Abs(float64(got[i])-want[i]) <= 1e-6)
	}
	if !ok {
		t.Errorf("%v, want %v", got, want)
	}
}

const people = "age,city,size\n2,Rome,10\n4,Oslo,100\n4,Rome,1000\n4,Rome,1\n5,Rome,10\n5,Oslo,10\n7,Rome,100\n9,Rome,10\n"

// TestFit: the ages have the mean 5 and the standard deviation 2, as every textbook says.
func TestFit(t *testing.T) {
	c := mustFit(t, people, Options{Scales: map[string]Scale{"size": MinMax}, Log: []string{"size"}})
	if got := c.Width(); got != 4 {
		t.Errorf("%d numbers", got)
	}
	wantFloats(t, apply(t, c, "9", "Oslo", "100"), 2, 1, 0, 2.0/3)
	wantFloats(t, apply(t, c, "1", "Rome", "1"), -2, 0, 1, 0)
	if got := c.Columns[1]; !reflect.DeepEqual(got.Words, []string{"Oslo", "Rome"}) || got.Mean[0] != 0.25 || got.Mean[1] != 0.75 {
		t.Errorf("%+v", got)
	}
	c = mustFit(t, people, Options{Scale: Raw, Words: []string{"age"}})
	wantFloats(t, apply(t, c, "4", "Rome", "10"), 0, 1, 0, 0, 0, 0, 1, 10)
	c = mustFit(t, "a,b\n3,1\n3,2\n", Options{})
	wantFloats(t, apply(t, c, "3", "1.5"), 0, 0)
	wantFloats(t, apply(t, c, "5", "1"), 2, -1)
}

func TestMissing(t *testing.T) {
	const text = "a,b\n1,x\n,y\n3,\n8,x\n"
	_, err := fitText(t, text, Options{})
	wantLine(t, "refused", err, `line 3: column "a": a cell is missing: fill it, or train with -missing`)
	for missing, want := range map[Missing]float64{Impute: 0, Mask: math.NaN()} {
		c := mustFit(t, text, Options{Missing: missing})
		share := 1.0 / 3
		if missing == Mask {
			share = math.NaN()
		}
		wantFloats(t, apply(t, c, "", "x"), want, 1, 0)
		wantFloats(t, apply(t, c, "4", "NA"), 0, 2*share, share)
	}
	c := mustFit(t, text, Options{Missing: Impute, Scale: MinMax})
	wantFloats(t, apply(t, c, "", "x"), 3.0/7, 1, 0)
	c = mustFit(t, "a\n1\n2\n", Options{})
	err = c.Apply(make([]float32, 1), cellsOf(""), nil)
	var cell *CellError
	if !errors.As(err, &cell) || cell.Column != "a" {
		t.Errorf("a missing cell: %v", err)
	}
}

// TestInvert: a row becomes itself again, in its units.
func TestInvert(t *testing.T) {
	c := mustFit(t, people, Options{Scales: map[string]Scale{"age": MinMax}, Log: []string{"size"}})
	for _, row := range [][]string{{"2", "Rome", "10"}, {"6.5", "Oslo", "1234.5"}, {"-3", "Rome", "1e-05"}} {
		got := make([]Cell, 3)
		c.Invert(got, apply(t, c, row...))
		for i, cell := range got {
			want := Text(row[i])
			if i == 1 && cell.Text != row[1] || i != 1 && !(math.Abs(cell.Number-want.Number) <= 1e-6*math.Abs(want.Number)+1e-6) {
				t.Errorf("%v became %v", row, got)
			}
		}
	}
	got := make([]Cell, 3)
	nan := float32(math.NaN())
	c.Invert(got, []float32{nan, nan, nan, nan})
	for _, cell := range got {
		if !cell.Missing() {
			t.Errorf("NaN became %v", cell)
		}
	}
	c.Invert(got, []float32{0, 0.4, 0.3, 0})
	if got[1].Text != "Oslo" {
		t.Errorf("the likelier word is %v", got[1])
	}
}

// TestOrder: another order is none of our business; renamed, lacking and other columns are.
func TestOrder(t *testing.T) {
	c := mustFit(t, people, Options{})
	c.Except = []string{"id"}
	for names, want := range map[string][]int{
		"age,city,size": {0, 1, 2}, "size,age,city": {1, 2, 0}, "id,city,size,age": {3, 1, 2}, "class,age,size,city": {1, 3, 2},
	} {
		if got, err := c.Order(strings.Split(names, ","), "class"); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", names, got, err, want)
		}
	}
	for names, want := range map[string]string{
		"age,city":             `the column "size" is missing, which the model has`,
		"age":                  `the columns "city", "size" are`,
		"age,city,size,x":      `the column "x" is not the model's`,
		"age,City,size":        `the column "city" is missing, which the model has, and the column "City" is not the model's`,
		"age,age,city,size":    `two columns are named "age"`,
		"a,b,c,d,e,f,g":        `"e" and 2 more are not`,
		"age,city,size,x\ny,z": `"x\ny"`,
	} {
		_, err := c.Order(strings.Split(names, ","))
		wantLine(t, names, err, want)
	}
	x := make([]float32, c.Width())
	if err := c.Apply(x, cellsOf("10", "7", "9", "Oslo"), []int{2, 3, 0}); err != nil || x[1] != 1 {
		t.Errorf("%v, %v", x, err)
	}
}

func TestBadTables(t *testing.T) {
	var words strings.Builder
	words.WriteString("n,w\n")
	for i := range MaxWords + 1 {
		fmt.Fprintf(&words, "%d,w%d\n", i, i)
	}
	numbers := "n,w\n" + strings.ReplaceAll(words.String()[4:], ",w", ",")
	for _, c := range []struct {
		name, text string
		o          Options
		want       string
	}{
		{"too many words", words.String(), Options{}, `line 66: column "w": with "w64" it has more than 64 different words: leave it out with -except, or correct what should be a number, "w0" first`},
		{"a word after many numbers", numbers + "70,x\n", Options{}, `column "w": with "x" it has more than 64 different words: leave it out with -except, or correct what should be a number, "x" first`},
		{"too many numbers as words", numbers, Options{Words: []string{"n"}}, `line 66: column "n": with "64" it has more than 64 different words: leave it out with -except`},
		{"no rows", "a,b\n", Options{}, `column "a": all cells are missing`},
		{"nothing known", "a,b\n1,\n2,\n", Options{Missing: Mask}, `column "b": all cells are missing: leave it out with -except`},
		{"infinite", "a\n1\ninf\n", Options{}, `line 3: column "a": inf is infinite: want finite numbers`},
		{"too large", "a\n1e400\n", Options{}, `line 2: column "a": 1e400 is infinite`},
		{"a logarithm of 0", "a\n1\n0\n", Options{Log: []string{"a"}}, `line 3: column "a": 0 has no logarithm`},
		{"a logarithm of a word", "a\nx\n", Options{Log: []string{"a"}}, `column "a": words have no logarithm`},
		{"no such column", "a\n1\n", Options{Log: []string{"b"}}, `log: there is no column "b": the columns are "a"`},
		{"no such column of words", "a\n1\n", Options{Words: []string{"b"}}, `words: there is no column "b"`},
		{"no such scale", "a\n1\n", Options{Scale: "big"}, `column "a": scale "big"`},
		{"two of a name", "a,a\n1,2\n", Options{}, `two columns are named "a"`},
		{"too wide", "a\n-1e308\n1e308\n1e308\n", Options{}, `column "a": its numbers, from -1e+308 to 1e+308, have no scale`},
	} {
		_, err := fitText(t, c.text, c.o)
		wantLine(t, c.name, err, c.want)
	}
	c := mustFit(t, people, Options{Log: []string{"size"}})
	for want, row := range map[string][]string{
		`column "age": "old" is no number: correct it`:                                                                    {"old", "Rome", "1"},
		`column "city": "Bern" is none of its words, which are "Oslo", "Rome": correct it, or train on rows that have it`: {"1", "Bern", "1"},
		`column "size": -1 has no logarithm`:                                                                              {"1", "Rome", "-1"},
		`column "age": 1e300 is too far`:                                                                                  {"1e300", "Rome", "1"},
		`column "size": a cell is missing`:                                                                                {"1", "Rome", ""},
	} {
		wantLine(t, want, c.Apply(make([]float32, c.Width()), cellsOf(row...), nil), want)
	}
	c.Missing = Mask
	for want, row := range map[string][]string{
		`"old" is no number: correct it, or leave the cell empty`: {"old", "Rome", "1"},
		`: correct it, leave the cell empty, or train on rows`:    {"1", "Bern", "1"},
	} {
		wantLine(t, want, c.Apply(make([]float32, c.Width()), cellsOf(row...), nil), want)
	}
}

// TestColumnsJSON: what goes through JSON makes the same bits, and what makes no sense is
// refused.
func TestColumnsJSON(t *testing.T) {
	c := mustFit(t, "age,city\n0.1,Rome\n0.2,Oslo\n0.7,Rome\n", Options{Missing: Mask})
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	var back Columns
	if err := json.Unmarshal(text, &back); err != nil || !reflect.DeepEqual(&back, c) || back.Validate() != nil {
		t.Errorf("%s became %+v, %v", text, back, err)
	}
	for name, spoil := range map[string]func(c *Columns){
		"none":              func(c *Columns) { c.Columns = nil },
		"two of a name":     func(c *Columns) { c.Columns[1].Name = "age" },
		"no scale":          func(c *Columns) { c.Columns[0].Scale = 0 },
		"a negative scale":  func(c *Columns) { c.Columns[0].Scale = -1 },
		"NaN":               func(c *Columns) { c.Columns[0].Shift = math.NaN() },
		"an infinite scale": func(c *Columns) { c.Columns[0].Scale = math.Inf(1) },
		"unsorted words":    func(c *Columns) { c.Columns[1].Words = []string{"Rome", "Oslo"} },
		"the same words":    func(c *Columns) { c.Columns[1].Words = []string{"Rome", "Rome"} },
		"a word more":       func(c *Columns) { c.Columns[1].Words = []string{"A", "B", "C"} },
		"words of a log":    func(c *Columns) { c.Columns[1].Log = true },
		"no mean":           func(c *Columns) { c.Columns[0].Mean = nil },
		"a mean of NaN":     func(c *Columns) { c.Columns[0].Mean = []float64{math.NaN()} },
		"missing":           func(c *Columns) { c.Missing = "median" },
		"many words":        func(c *Columns) { c.Columns[1].Words = make([]string, MaxWords+1) },
		"many columns":      func(c *Columns) { c.Columns = make([]Column, MaxColumns+1) },
	} {
		var bad Columns
		if err := json.Unmarshal(text, &bad); err != nil {
			t.Fatal(err)
		}
		spoil(&bad)
		wantLine(t, name, bad.Validate(), "")
	}
}

// TestFitBits: sums are in the order of the rows, in float64, on every machine.
func TestFitBits(t *testing.T) {
	var text strings.Builder
	text.WriteString("a,b\n")
	for i := range 1000 {
		fmt.Fprintf(&text, "%d.%d,%d\n", i*i%97, i%10, i*i*i%1009+1)
	}
	c := mustFit(t, text.String(), Options{Log: []string{"b"}})
	var bits []string
	for _, k := range c.Columns {
		for _, v := range append([]float64{k.Shift, k.Scale}, k.Mean...) {
			bits = append(bits, fmt.Sprintf("%016x", math.Float64bits(v)))
		}
	}
	if got, want := strings.Join(bits, " "), "4048251eb851eb8d 403e5d04cde66a1e 0000000000000000 4017a1027ab9a823 3ff0343034c2a907 0000000000000000"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
