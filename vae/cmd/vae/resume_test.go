package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
)

// lasting is what a run has left that depends on no clock, set or number of threads.
func lasting(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{modelName, bestName, stateName} {
		if path := filepath.Join(dir, name); exists(path) {
			files[name] = string(read(t, path))
		}
	}
	var lines []string
	for _, row := range history(t, dir) {
		row[8] = "" // seconds
		lines = append(lines, strings.Join(row, ","))
	}
	files[historyName] = strings.Join(lines, "\n")
	var d runDocument
	if err := json.Unmarshal(read(t, filepath.Join(dir, documentName)), &d); err != nil {
		t.Fatal(err)
	}
	d.Sessions, d.Settings["keep"] = nil, ""
	d.Command = ""
	for i := range d.Epochs {
		d.Epochs[i].Seconds = 0
	}
	text, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	files[documentName] = string(text)
	return files
}

// sameRun fails where two runs have not left the same.
func sameRun(t *testing.T, got, want string) {
	t.Helper()
	a, b := lasting(t, got), lasting(t, want)
	for name := range b {
		if a[name] != b[name] {
			t.Errorf("%s differs from that of a run without a stop", name)
			if name == historyName || name == documentName {
				t.Errorf("%s\nwant\n%s", a[name], b[name])
			}
		}
	}
	if len(a) != len(b) {
		t.Errorf("%d files, want %d", len(a), len(b))
	}
}

// everySet calls f with the sets of the machine, one after the other, and again.
func everySet() func(t *testing.T) {
	sets, i := kernels.Sets(), 0
	return func(t *testing.T) {
		t.Setenv("LANEWISE_ISA", sets[i%len(sets)].Name())
		i++
	}
}

// TestResumed: five epochs and five are ten, with all that a run leaves, in other sets and
// on other numbers of threads.
func TestResumed(t *testing.T) {
	data := smallData(t)
	next := everySet()
	for name, flags := range map[string][]string{
		"vae":      {"-batch", "50"},
		"gaussian": {"-likelihood", "gaussian", "-validate", "0.25", "-lr", "0.02", "-batch", "16", "-binarize", "dynamic", "-beta-warmup", "3", "-milestones", "2,4", "-warmup", "1.5"},
		"ae":       {"-model", "ae", "-noise", "mask:0.3", "-shards", "3", "-hidden", "16,8", "-clip", "1", "-all"},
		"fixed":    {"-binarize", "fixed", "-validate", "last:0.5", "-limit", "99", "-free-bits", "0.1", "-size", "14"},
		"preset":   {"-preset", "pytorch", "-hidden", "8", "-latent", "2"},
	} {
		if testing.Short() && name != "gaussian" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			whole, out, other := t.TempDir(), t.TempDir(), t.TempDir()
			args := func(out, epochs string) []string {
				return append(tiny(data, out, flags...), "-epochs", epochs)
			}
			must(t, args(whole, "10")...)
			next(t)
			must(t, args(out, "5")...)
			next(t)
			_, stderr := must(t, "train", "-resume", out, "-epochs", "7", "-threads", "3", "-out", other)
			if !strings.Contains(stderr, "going on with "+filepath.Join(out, stateName)+" after epoch 5\n") || strings.Contains(stderr, "epoch 5/") {
				t.Error(stderr)
			}
			next(t)
			must(t, append([]string{"train", "-resume", other, "-epochs", "10"}, flags...)...) // said again
			sameRun(t, other, whole)
			if got := names(t, out); len(got) > runFiles+1 {
				t.Errorf("the folder that was resumed has %v", got)
			}

			// A run that is complete is evaluated and drawn again.
			if stdout, _ := must(t, "train", "-resume", other); !strings.Contains(stdout, "test loss ") {
				t.Error(stdout)
			}
			sameRun(t, other, whole)
		})
	}
}

// TestResumedSessions: run.json says which process trained what, and its command repeats
// the run.
func TestResumedSessions(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	t.Setenv("LANEWISE_ISA", "go")
	must(t, append(tiny(data, out, "-threads", "1"), "-epochs", "2")...)
	must(t, "train", "-resume", out, "-threads", "2", "-epochs", "3")
	d, err := readDocument(out)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range d.Sessions {
		got = append(got, fmt.Sprintln(s.Epoch, s.Rows, s.Set, s.Threads))
	}
	if strings.Join(got, "") != "1 0 go 1\n3 0 go 2\n" {
		t.Errorf("sessions %q", got)
	}
	again := t.TempDir()
	must(t, append(strings.Fields(d.Command)[1:], "-out", again)...)
	if !bytes.Equal(read(t, filepath.Join(again, modelName)), read(t, filepath.Join(out, modelName))) {
		t.Errorf("%s makes another model", d.Command)
	}
}

// TestResumedBetweenFiles: a run that stands within an epoch goes on, and is killed when it
// has written run.json, but not yet the state that belongs to it: the state within the epoch
// is still one that run.json knows.
func TestResumedBetweenFiles(t *testing.T) {
	data, whole, out := smallData(t), t.TempDir(), t.TempDir()
	args := func(out string) []string { return append(tiny(data, out, "-batch", "16"), "-epochs", "6") }
	must(t, args(whole)...)
	r := trainedUntil(t, 27, args(out)...)
	if _, err := r.finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(out, stateName)
	state := read(t, path)
	if m, err := vae.LoadState(path, kernels.New(kernels.Default(), 1)); err != nil {
		t.Fatal(err)
	} else if _, rows := m.Trained(); rows == 0 {
		t.Fatal("the run does not stand within an epoch: this test shows nothing")
	}
	r = trainedUntil(t, 60, "train", "-resume", out)
	if _, err := r.finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	write(t, path, state)
	must(t, "train", "-resume", out)
	if !bytes.Equal(read(t, filepath.Join(out, modelName)), read(t, filepath.Join(whole, modelName))) {
		t.Error("the weights are others")
	}
}

// TestResumeRefuses what would not go on as the run began, in one line that says what.
func TestResumeRefuses(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	must(t, append(tiny(data, out, "-cosine"), "-epochs", "2")...)
	before := lasting(t, out)
	for _, c := range []struct{ flags, want string }{
		{"-seed 2", "-seed is 2, but 1 in the run that " + out + " holds"},
		{"-lr 0.1", "-lr is 0.1, but 0.001 in the run"},
		{"-batch 32", "-batch is 32, but 128 in"},
		{"-model ae", "-model is ae, but vae in"},
		{"-hidden 16,16", "-hidden is 16,16, but 16 in"},
		{"-limit 5", "-limit is 5, but none in"},
		{"-validate 0.1", "-validate is 0.1, but 0 in"},
		{"-preset burda", "-batch is 20, but 128 in the run"},
		{"-cosine=false", "-cosine is false, but true in"},
		{"-epochs 1", "-epochs is 1, but 2 in the run that " + out + " holds: they may only grow"},
		{"-epochs 3", "with -cosine the learning rate of the run that " + out + " holds falls to 0 in epoch 2"},
		{"-data digits", "has 6000 rows of training data, but the run has had 256"},
		{"-data nowhere", "nowhere"},
	} {
		bad(t, c.want, append([]string{"train", "-resume", out}, strings.Fields(c.flags)...)...)
	}
	bad(t, "no "+filepath.Join(data, documentName), "train", "-resume", data)
	bad(t, "no "+filepath.Join(out, "none", documentName), "train", "-resume", filepath.Join(out, "none"))

	changed := t.TempDir()
	for _, name := range []string{"train", "t10k"} {
		name += "-images-idx3-ubyte"
		b := read(t, filepath.Join(data, name))
		if name[0] == 't' && name[1] == '1' {
			b[len(b)-1] ^= 1
		}
		write(t, filepath.Join(changed, name), b)
	}
	bad(t, "has other test data than the run has had: their SHA-256 is ", "train", "-resume", out, "-data", changed)
	after := lasting(t, out)
	for name := range before {
		if before[name] != after[name] {
			t.Errorf("%s has changed", name)
		}
	}
}

// TestResumeBadFiles spoils what a run is resumed from.
func TestResumeBadFiles(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	must(t, append(tiny(data, out, "-validate", "0.5"), "-epochs", "2")...)
	other := t.TempDir()
	must(t, append(tiny(data, other, "-hidden", "17"), "-epochs", "2")...)
	elsewhere := t.TempDir() // the same model, of another seed
	must(t, append(tiny(data, elsewhere, "-seed", "2"), "-epochs", "2")...)

	document := string(read(t, filepath.Join(out, documentName)))
	state := read(t, filepath.Join(out, stateName))
	replace := func(old, by string) string {
		if !strings.Contains(document, old) {
			t.Fatalf("%s is not in %s", old, document)
		}
		return strings.Replace(document, old, by, 1)
	}
	spoiled := t.TempDir()
	put := func(document string, state []byte) {
		t.Helper()
		for _, name := range names(t, out) {
			write(t, filepath.Join(spoiled, name), read(t, filepath.Join(out, name)))
		}
		write(t, filepath.Join(spoiled, documentName), []byte(document))
		write(t, filepath.Join(spoiled, stateName), state)
	}
	for _, c := range []struct{ document, want string }{
		{"", "cut short, or not what vae train has written"},
		{document[:len(document)/2], "cut short"},
		{document[:len(document)-3], "cut short"},
		{"[]", "not what vae train has written"},
		{"{}", `its format is ""`},
		{"null", `its format is ""`},
		{replace("lanewise run", "another"), `its format is "another"`},
		{replace(`"sessions": [`, `"sessions": [], "more": [`), "it lacks the sessions"},
		{replace(`{"epoch":1,`, `{"epoch":7,`), "epoch 1 of its list"},
		{replace(`"weights_sha256":"`, `"weights_sha256":"x`), "epoch 1 of its list"},
		{replace(`"test":{`, `"toast":{`), "epoch 1 of its list"},
		{replace(`"sessions": [`, `"interrupted": {"epoch": 9, "rows": 5, "weights_sha256": "`+strings.Repeat("0", 64)+`"}, "sessions": [`), "what was interrupted is not the epoch after"},
		{replace(`"seed": "1"`, `"seed": "one"`), `run.json: -seed "one"`},
		{replace(`"seed": "1"`, `"speed": "1"`), "vae train has no flag -speed"},
		{replace(`"kind": "vae"`, `"kind": "gan"`), "run.json: model"},
		{replace(`"out": 784`, `"out": 783`), "run.json: model"},
		{replace(`"sha256": "`, `"sha256": "0`), "other training data"},
		{replace(`"rows": 256`, `"rows": -1`), "but the run has had -1"},
	} {
		put(c.document, state)
		bad(t, c.want, "train", "-resume", spoiled, "-epochs", "3")
	}
	model := read(t, filepath.Join(out, modelName))
	for _, c := range []struct {
		state []byte
		want  string
	}{
		{nil, "not the state of a training that was saved, or cut short"},
		{state[:len(state)-1], "bytes of weights and moments, but"},
		{model, "not the state of a training"},
		{read(t, filepath.Join(other, stateName)), "of another model than the run that run.json tells of"},
		{read(t, filepath.Join(elsewhere, stateName)), "not the state after epoch 2 that run.json tells of"},
	} {
		put(document, c.state)
		bad(t, c.want, "train", "-resume", spoiled, "-epochs", "3")
		bad(t, filepath.Join(spoiled, stateName), "train", "-resume", spoiled, "-epochs", "3")
	}
	put(document, state)
	if err := os.Remove(filepath.Join(spoiled, bestName)); err != nil {
		t.Fatal(err)
	}
	bad(t, bestName, "train", "-resume", spoiled, "-epochs", "3")

	// Without a state, and with the hash of an epoch that does not come again.
	put(replace(`"weights_sha256":"`+weightsOf(t, out, 0), `"weights_sha256":"`+strings.Repeat("0", 64)), state)
	if err := os.Remove(filepath.Join(spoiled, stateName)); err != nil {
		t.Fatal(err)
	}
	status, _, stderr := vaeRun("train", "-resume", spoiled, "-epochs", "3")
	if status != 1 || !strings.Contains(stderr, "the run begins again\n") || !strings.Contains(stderr, "epoch 1 does not repeat: the weights have the SHA-256 ") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if string(read(t, filepath.Join(spoiled, documentName))) == document || exists(filepath.Join(spoiled, stateName)) {
		t.Error("a run that does not repeat has been saved")
	}
	put(document, state)
	if err := os.Remove(filepath.Join(spoiled, stateName)); err != nil {
		t.Fatal(err)
	}
	must(t, "train", "-resume", spoiled)
	sameRun(t, spoiled, out)
}

func weightsOf(t *testing.T, dir string, i int) string {
	t.Helper()
	d, err := readDocument(dir)
	if err != nil {
		t.Fatal(err)
	}
	return d.Epochs[i].Weights
}

// TestKeep: the states of every third epoch stay, each that of its epoch, and another run
// in the folder removes them.
func TestKeep(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	must(t, append(tiny(data, out, "-keep", "3"), "-epochs", "7")...)
	if got := fmt.Sprint(keptEpochs(out)); got != "[6 3]" {
		t.Errorf("kept %s", got)
	}
	shorter := t.TempDir()
	must(t, append(tiny(data, shorter), "-epochs", "3")...)
	if !bytes.Equal(read(t, filepath.Join(out, keptName(3))), read(t, filepath.Join(shorter, stateName))) {
		t.Error("the state of epoch 3 is not that of a run that ends there")
	}
	if err := os.Remove(filepath.Join(out, stateName)); err != nil {
		t.Fatal(err)
	}
	_, stderr := must(t, "train", "-resume", out, "-epochs", "9", "-keep", "4")
	if !strings.Contains(stderr, "going on with "+filepath.Join(out, keptName(6))+" after epoch 6\n") || fmt.Sprint(keptEpochs(out)) != "[8 6 3]" {
		t.Errorf("kept %v; %s", keptEpochs(out), stderr)
	}
	whole := t.TempDir()
	must(t, append(tiny(data, whole), "-epochs", "9")...)
	sameRun(t, out, whole)
	must(t, tiny(data, out)...)
	if got := keptEpochs(out); len(got) != 0 {
		t.Errorf("states of an earlier run: %v", got)
	}

	taken := t.TempDir()
	write(t, filepath.Join(taken, keptName(5)), []byte("mine"))
	bad(t, keptName(5)+" is there already, and not from an earlier run", tiny(data, taken)...)
}
