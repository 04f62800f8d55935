package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// sweepRows are the lines of sweep.csv under its header.
func sweepRows(t *testing.T, dir string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(read(t, filepath.Join(dir, sweepName)))).ReadAll()
	if err != nil || len(rows) == 0 || strings.Join(rows[0], ",")+"\n" != sweepHeader {
		t.Fatalf("%v: %v", rows, err)
	}
	return rows[1:]
}

func TestSweep(t *testing.T) {
	data, out := smallData(t), filepath.Join(t.TempDir(), "sweep")
	args := []string{"sweep", "-data", data, "-out", out, "-latent", "4,1", "-hidden", "16", "-epochs", "2"}
	for range 2 { // the second one replaces the first
		stdout, stderr := must(t, args...)
		rows := sweepRows(t, out)
		if len(rows) != 4 || strings.Count(stdout, "\n") != 6 || strings.Count(stderr, "\n") != 5 {
			t.Fatalf("%v\n%s%s", rows, stdout, stderr)
		}
		for i, want := range []string{"ae,1,", "vae,1,", "ae,4,", "vae,4,"} {
			if !strings.HasPrefix(strings.Join(rows[i], ","), want) || (rows[i][7] == "") != (i%2 == 0) {
				t.Errorf("row %d is %v, want %s", i, rows[i], want)
			}
		}
		if got := size(t, filepath.Join(out, sweepPlotName)); got.X != 800 || got.Y != 500 {
			t.Errorf("a plot of %v", got)
		}
	}
	// A model of the sweep is the one that train makes.
	model := tinyModel(t, data, "-latent", "4", "-epochs", "2")
	stdout, _ := must(t, "eval", "-data", data, "-checkpoint", model, "-json")
	if loss, _ := strconv.ParseFloat(sweepRows(t, out)[3][4], 64); lastJSON(t, stdout)["loss"] != loss {
		t.Errorf("the loss is %v in the sweep: %s", loss, stdout)
	}
}

// TestSweepOfLayers sweeps convolutions: the last model is the one that train makes of the
// same description.
func TestSweepOfLayers(t *testing.T) {
	data, out, file := smallData(t), t.TempDir(), filepath.Join(t.TempDir(), "conv.json")
	write(t, file, []byte(`{"kind": "ae", "latent": 9, "encoder": [{"type": "conv2d", "filters": 2, "kernel": 4, "stride": 4}, "relu"],
		"decoder": [{"type": "dense", "out": 784}], "likelihood": {"type": "bernoulli"}}`))
	must(t, "sweep", "-data", data, "-model", file, "-out", out, "-latent", "3", "-epochs", "1")
	rows := sweepRows(t, out)
	text := strings.Replace(string(read(t, file)), `"ae"`, `"vae"`, 1)
	write(t, file, []byte(text))
	stdout, _ := must(t, "train", "-data", data, "-model", file, "-out", t.TempDir(), "-latent", "3", "-epochs", "1", "-json")
	if loss, _ := strconv.ParseFloat(rows[1][4], 64); len(rows) != 2 || rows[1][0] != "vae" || lastJSON(t, stdout)["test_loss"] != loss {
		t.Errorf("%v\n%s", rows, stdout)
	}
	bad(t, "-hidden is for dense layers", "sweep", "-data", data, "-model", file, "-hidden", "7", "-out", out)
}

// TestSweepInterrupted: what is done is kept.
func TestSweepInterrupted(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	args := []string{"sweep", "-data", data, "-out", out, "-latent", "1,2", "-hidden", "16", "-epochs", "1"}
	ctx, cancel := context.WithCancel(context.Background())
	var stdout bytes.Buffer
	log := writerFunc(func(b []byte) (int, error) {
		if bytes.HasPrefix(b, []byte("3/4 ")) {
			cancel()
		}
		return len(b), nil
	})
	if status := run(ctx, args, &stdout, log); status != 130 {
		t.Errorf("status %d", status)
	}
	if rows := sweepRows(t, out); len(rows) != 3 {
		t.Errorf("%d rows", len(rows))
	}
	size(t, filepath.Join(out, sweepPlotName))
	dir := t.TempDir()
	if status := run(ctx, append(args, "-out", dir), &stdout, log); status != 130 {
		t.Errorf("interrupted at the start: status %d", status)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("interrupted at the start: %v is left", left)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func TestSweepRefuses(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	for _, c := range []struct{ latent, want string }{
		{"0", "want 1 to 64 different sizes from 1 to"}, {"2,2", "different sizes"}, {"", "different sizes"}, {"none", "different sizes"},
	} {
		bad(t, c.want, "sweep", "-data", data, "-out", out, "-latent", c.latent)
	}
	bad(t, "-model ae: both kinds are trained", "sweep", "-data", data, "-model", "ae", "-out", out)
	bad(t, "-out is empty", "sweep", "-data", data, "-out", "")
	bad(t, "is the folder of -data", "sweep", "-data", data, "-out", data)
	write(t, filepath.Join(out, sweepName), []byte("another program's"))
	bad(t, "is there already, and not from an earlier sweep", "sweep", "-data", data, "-out", out)
}
