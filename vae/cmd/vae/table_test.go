package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

// sensors is a table of n rows with columns that depend on each other, and a class: every
// 20th row is one in which they don't.
func sensors(n int) string {
	var b strings.Builder
	b.WriteString("id,temperature,\"pressure, bar\",flow,site,class\n")
	noise := kernels.Noise{Seed: 5}
	for i := range n {
		u := func(k int) float64 { return float64(noise.Uniform(uint64(8*i + k))) }
		t := 20 + 10*u(0)
		p := 0.1*t + 0.05*u(1)
		class, site := 0, []string{"Rome", "Oslo"}[int(2*u(2))]
		if i%20 == 10 {
			class, p = 1, 6-p
		}
		fmt.Fprintf(&b, "r%d,%.3f,%.4f,%.5g,%s,%d\n", i, t, p, 100*(1+u(3)), site, class)
	}
	return b.String()
}

// sensorFile is a file of them.
func sensorFile(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sensors.csv")
	write(t, path, []byte(sensors(n)))
	return path
}

// quick are flags that make training on a table quick.
func quick(data, out string, more ...string) []string {
	return append([]string{"train", "-data", data, "-out", out, "-epochs", "2", "-except", "id,class"}, more...)
}

// vaeIn runs the command with a standard input.
func vaeIn(in string, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	e := dispatch(context.Background(), streams{strings.NewReader(in), &out, &err}, args)
	if e != nil {
		fmt.Fprintln(&err, e)
		status = 1
	}
	return status, out.String(), err.String()
}

// TestTrainTable: defaults for rows are used and told, what is given stays, and the model's
// file has the columns and thresholds.
func TestTrainTable(t *testing.T) {
	data, out := sensorFile(t, 300), t.TempDir()
	stdout, stderr := must(t, quick(data, out)...)
	for _, want := range []string{
		"a table: what is not given is -batch 64 -hidden 64,32 -latent 8 -likelihood gaussian\n",
		"training VAE of 5-64-32-8-32-64-5 on 257 rows of 4 columns, 5 numbers (43 to test), set ", " rows/s",
	} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error %q lacks %q", stderr, want)
		}
	}
	if !strings.Contains(stdout, " nats per row = ") || strings.Contains(stdout, "image") {
		t.Errorf("standard output %q", stdout)
	}
	if got, want := names(t, out), []string{historyName, lossName, modelName, pageName, documentName, stateName}; !slices.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	if page := string(read(t, filepath.Join(out, pageName))); strings.Contains(page, "Pictures") || !strings.Contains(page, "257 rows of 4 columns") {
		t.Error("the report speaks of pictures, or not of rows")
	}
	m, err := vae.Load(filepath.Join(out, modelName), kernels.New(kernels.Default(), 1))
	if err != nil {
		t.Fatal(err)
	}
	c := m.Columns()
	if c == nil || !slices.Equal(c.Names(), []string{"temperature", "pressure, bar", "flow", "site"}) || !slices.Equal(c.Except, []string{"id", "class"}) {
		t.Errorf("columns %+v", c)
	}
	th := m.Thresholds()
	if len(th) != 2 || th[0].Score != vae.ErrorScore || th[1].Score != vae.ELBOScore || th[1].Quantile != 0.99 || th[1].Rows != 43 {
		t.Errorf("thresholds %+v", th)
	}
	_, stderr = must(t, quick(data, t.TempDir(), "-hidden", "8", "-latent", "2", "-batch", "16", "-likelihood", "squared")...)
	if strings.Contains(stderr, "a table:") || !strings.Contains(stderr, "5-8-2-8-5") {
		t.Error(stderr)
	}
}

// TestTableInputs: the same rows in another form make the same model, wherever they are.
func TestTableInputs(t *testing.T) {
	text := sensors(100)
	hash := func(in, data string, more ...string) string {
		t.Helper()
		out := t.TempDir()
		if status, _, stderr := vaeIn(in, quick(data, out, more...)...); status != 0 {
			t.Fatal(stderr)
		}
		return string(read(t, filepath.Join(out, modelName)))
	}
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		write(t, path, []byte(text))
		return path
	}
	want := hash("", file("a.csv", text))
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(text))
	z.Close()
	chosen := t.TempDir()
	must(t, "train", "-data", file("a.csv", text), "-out", chosen, "-epochs", "2", "-columns", `site,temperature,flow,"pressure, bar"`)
	for name, got := range map[string]string{
		"-columns":           string(read(t, filepath.Join(chosen, modelName))),
		"gzip":               hash("", file("b.csv", packed.String())),
		"CRLF":               hash("", file("c.csv", "\xef\xbb\xbf"+strings.ReplaceAll(text, "\n", "\r\n"))),
		"standard input":     hash(text, "-"),
		"columns are chosen": hash("", file("a.csv", text), "-except", "id,class", "-scale", "standard,flow=standard"),
	} {
		if got != want {
			t.Errorf("%s: another model", name)
		}
	}
	t.Setenv("GOMEMLIMIT", "1") // is read at the start of a process
	p := newProcess(t, quick(file("a.csv", text), filepath.Join(dir, "disk"))...)
	if status := p.run(t); status != 1 || !strings.Contains(p.stderr.String(), "above the 1 MB of GOMEMLIMIT") {
		t.Errorf("status %d, %s", status, p.stderr.String())
	}
}

// TestTableOnDisk: rows that memory has no room for make the same model.
func TestTableOnDisk(t *testing.T) {
	data := sensorFile(t, 100)
	run := func(limit float64) (sum string, onDisk bool) {
		out := t.TempDir()
		flags, err := parseTrain(streams{}, quick(data, out, "-validate", "0.2", "-missing", "mask")[1:])
		if err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		r := &trainRun{trainFlags: flags, log: &log}
		defer r.rows.close()
		if r.engine, err = r.engineFlags.engine(); err != nil {
			t.Fatal(err)
		}
		r.memory = limit
		if err := r.load(streams{out: &log, err: &log}); err != nil {
			t.Fatal(err)
		}
		if err := r.makeModel(); err != nil {
			t.Fatal(err)
		}
		h, err := r.model.Train(t.Context(), r.rows.train, r.rows.test, r.options)
		if err != nil {
			t.Fatal(err)
		}
		held, err := r.model.Evaluate(t.Context(), r.best.rows, r.options)
		if err != nil {
			t.Fatal(err)
		}
		source, err := json.Marshal(r.source)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %v %v %s", r.model.WeightsSHA256(), h, held, source), strings.Contains(log.String(), "of rows are in a temporary file")
	}
	memory, inMemory := run(1e9)
	disk, onDisk := run(1000)
	if memory != disk || inMemory || !onDisk {
		t.Errorf("in memory %v %s, on the disk %v %s", inMemory, memory, onDisk, disk)
	}
}

// TestTableMemory: what rows take of memory is what is read of them, which decides whether
// they go to the disk.
func TestTableMemory(t *testing.T) {
	data := sensorFile(t, 100)
	load := func(memory float64, more ...string) *trainRun {
		flags, err := parseTrain(streams{}, quick(data, t.TempDir(), more...)[1:])
		if err != nil {
			t.Fatal(err)
		}
		r := &trainRun{trainFlags: flags, log: io.Discard, memory: memory}
		t.Cleanup(r.rows.close)
		if err := r.load(streams{out: io.Discard, err: io.Discard}); err != nil {
			t.Fatal(err)
		}
		return r
	}
	for _, flags := range []string{"", "-limit 1000", "-limit 5", "-all", "-all -limit 9", "-validate 0.2", "-validate 0.2 -limit 20"} {
		r := load(1e9, strings.Fields(flags)...)
		rows := r.rows.train.Len() + r.rows.test.Len()
		if r.best.rows != nil {
			rows += r.best.rows.Len()
		}
		want, order := float64(4*5*rows), float64(8*r.rows.train.Len())
		if r.rows.bytes != want || r.rows.memory() != want+order {
			t.Errorf("%s: %v bytes and %v with the order, but %d rows take %v", flags, r.rows.bytes, r.rows.memory(), rows, want)
		}
		if r = load(4*want, strings.Fields(flags)...); len(r.rows.files) > 0 {
			t.Errorf("%s: on the disk, but there is room", flags)
		}
		if r = load(4*want-1, strings.Fields(flags)...); len(r.rows.files) == 0 || r.rows.memory() != order {
			t.Errorf("%s: %d files, %v bytes of memory", flags, len(r.rows.files), r.rows.memory())
		}
	}
}

// TestFittedOnTrainingRows: rows for the test and those held out teach the columns nothing.
func TestFittedOnTrainingRows(t *testing.T) {
	var text strings.Builder
	text.WriteString("a\n")
	for i := range 70 {
		v := i % 2
		if i%7 == 0 || i >= 60 {
			v = 1000
		}
		fmt.Fprintln(&text, v)
	}
	data, out := filepath.Join(t.TempDir(), "a.csv"), t.TempDir()
	write(t, data, []byte(text.String()))
	must(t, "train", "-data", data, "-out", out, "-epochs", "1", "-validate", "last:0.15", "-scale", "minmax") // 9 of 60
	m, err := vae.Load(filepath.Join(out, modelName), kernels.New(kernels.Default(), 1))
	if err != nil {
		t.Fatal(err)
	}
	if c := m.Columns().Columns[0]; c.Shift != 0 || c.Scale != 1 {
		t.Errorf("%+v", c)
	}
}

// TestDivision: each row has its part, and no other.
func TestDivision(t *testing.T) {
	for _, d := range []division{{}, {limit: 3}, {all: true}, {all: true, limit: 10}} {
		for _, n := range []int{1, 2, 7, 8, 30, 100} {
			train, test := 0, 0
			for i := range n {
				use := d.of(i)
				if use&forTest != 0 {
					test++
				}
				if use&forTraining != 0 {
					train++
				}
				if d.over(i) && use != 0 {
					t.Errorf("%+v: row %d is over, and for %d", d, i, use)
				}
			}
			if got := d.training(n); got != train || test == 0 {
				t.Errorf("%+v: %d of %d rows are for training, and not %d; %d for the test", d, train, n, got, test)
			}
		}
	}
}

// TestResumedTable: a run on a table goes on to the bit, and not with another table.
func TestResumedTable(t *testing.T) {
	data, whole, out := sensorFile(t, 150), t.TempDir(), t.TempDir()
	flags := []string{"-validate", "0.2", "-log", "flow", "-hidden", "400"}
	must(t, append(quick(data, whole, flags...), "-epochs", "4")...)
	must(t, quick(data, out, flags...)...)
	must(t, "train", "-resume", out, "-epochs", "4")
	sameRun(t, out, whole)
	write(t, data, []byte(strings.Replace(sensors(150), "Rome", "Oslo", 1)))
	bad(t, "data than the run has had", "train", "-resume", out, "-epochs", "5")
}

// TestBadTables: one line each, before anything is written.
func TestBadTables(t *testing.T) {
	dir := t.TempDir()
	data := sensorFile(t, 50)
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		write(t, path, []byte(text))
		return path
	}
	out := filepath.Join(dir, "out")
	train := func(data string, more ...string) []string {
		return append([]string{"train", "-out", out, "-epochs", "1", "-data", data}, more...)
	}
	lines := func(n int, line string) string { return "a,b\n" + strings.Repeat(line+"\n", n) }
	for _, c := range []struct {
		want string
		args []string
	}{
		{"-data " + dir + "/missing.csv: there is no such file", train(dir + "/missing.csv")},
		{"empty.csv: the file is empty", train(file("empty.csv", ""))},
		{"one.csv has 1 row, but one to train and one to test are the least", train(file("one.csv", "a,b\n1,2\n"))},
		{"none.csv has 0 rows, but one to train", train(file("none.csv", "a,b\n"))},
		{`gap.csv: line 4: column "b": a cell is missing: fill it, or train with -missing`, train(file("gap.csv", "a,b\n1,2\n1,2\n1,\n"))},
		{`ragged.csv: line 3 has 1 cell, but the first row has 2`, train(file("ragged.csv", "a,b\n1,2\n1\n"))},
		{`sensors.csv: line 77: column "id": with "r75" it has more than 64 different words: leave it out with -except, or correct what should be a number, "r1" first`, train(sensorFile(t, 100))},
		{`sensors.csv: -except: there is no column "klass": the columns are "id" "temperature"`, train(data, "-except", "klass")},
		{`sensors.csv: -columns: there is no column "x"`, train(data, "-columns", "x")},
		{"-columns and -except: want one of them", train(data, "-columns", "flow", "-except", "id")},
		{"-binarize is for images, and -data is a table", train(data, "-binarize", "fixed")},
		{"-noise gaussian is for images", train(data, "-noise", "gaussian:0.1")},
		{"-size is for images, and -data is a table", train(data, "-size", "14")},
		{"-columns is for a table: name a CSV or NPY file with -data", train(embedded, "-columns", "a")},
		{"-missing is for a table", train(embedded, "-missing", "mean")},
		{"-quantile 2: want a part from 0 to 1", train(data, "-quantile", "2")},
		{"-quantile wants rows that the model has not seen", train(file("all.csv", lines(20, "1,2")), "-all", "-quantile", "0.9")},
		{"-validate 0.001 holds out 0 of 17 training rows", train(file("few.csv", lines(20, "1,2")), "-validate", "0.001")},
		{`line 3: column "a": -1 has no logarithm`, train(file("log.csv", lines(20, "-1,2")), "-log", "a")},
		{`test.csv: line 9: column "b": "x" is none of its words, which are "y": correct it, or train on rows that have it (this row is for the test)`, train(file("test.csv", lines(7, "1,y")+"1,x\n"+strings.Repeat("1,y\n", 9)))},
		{`log: there is no column "c"`, train(file("log.csv", lines(20, "-1,2")), "-log", "c")},
		{"want standard, minmax or none", train(data, "-scale", "big")},
		{"want names of columns", train(data, "-columns", "a,,b")},
		{"standard input: the file is empty", train("-")},
	} {
		bad(t, c.want, c.args...)
	}
	if _, err := os.Stat(out); err == nil {
		if left, _ := os.ReadDir(out); len(left) > 0 {
			t.Errorf("%v is left", left)
		}
	}
}

// TestWordsNote: a column that one cell makes one of words is told of, unless -words says that
// it is one.
func TestWordsNote(t *testing.T) {
	data := filepath.Join(t.TempDir(), "t.csv")
	write(t, data, []byte("a,b,c\n"+strings.Repeat("1,2,x\n1,3,y\n", 10)+"1,?,x\n"))
	note := `note: column "b" is of words, for "?" is no number, as 2 of its 3 words are: correct it`
	for _, words := range []string{"a", "b"} {
		_, stderr := must(t, "train", "-data", data, "-out", t.TempDir(), "-epochs", "1", "-words", words)
		if strings.Count(stderr, "is of words") != strings.Count(stderr, note) || strings.Contains(stderr, note) != (words == "a") {
			t.Errorf("-words %s: %s", words, stderr)
		}
	}
}

// TestScalesFlag: what is set is what is printed.
func TestScalesFlag(t *testing.T) {
	for text, want := range map[string]string{
		"minmax": "minmax", "standard,age=minmax": "standard,age=minmax", "b=none,a=minmax": "standard,a=minmax,b=none",
		`none,"a,b=c=standard"`: `none,"a,b=c=standard"`,
	} {
		var s scales
		if err := s.Set(text); err != nil || s.String() != want {
			t.Errorf("%s is %s, %v", text, s.String(), err)
		}
	}
	var s scales
	for _, text := range []string{"", "big", "minmax,age", "age=big"} {
		if err := s.Set(text); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	if s.scale == table.MinMax {
		t.Error("a bad value is set")
	}
}

// TestVerifyTable: a run on a table is verified as one on images is.
func TestVerifyTable(t *testing.T) {
	data, out := sensorFile(t, 100), t.TempDir()
	must(t, quick(data, out)...)
	if stdout, _ := must(t, "verify", out); !strings.HasPrefix(stdout, "verified: 2 epochs, bit for bit") {
		t.Error(stdout)
	}
}
