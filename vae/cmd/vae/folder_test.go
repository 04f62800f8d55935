package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestOthersFiles: what is there and not from a run of ours is not replaced,
// nor joined by pictures.
func TestOthersFiles(t *testing.T) {
	data := smallData(t)
	for _, name := range append(besideModel(), modelName, historyName) {
		out := t.TempDir()
		write(t, filepath.Join(out, name), []byte("mine"))
		bad(t, name+" is there already, and not from an earlier run; choose another place with -out", tiny(data, out)...)
		if got := names(t, out); !slices.Equal(got, []string{name}) || string(read(t, filepath.Join(out, name))) != "mine" {
			t.Errorf("beside %s: %v", name, got)
		}
	}

	model := tinyModel(t, data)
	before := names(t, data)
	link := filepath.Join(t.TempDir(), "link")
	if os.Symlink(data, link) != nil {
		link = data
	}
	for _, out := range []string{data, data + "/.", link} {
		bad(t, "is the folder of -data", tiny(data, out)...)
		for _, c := range []string{"traverse", "reconstruct"} {
			bad(t, "that folder holds the images of -data", c, "-data", data, "-checkpoint", model, "-out", filepath.Join(out, "new.png"))
		}
	}
	if after := names(t, data); !slices.Equal(before, after) {
		t.Errorf("left %v", after)
	}
}

// TestEndings: a file is what its name says.
func TestEndings(t *testing.T) {
	t.Chdir(t.TempDir())
	data := smallData(t)
	model := tinyModel(t, data)
	for _, c := range []string{"sample", "traverse -data " + data, "reconstruct -data " + data, "encode -data " + data} {
		args := append(strings.Fields(c), "-checkpoint", model, "-out")
		for _, name := range []string{"x.jpg", "x.JPEG", "x.npy", "x.pdf", "a/x.gif"} {
			bad(t, "let its name end in .", append(args, name)...)
		}
		good := []string{"x", ".x", "x.png", "x.y.PNG"}
		if args[0] == "encode" {
			good = []string{"x", "x.csv", "x.txt"}
			bad(t, "let its name end in .csv", append(args, "x.png")...)
		}
		for _, name := range good {
			must(t, append(args, name)...)
		}
	}
}

// TestStandardOutput: - is standard output for every command that writes a file.
func TestStandardOutput(t *testing.T) {
	t.Chdir(t.TempDir())
	data := smallData(t)
	model := tinyModel(t, data)
	for _, c := range []string{"sample", "traverse -data " + data, "reconstruct -data " + data, "encode -data " + data} {
		args := append(strings.Fields(c), "-checkpoint", model, "-out")
		must(t, append(args, "file")...)
		stdout, stderr := must(t, append(args, "-")...)
		if stdout != string(read(t, "file")) {
			t.Errorf("%s: %d bytes on standard output, %d in a file", c, len(stdout), len(read(t, "file")))
		}
		if table := strings.Contains(stderr, "KL [nats]"); table != (args[0] == "traverse") {
			t.Errorf("%s: standard error %q", c, stderr)
		}
		os.Remove("file")
	}
	if left := names(t, "."); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// TestSavingFails takes the folder away when the first epoch is saved, and ends
// the training when that has been told.
func TestSavingFails(t *testing.T) {
	data, dir := smallData(t), t.TempDir()
	out, away := filepath.Join(dir, "out"), filepath.Join(dir, "away")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout bytes.Buffer
	var stderr triggers
	stderr.on("  loss ", func() { rename(t, out, away) })
	stderr.on("is not saved: ", cancel)
	status := run(ctx, tiny(data, out, "-epochs", "1000000"), &stdout, &stderr)
	lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
	last := lines[len(lines)-1]
	if status != 1 || stdout.Len() != 0 || !strings.HasPrefix(last, "vae: cannot write ") || !strings.HasSuffix(last, modelName+" is the model of epoch 1") {
		t.Errorf("status %d, %s, last line %q", status, stdout.String(), last)
	}
	if n := strings.Count(stderr.String(), "is not saved: "); n != 1 {
		t.Errorf("%d lines on what is not saved: %s", n, stderr.String())
	}
	if n := strings.Count(stderr.String(), "  saved\n"); n != 1 {
		t.Errorf("%d epochs are said to be saved, of one", n)
	}
	// That of the first epoch is whole.
	one := filepath.Join(dir, "one")
	must(t, tiny(data, one)...)
	if !bytes.Equal(read(t, filepath.Join(one, modelName)), read(t, filepath.Join(away, modelName))) {
		t.Error("not the model of epoch 1")
	}
}

// TestSavingRecovers gives the folder back, and ends the training when an epoch
// is saved again.
func TestSavingRecovers(t *testing.T) {
	data, dir := smallData(t), t.TempDir()
	out, away := filepath.Join(dir, "out"), filepath.Join(dir, "away")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var stdout bytes.Buffer
	var stderr triggers
	stderr.on("  loss ", func() { rename(t, out, away) })
	stderr.on("is not saved: ", func() { rename(t, away, out) })
	stderr.on("  saved\n", cancel)
	status := run(ctx, tiny(data, out, "-epochs", "1000000", "-json"), &stdout, &stderr)
	if n := strings.Count(stderr.String(), "is not saved: "); n != 1 {
		t.Errorf("%d lines on what is not saved: %s", n, stderr.String())
	}
	interrupted(t, out, status, stdout.String(), stderr.String())
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Error(err)
	}
}

// TestDue: saving takes a twentieth of the time.
func TestDue(t *testing.T) {
	for _, c := range []struct {
		elapsed, spent, last time.Duration
		due                  bool
	}{
		{0, 0, 0, true}, // the first
		{time.Second, 0, 40 * time.Millisecond, true},
		{time.Second, 0, 60 * time.Millisecond, false},
		{time.Second, 30 * time.Millisecond, 30 * time.Millisecond, false},
		{2 * time.Second, 30 * time.Millisecond, 30 * time.Millisecond, true},
	} {
		f := runFolder{begin: time.Now().Add(-c.elapsed), spent: c.spent, last: c.last}
		if f.due() != c.due {
			t.Errorf("after %v, with %v and %v for saving: due is %v", c.elapsed, c.spent, c.last, !c.due)
		}
	}
}

// TestHistoryIsAppended: the file grows; one that has been changed is
// written anew.
func TestHistoryIsAppended(t *testing.T) {
	h := historyFile{path: filepath.Join(t.TempDir(), historyName)}
	var records []record
	var first os.FileInfo
	for i := range 5 {
		for range i {
			r := record{images: 7}
			r.Epoch.Epoch = len(records) + 1
			records = append(records, r)
		}
		if i == 3 {
			write(t, h.path, []byte("changed"))
		}
		if err := h.save(records); err != nil {
			t.Fatal(err)
		}
		if rows := history(t, filepath.Dir(h.path)); len(rows) != len(records)+1 {
			t.Errorf("%d rows for %d epochs", len(rows), len(records))
		}
		info, err := os.Stat(h.path)
		if err != nil {
			t.Fatal(err)
		}
		switch i {
		case 1: // the file with the header alone was replaced
			first = info
		case 2:
			if !os.SameFile(first, info) {
				t.Error("the whole history was written again")
			}
		}
	}
}

// TestPlotFails: losses that the plotter cannot show are an error, not a panic.
func TestPlotFails(t *testing.T) {
	var h []record
	for i := range 3 {
		r := record{}
		r.Epoch.Epoch, r.Train.Total, r.Test.Total = i+1, 5, 5
		h = append(h, r)
	}
	for _, loss := range []float64{0, 5, 1e300, -1e300} {
		for _, n := range []int{1, 3} {
			for i := range h {
				h[i].Train.Total, h[i].Test.Total = loss, loss
			}
			img, err := plotLoss(h[:n], "loss")
			if (img == nil) == (err == nil) {
				t.Errorf("%d losses of %v: %v", n, loss, err)
			}
			if err != nil {
				t.Logf("%d losses of %v: %v", n, loss, err)
			}
		}
	}
	for i := range h {
		h[i].Train.Total, h[i].Test = float64(i), notEvaluated()
	}
	if img, err := plotLoss(h, "loss"); img == nil || err != nil {
		t.Errorf("a loss that is not known: %v", err)
	}
}

// TestPictureFails: a picture that cannot be drawn costs itself and a line.
func TestPictureFails(t *testing.T) {
	out := t.TempDir()
	grey := blank(120, 4, 4)
	for i := range grey.Pixels {
		grey.Pixels[i] = 128
	}
	data := idxFolder(t, grey, grey)
	stdout, stderr := must(t, tiny(data, out, "-beta", "1e22")...)
	drawn := slices.Contains(names(t, out), lossName)
	if told := strings.Contains(stderr, lossName+" is not drawn: "); told == drawn || strings.Contains(stdout, lossName) != drawn {
		t.Errorf("drawn: %v; %s%s", drawn, stdout, stderr)
	}
}
