package main

import (
	"bufio"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset/table"
)

var manyRows = flag.Int("rows", 300_000, "rows of TestManyRows; 10000000 take 40 seconds and 280 MB of disk")

// TestManyRows trains in 512 MiB on more rows than a quarter of a limit has room for.
func TestManyRows(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes seconds")
	}
	dir := t.TempDir()
	data := filepath.Join(dir, "many.csv")
	f, err := os.Create(data)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	w.WriteString("a,b,c,d\n")
	var line []byte
	for i := range *manyRows {
		u, v := i*7919%10007, i*104729%9973
		line = line[:0]
		for _, x := range [...]int{u, v, u + v, u - v} {
			line = append(strconv.AppendInt(line, int64(x), 10), ',')
		}
		line[len(line)-1] = '\n'
		w.Write(line)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	f.Close()
	limit := min(16**manyRows*2, 512<<20)
	p := newProcess(t, "train", "-data", data, "-out", filepath.Join(dir, "out"), "-epochs", "1", "-batch", "1024", "-hidden", "16", "-latent", "2")
	p.Env = append(p.Env, "GOMEMLIMIT="+strconv.Itoa(limit))
	if status := p.run(t); status != 0 || *manyRows >= 300_000 && !strings.Contains(p.stderr.String(), "of rows are in a temporary file") {
		t.Fatalf("status %d, %s", status, p.stderr.String())
	}
	if most := p.ProcessState.SysUsage().(*syscall.Rusage).Maxrss; most > 512<<10 {
		t.Errorf("%d KiB of memory", most)
	}
}

// A watchedReader looks at a folder whenever it is read.
type watchedReader struct {
	t    *testing.T
	dir  string
	text *strings.Reader
}

func (r watchedReader) Read(p []byte) (int, error) {
	if names, err := os.ReadDir(r.dir); err != nil || len(names) > 0 {
		r.t.Errorf("there is %v, %v", names, err)
	}
	return r.text.Read(p)
}

// TestCopyOfPipe: the copy of a table that comes from a pipe has no name, so that nothing
// remains of it however the program ends.
func TestCopyOfPipe(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	const text = "a,b\n1,2\n3,4\n"
	file, err := openTable(streams{in: watchedReader{t, dir, strings.NewReader(text)}}, standardInput, "auto")
	if err != nil {
		t.Fatal(err)
	}
	defer file.close()
	for range 2 {
		sum := 0.0
		n, err := file.each([]int{1}, func(_ int, row []table.Cell) error {
			sum += row[0].Number
			return nil
		})
		if n != 2 || sum != 6 || err != nil {
			t.Errorf("%d rows, sum %v, %v", n, sum, err)
		}
	}
}
