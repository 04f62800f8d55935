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
