package main

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"image"
	"image/png"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae"
)

// size decodes a PNG and returns its width and height.
func size(t *testing.T, path string) image.Point {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(read(t, path)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return img.Bounds().Size()
}

// picture is the size of one with columns×rows digits under a title, whose longest label
// of a row is this, with lines of other words below rows.
func picture(label string, columns, rows, lines int) image.Point {
	return image.Pt(4+newLettering().width(label)+8+columns*88, 4+20+rows*88+lines*20)
}

func history(t *testing.T, out string) [][]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(read(t, filepath.Join(out, historyName)))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func names(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// runFiles is how many files a run of a vae leaves.
const runFiles = 9

func TestTrain(t *testing.T) {
	out := filepath.Join(t.TempDir(), "a", "run")
	stdout, stderr := must(t, tiny("digits", out, "-limit", "256", "-json", "-epochs", "2")...)

	want := []string{historyName, lossName, modelName, reconstructionsName, pageName, documentName, samplesName, stateName, traversalName}
	if got := names(t, out); !slices.Equal(got, want) {
		t.Errorf("train leaves %v, want %v", got, want)
	}
	for name, want := range map[string]image.Point{
		reconstructionsName: picture("images 0 to 11", 12, 2, 0), samplesName: picture("samples 10 to 19", 10, 10, 0),
		traversalName: picture("component 0 · 0.0 nats", 13, 2, 2), lossName: {X: 800, Y: 500},
	} {
		if got := size(t, filepath.Join(out, name)); got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}

	report := lastJSON(t, stdout)
	for _, key := range []string{"set", "threads", "examples", "epochs", "train_loss", "test_loss", "test_reconstruction", "test_kl",
		"seconds", "examples_per_second", "weights_sha256", "out"} {
		if _, ok := report[key]; !ok {
			t.Errorf("-json lacks %s", key)
		}
	}
	if report["examples"] != 256.0 || report["epochs"] != 2.0 || report["interrupted"] != false || report["out"] != out {
		t.Errorf("-json says %v", report)
	}

	rows := history(t, out)
	if len(rows) != 3 || strings.Join(rows[0], ",") != "epoch,train_loss,train_reconstruction,train_kl,test_loss,test_reconstruction,test_kl,images,seconds,validation_loss" {
		t.Errorf("history %v", rows)
	}
	for i, row := range rows[1:] {
		if row[0] != strconv.Itoa(i+1) || row[7] != "256" || row[9] != "" {
			t.Errorf("history: row %v", row)
		}
		for _, s := range row[:9] {
			if v, err := strconv.ParseFloat(s, 64); err != nil || !(v > 0) {
				t.Errorf("history: %q in %v", s, row)
			}
		}
	}
	if v, _ := strconv.ParseFloat(rows[2][4], 64); v != report["test_loss"] {
		t.Errorf("test loss %v in the history, %v in -json", v, report["test_loss"])
	}

	// Lines, for the test's standard error is no terminal.
	for _, want := range []string{"784-16-2-16-784 on 256 images of 28×28 (256 to test)", "\nepoch 1/2  loss ", "\nepoch 2/2  loss ", " images/s", "s left  saved\n", " images/s  saved\n"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("standard error lacks %q: %s", want, stderr)
		}
	}
	if strings.ContainsAny(stderr, "\r\x1b") {
		t.Errorf("a live bar without a terminal: %q", stderr)
	}
}

func TestTrainAutoencoder(t *testing.T) {
	out := t.TempDir()
	data := smallData(t)
	must(t, tiny(data, out)...) // whose samples would pass for this one's
	stdout, stderr := must(t, tiny(data, out, "-model", "ae", "-hidden", "16,8", "-json")...)
	if !strings.Contains(stderr, out+" holds an earlier run, which this one replaces\n") {
		t.Errorf("no word on the earlier run: %s", stderr)
	}
	want := []string{historyName, lossName, modelName, reconstructionsName, pageName, documentName, stateName, traversalName}
	if got := names(t, out); !slices.Equal(got, want) {
		t.Errorf("train leaves %v, want %v", got, want)
	}
	if !strings.Contains(stdout, "no samples.png: an autoencoder has no prior to sample from\n") {
		t.Errorf("no word on samples: %s", stdout)
	}
	if report := lastJSON(t, stdout); report["model"] != "ae" || report["test_kl"] != 0.0 || report["test_loss"] != report["test_reconstruction"] {
		t.Errorf("-json says %v", report)
	}
}

// TestTrainShapes trains models at the edges of what the flags allow.
func TestTrainShapes(t *testing.T) {
	if testing.Short() {
		t.Skip("many pictures")
	}
	data := smallData(t)
	wide := idxFolder(t, blank(1, 1, 300), blank(1, 1, 300))
	for _, args := range [][]string{
		{"-data", data, "-hidden", "none", "-latent", "1", "-limit", "1"},
		{"-data", data, "-batch", "1048576", "-beta", "0", "-limit", "70", "-threads", "9"},
		{"-data", data, "-latent", "70", "-seed", "18446744073709551615"},
		{"-data", wide, "-model", "ae"},
	} {
		out := t.TempDir()
		must(t, tiny(data, out, args...)...)
		if got := size(t, filepath.Join(out, traversalName)); args[3] == "70" && got != picture("component 00 · 0.0 nats", 13, 64, 9) {
			t.Errorf("traversal of 70 components: %v", got)
		}
	}
}

func TestThreads(t *testing.T) {
	data, first := smallData(t), ""
	for _, threads := range []string{"1", "2", "7"} {
		stdout, _ := must(t, tiny(data, t.TempDir(), "-json", "-batch", "100", "-threads", threads)...)
		report := lastJSON(t, stdout)
		sum, _ := report["weights_sha256"].(string)
		if first == "" {
			first = sum
		}
		if sum != first || len(sum) != 64 || strconv.Itoa(int(report["threads"].(float64))) != threads {
			t.Errorf("%s threads: weights %s, with 1 thread %s", threads, sum, first)
		}
	}
	stdout, _ := must(t, tiny(data, t.TempDir(), "-json", "-batch", "100", "-seed", "2")...)
	if lastJSON(t, stdout)["weights_sha256"] == first {
		t.Error("-seed changes nothing")
	}
}

// TestDiverged trains at a rate that no model survives.
func TestDiverged(t *testing.T) {
	out := t.TempDir()
	status, stdout, stderr := vaeRun(tiny(smallData(t), out, "-lr", "1e38", "-epochs", "9")...)
	if status != 1 || stdout != "" || !strings.Contains(stderr, "try a smaller learning rate than 1e+38") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
	if left := names(t, out); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

// Triggers call functions, one after the other: each once, when its text has been
// written since the one before was called.
type triggers struct {
	bytes.Buffer
	next []trigger
	seen int // bytes, when the last was called
}

type trigger struct {
	text string
	f    func()
}

func (w *triggers) on(text string, f func()) { w.next = append(w.next, trigger{text, f}) }

func (w *triggers) Write(b []byte) (int, error) {
	n, err := w.Buffer.Write(b)
	if len(w.next) > 0 && bytes.Contains(w.Bytes()[w.seen:], []byte(w.next[0].text)) {
		f := w.next[0].f
		w.next, w.seen = w.next[1:], w.Len()
		f()
	}
	return n, err
}

// interrupted checks what a run has left that was interrupted after an epoch.
func interrupted(t *testing.T, out string, status int, stdout, stderr string) {
	t.Helper()
	if status != 130 || !strings.Contains(stderr, "\ninterrupted in epoch ") || !strings.Contains(stderr, ": saved in "+out) {
		t.Errorf("status %d, standard error %s", status, stderr)
	}
	if got := names(t, out); len(got) != runFiles {
		t.Errorf("saved %v", got)
	}
	rows := history(t, out)
	report := lastJSON(t, stdout)
	epochs := int(report["epochs"].(float64))
	if report["interrupted"] != true || epochs < 1 || len(rows) < epochs+1 || len(rows) > epochs+2 {
		t.Errorf("-json says %v, history %v", report, rows)
	}
	data, _ := must(t, "eval", "-checkpoint", filepath.Join(out, modelName), "-limit", "64", "-json")
	if lastJSON(t, data)["weights_sha256"] != report["weights_sha256"] {
		t.Error("another model was saved")
	}
}

func TestInterrupted(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var stdout bytes.Buffer
	var stderr triggers
	stderr.on(", test ", cancel) // the epoch is complete
	status := run(ctx, tiny(data, out, "-epochs", "1000000", "-json"), &stdout, &stderr)
	interrupted(t, out, status, stdout.String(), stderr.String())

	// Before the first step there is nothing to save, and what there is stays.
	before := read(t, filepath.Join(out, modelName))
	status = run(ctx, tiny(data, out), &stdout, &stderr)
	if status != 130 || !strings.Contains(stderr.String(), "nothing to save") || !bytes.Equal(before, read(t, filepath.Join(out, modelName))) {
		t.Errorf("status %d, %s", status, stderr.String())
	}
}

// TestHugeBeta: the encoder of a loss that is out of bounds is not frozen without a
// word.
func TestHugeBeta(t *testing.T) {
	status, stdout, stderr := vaeRun(tiny(smallData(t), t.TempDir(), "-beta", "1e30")...)
	if status != 1 || stdout != "" || !strings.HasSuffix(stderr, "try a smaller learning rate than 0.001, or beta than 1e+30\n") {
		t.Errorf("status %d, %s%s", status, stdout, stderr)
	}
}

// A countdown is a context that ends after its error was asked for n times.
type countdown struct {
	context.Context
	n int
}

func (c *countdown) Err() error {
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

// trainedUntil trains until the context has been looked at so many times.
func trainedUntil(t *testing.T, looks int, args ...string) *trainRun {
	t.Helper()
	flags, err := parseTrain(streams{}, args[1:])
	if err != nil {
		t.Fatal(err)
	}
	r := &trainRun{trainFlags: flags, log: io.Discard}
	if err := r.makeEngine(); err != nil {
		t.Fatal(err)
	}
	if err := r.setUp(streams{out: io.Discard, err: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if err := r.train(&countdown{context.Background(), looks}); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestInterruptedEpoch ends a run in the middle of its first epoch.
func TestInterruptedEpoch(t *testing.T) {
	out := t.TempDir()
	flags, err := parseTrain(streams{}, tiny(smallData(t), out)[1:])
	if err != nil {
		t.Fatal(err)
	}
	r := &trainRun{trainFlags: flags, log: io.Discard}
	if r.engine, err = r.engineFlags.engine(); err != nil {
		t.Fatal(err)
	}
	if r.data, err = r.dataFlags.load(streams{out: io.Discard, err: io.Discard}); err != nil {
		t.Fatal(err)
	}
	if err := r.makeModel(); err != nil {
		t.Fatal(err)
	}
	if r.folder, err = openFolder(streams{}, out, "", ""); err != nil {
		t.Fatal(err)
	}
	if r.about, err = r.document(); err != nil {
		t.Fatal(err)
	}
	if err := r.train(&countdown{context.Background(), 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(r.history) != 1 || r.last().images != 128 || !(r.last().Test.Total > 0) {
		t.Errorf("history %+v", r.history)
	}
	if rows := history(t, out); len(rows) != 2 || rows[1][4] == "" {
		t.Errorf("history.csv %v", rows)
	}
}

// TestSignal sends a real one to this process.
func TestSignal(t *testing.T) {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Skip(err)
	}
	out := t.TempDir()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var sent error
	var stdout bytes.Buffer
	var stderr triggers
	stderr.on(", test ", func() {
		if sent = self.Signal(os.Interrupt); sent != nil {
			cancel()
		}
	})
	status := run(ctx, tiny(smallData(t), out, "-epochs", "1000000", "-json"), &stdout, &stderr)
	if sent != nil {
		t.Skip(errors.Join(errors.New("no signals here"), sent))
	}
	interrupted(t, out, status, stdout.String(), stderr.String())
}

// TestLiveBar draws the bar as for a terminal.
func TestLiveBar(t *testing.T) {
	var b bytes.Buffer
	p := newProgress(&b, 100, 2, 100, "nats", "image")
	p.shown = p.start.Add(-barInterval)
	p.step(vae.Progress{Epoch: 1, Images: 50, Loss: vae.Loss{Total: 123.456}}, 5000)
	p.epoch(record{Epoch: vae.Epoch{Epoch: 1, Train: vae.Loss{Total: 120}, Test: vae.Loss{Total: 121}}, validation: math.NaN()}, 5000, true)
	p.close()
	for _, want := range []string{"epoch 1/2  loss 123.46  5000 images/s  ", "s left  ", " 25% [", "epoch 1/2  loss 120.00, test 121.00 nats  5000 images/s  saved\n"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the bar lacks %q: %q", want, b.String())
		}
	}
}

// TestBarFits: no frame is wider than its terminal, and one that is too narrow, or cannot
// overwrite, gets lines.
func TestBarFits(t *testing.T) {
	for _, columns := range []int{0, 40, 61, 79, 80, 81, 200} {
		var b bytes.Buffer
		const epochs = 1 << 20
		p := newProgress(&b, columns, epochs, 1<<20, "nats", "image")
		for _, epoch := range []int{1, epochs} {
			p.shown = p.start.Add(-lineInterval)
			p.step(vae.Progress{Epoch: epoch, Images: 50, Loss: vae.Loss{Total: 1e9}}, 5e6)
		}
		p.close()
		if got := strings.Contains(b.String(), "\r"); got != (columns >= leastColumns) {
			t.Errorf("%d columns: a bar: %v", columns, got)
		}
		for _, frame := range strings.Split(b.String(), "\r\x1b[K") {
			if strings.Contains(b.String(), "\r") && len(frame) >= columns {
				t.Errorf("%d columns: %q", columns, frame)
			}
		}
	}
	t.Setenv("TERM", "dumb")
	if n := liveColumns(os.Stderr); n != 0 {
		t.Errorf("a dumb terminal has %d columns", n)
	}
}
