package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestValidation trains with a quarter of the images held out, which are the test images,
// too. Both losses are the same; the best model is that of the epoch with the least one,
// and has the bytes of a run that ends there.
func TestValidation(t *testing.T) {
	s, err := loadDigits()
	if err != nil {
		t.Fatal(err)
	}
	train := s.Train.Limit(256)
	test := train
	test.Pixels = train.Pixels[192*train.Size():]
	data := idxFolder(t, train, test)
	args := func(out, epochs string) []string {
		return append(tiny(data, out, "-validate", "last:0.25", "-lr", "0.02", "-batch", "16", "-json"), "-epochs", epochs)
	}
	out := t.TempDir()
	stdout, stderr := must(t, args(out, "12")...)
	var report struct {
		Examples       int     `json:"examples"`
		BestEpoch      int     `json:"best_epoch"`
		ValidationLoss float64 `json:"validation_loss"`
	}
	lines := strings.Split(strings.TrimSpace(stdout), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &report); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(read(t, filepath.Join(out, historyName)))).ReadAll()
	if err != nil || len(rows) != 13 {
		t.Fatal(err, rows)
	}
	best, least := 0, 0.0
	for i, row := range rows[1:] {
		test, held := row[slices.Index(rows[0], "test_loss")], row[slices.Index(rows[0], "validation_loss")]
		if test != held || held == "" {
			t.Errorf("epoch %d: test loss %s, of the same images held out %s", i+1, test, held)
		}
		if v, _ := strconv.ParseFloat(held, 64); best == 0 || v < least {
			best, least = i+1, v
		}
	}
	if best == 12 {
		t.Fatal("the last epoch is the best: this test shows nothing")
	}
	if report.Examples != 192 || report.BestEpoch != best || report.ValidationLoss != least {
		t.Errorf("-json says %+v, want epoch %d with %v", report, best, least)
	}
	if !strings.Contains(stdout, "best.safetensors is of epoch "+strconv.Itoa(best)) || !strings.Contains(stderr, ", held out ") {
		t.Errorf("%s%s", stdout, stderr)
	}
	shorter := t.TempDir()
	must(t, args(shorter, strconv.Itoa(best))...)
	if !bytes.Equal(read(t, filepath.Join(out, bestName)), read(t, filepath.Join(shorter, modelName))) {
		t.Error("the best model is not that of its epoch")
	}

	must(t, tiny(data, out)...)
	if _, err := os.Stat(filepath.Join(out, bestName)); !os.IsNotExist(err) {
		t.Errorf("%s of the earlier run is still there: %v", bestName, err)
	}
	for _, part := range []string{"0.001", "0.999"} {
		bad(t, "of 256 training images: want some, and some to train on", tiny(data, t.TempDir(), "-validate", part)...)
	}
	for _, part := range []string{"7", "1", "-0.1", "NaN", "last", "first:0.1", ""} {
		bad(t, "want a part from 0 to 1", tiny(data, t.TempDir(), "-validate", part)...)
	}
}

// TestHeldOut: each image is either held out or trained on, in order; of images sorted by
// class each class has its share, and no period of the images is that of the draw.
func TestHeldOut(t *testing.T) {
	for _, c := range []struct {
		part    float64
		n, held int
	}{{0.1, 1000, 100}, {0.1, 1003, 100}, {0.5, 7, 4}, {0.9, 10, 9}, {0.3, 1, 0}, {0.999, 3, 3}} {
		for _, last := range []bool{false, true} {
			rest, held := (&heldOut{c.part, last}).divide(c.n, 1)
			all := slices.Concat(rest, held)
			slices.Sort(all)
			if len(held) != c.held || len(slices.Compact(all)) != c.n || all[c.n-1] != c.n-1 || !slices.IsSorted(rest) || !slices.IsSorted(held) {
				t.Errorf("%+v, last %v: %v and %v", c, last, rest, held)
			}
			if last && c.held > 0 && held[0] != c.n-c.held {
				t.Errorf("%+v: the last are %v", c, held)
			}
		}
	}
	// On 32 bits, too, the product of both numbers is no overflow.
	if _, held := (&heldOut{part: 0.25}).divide(1<<18, 1); len(held) != 1<<16 || !slices.IsSorted(held) || held[len(held)-1] < 1<<18-4 {
		t.Errorf("%d of many are held out", len(held))
	}
	_, held := (&heldOut{part: 0.1}).divide(1000, 1)
	var sorted, periodic [10]int
	for _, i := range held {
		sorted[i/100]++
		periodic[i%10]++
	}
	if slices.Max(sorted[:]) != 10 || slices.Max(periodic[:]) > 20 {
		t.Errorf("of classes sorted %v, in turn %v", sorted, periodic)
	}
	if _, other := (&heldOut{part: 0.1}).divide(1000, 2); slices.Equal(held, other) {
		t.Error("another seed holds out the same images")
	}
}

// TestValidationBinarized: images held out are black and white where the others are.
func TestValidationBinarized(t *testing.T) {
	data := smallData(t)
	losses := map[string]bool{}
	for _, how := range []string{"none", "fixed", "dynamic"} {
		out := t.TempDir()
		stdout, _ := must(t, tiny(data, out, "-validate", "0.5", "-binarize", how)...)
		rows := strings.Split(string(read(t, filepath.Join(out, historyName))), "\n")
		fields := strings.Split(rows[1], ",")
		losses[fields[len(fields)-1]] = true
		if !strings.Contains(stdout, "128 images held out") {
			t.Error(stdout)
		}
	}
	if len(losses) != 3 {
		t.Errorf("validation losses %v, want three", losses)
	}
}

// TestPatience: a run ends where the loss of the images held out has not been less for so
// many epochs, with the bits of one that was to end there.
func TestPatience(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	flags := []string{"-validate", "0.25", "-lr", "0.02", "-batch", "16"}
	stdout, _ := must(t, append(tiny(data, out, append(flags, "-patience", "3", "-json")...), "-epochs", "200")...)
	rows := history(t, out)[1:]
	best, least := 0, 0.0
	for i, row := range rows {
		v, err := strconv.ParseFloat(row[9], 64)
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 || v < least {
			best, least = i+1, v
		}
		if i+1-best >= 3 && i+1 < len(rows) {
			t.Errorf("it goes on after epoch %d, with the best one %d", i+1, best)
		}
	}
	if len(rows) == 200 || len(rows)-best != 3 {
		t.Errorf("%d epochs, the best one %d", len(rows), best)
	}
	report := lastJSON(t, stdout)
	if want := fmt.Sprintf("ended after epoch %d: the loss of the images held out has not been less for 3 epochs\n", len(rows)); !strings.Contains(stdout, want) || report["ended_by_patience"] != true || report["interrupted"] != false || report["best_epoch"] != float64(best) {
		t.Errorf("%s, want %s", stdout, want)
	}
	whole := t.TempDir()
	must(t, append(tiny(data, whole, flags...), "-epochs", fmt.Sprint(len(rows)))...)
	if !bytes.Equal(read(t, filepath.Join(whole, modelName)), read(t, filepath.Join(out, modelName))) || !bytes.Equal(read(t, filepath.Join(whole, bestName)), read(t, filepath.Join(out, bestName))) {
		t.Error("a run of as many epochs makes other models")
	}

	stdout, _ = must(t, "train", "-resume", out, "-json") // it has ended
	if lastJSON(t, stdout)["epochs"] != float64(len(rows)) {
		t.Error(stdout)
	}
	stdout, _ = must(t, "train", "-resume", out, "-json", "-patience", "5")
	if n := lastJSON(t, stdout)["epochs"].(float64); int(n) < len(rows)+2 {
		t.Error(stdout)
	}
	must(t, "verify", out)
	bad(t, "-patience is for -validate", tiny(data, t.TempDir(), "-patience", "3")...)
}
