package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
)

// TestRunDocument: the hashes and the digest in run.json are those of the files.
func TestRunDocument(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	must(t, append(tiny(data, out), "-epochs", "2")...)
	d, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	m, err := vae.LoadState(filepath.Join(out, stateName), kernels.New(kernels.Default(), 1))
	if err != nil {
		t.Fatal(err)
	}
	last := d.Epochs[1]
	loss := binary.LittleEndian.AppendUint64(nil, math.Float64bits(last.Train.Reconstruction))
	sum := sha256.Sum256(binary.LittleEndian.AppendUint64(loss, math.Float64bits(last.Train.KL)))
	if len(last.Steps) != 4 || !bytes.Equal(last.Steps[2:], sum[:2]) { // the last step's losses are the epoch's
		t.Errorf("the marks of 2 steps are %x, and the last %x", last.Steps, sum[:2])
	}
	if last.Weights != m.WeightsSHA256() || last.Optimizer != m.OptimizerSHA256() || last.Images != 256 || d.Epochs[0].Weights == last.Weights {
		t.Errorf("%+v", d.Epochs)
	}
	pixels := read(t, filepath.Join(data, "train-images-idx3-ubyte"))[16:]
	if want := (rowsDocument{256, [3]int{28, 28, 1}, fmt.Sprintf("%x", sha256.Sum256(pixels))}); d.Data.Train != want {
		t.Errorf("training data %+v, want %+v", d.Data.Train, want)
	}
	if got := d.Settings["hidden"] + " " + d.Settings["epochs"] + " " + d.Settings["data"]; got != "16 2 "+data {
		t.Errorf("settings %v", d.Settings)
	}
}

// TestTableDocument: a table is gone on with and verified like images, and refused where a
// cell has changed, of a row that is held out, too.
func TestTableDocument(t *testing.T) {
	path := sensorFile(t, 300)
	whole, out := t.TempDir(), t.TempDir()
	flags := []string{"-validate", "0.2", "-scale", "minmax,flow=standard", "-log", "flow", "-keep", "2", "-epochs"}
	must(t, quick(path, whole, append(flags, "5")...)...)
	next := everySet()
	next(t)
	must(t, quick(path, out, append(flags, "3")...)...)
	next(t)
	must(t, "train", "-resume", out, "-epochs", "5", "-threads", "1")
	sameRun(t, out, whole)
	stdout, _ := must(t, "verify", out, "-epochs", "3:4")
	if !strings.HasPrefix(stdout, "verified: 2 epochs, bit for bit") || !strings.Contains(stdout, keptName(2)) {
		t.Error(stdout)
	}

	d, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	if d.Data.HeldOut == nil || d.Data.Train.Rows+d.Data.HeldOut.Rows+d.Data.Test.Rows != 300 {
		t.Errorf("%+v", d.Data)
	}
	lines := strings.SplitAfter(string(read(t, path)), "\n")
	refused := map[string]bool{}
	for _, i := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} {
		changed := slices.Clone(lines)
		changed[i] = strings.NewReplacer("Rome", "Oslo", "Oslo", "Rome").Replace(changed[i])
		write(t, path, []byte(strings.Join(changed, "")))
		status, stdout, stderr := vaeRun("verify", out)
		kind := regexp.MustCompile(`has other ([a-z-]+) data than the run has had`).FindStringSubmatch(stderr)
		if status != 1 || stdout != "" || kind == nil {
			t.Fatalf("row %d has changed: status %d, %s%s", i, status, stdout, stderr)
		}
		refused[kind[1]] = true
	}
	if len(refused) < 2 {
		t.Errorf("changed %v", refused)
	}
}
