package main

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

// vaeRun runs the command and returns what it printed.
func vaeRun(args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	ctx, end := context.WithCancel(context.Background())
	defer end()
	status = run(ctx, args, &out, &err)
	return status, out.String(), err.String()
}

// must runs the command, which must succeed.
func must(t *testing.T, args ...string) (stdout, stderr string) {
	t.Helper()
	status, stdout, stderr := vaeRun(args...)
	if status != 0 {
		t.Fatalf("vae %q: status %d: %s", args, status, stderr)
	}
	return stdout, stderr
}

// lastJSON parses the last line of standard output.
func lastJSON(t *testing.T, stdout string) map[string]any {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(stdout, "\n"), "\n")
	var m map[string]any
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &m); err != nil {
		t.Fatalf("last line %q: %v", lines[len(lines)-1], err)
	}
	return m
}

var loadDigits = sync.OnceValues(digits.Load) // an emulator takes seconds

// smallData is a folder of IDX files with 256 and 64 digits, quick to read.
func smallData(t *testing.T) string {
	t.Helper()
	s, err := loadDigits()
	if err != nil {
		t.Fatal(err)
	}
	return idxFolder(t, s.Train.Limit(256), s.Test.Limit(64))
}

func idxFolder(t *testing.T, train, test dataset.Images) string {
	t.Helper()
	dir := t.TempDir()
	for name, m := range map[string]dataset.Images{"train": train, "t10k": test} {
		b := binary.BigEndian.AppendUint32(nil, 0x803)
		for _, v := range []int{m.Len(), m.Rows, m.Cols} {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
		}
		write(t, filepath.Join(dir, name+"-images-idx3-ubyte"), append(b, m.Pixels...))
	}
	return dir
}

// blank is n black images.
func blank(n, rows, cols int) dataset.Images {
	return dataset.Images{Pixels: make([]byte, n*rows*cols), Rows: rows, Cols: cols}
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// tiny are flags that make training quick.
func tiny(data, out string, more ...string) []string {
	return append([]string{"train", "-data", data, "-out", out, "-epochs", "1", "-hidden", "16", "-latent", "2"}, more...)
}

// tinyModel trains one and returns its checkpoint.
func tinyModel(t *testing.T, data string, more ...string) string {
	t.Helper()
	out := t.TempDir()
	must(t, tiny(data, out, more...)...)
	return filepath.Join(out, modelName)
}

func TestHelp(t *testing.T) {
	for _, c := range commands {
		stdout, stderr := must(t, c.name, "-h")
		if !strings.Contains(strings.SplitN(stdout, "\n", 2)[1], "vae "+c.name+" ") {
			t.Errorf("vae %s -h has no example", c.name)
		}
		if stderr != "" || !strings.HasPrefix(stdout, "usage: vae "+c.name+" [flags]\n") || !strings.Contains(stdout, "  -threads ") && c.name != "describe" {
			t.Errorf("vae %s -h: %s%s", c.name, stdout, stderr)
		}
		all, _ := must(t, "-h")
		if !strings.Contains(all, "  "+c.name+" ") || !strings.Contains(all, c.summary) {
			t.Errorf("vae -h lacks %s: %s", c.name, all)
		}
	}
	stdout, _ := must(t, "train", "-h")
	for _, name := range []string{"model", "data", "epochs", "batch", "lr", "latent", "hidden", "beta", "seed", "threads", "limit", "out", "json"} {
		if !strings.Contains(stdout, "\n  -"+name) {
			t.Errorf("vae train -h lacks -%s", name)
		}
	}
}

// TestBadFlags gives one wrong argument at a time. Nothing may be left behind.
func TestBadFlags(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct{ args, want string }{
		{"", "no command: want train, describe, eval, sample, reconstruct, traverse, manifold, interpolate, map, encode"},
		{"tarin", `unknown command "tarin"`},
		{"-epochs 3", `unknown command "-epochs"`},
		{"train now", `unexpected argument "now"`},
		{"train -json false", `unexpected argument "false"`},
		{"train -rate 3", "flag provided but not defined: -rate (vae train -h lists the flags)"},
		{"train -epochs", "flag needs an argument: -epochs"},
		{"train -json=maybe", `invalid boolean value "maybe" for -json`},
		{"train -model gan", `-model wants vae, ae or a JSON file: stat gan: `},
		{"train -model=", `-model wants vae, ae or a JSON file`},
		{"train -model .", `-model wants vae, ae or a JSON file: . is not a file`},
		{"train -preset kears", `for flag -preset: want pytorch, keras`},
		{"train -preset keras -hidden 3", `-hidden is for dense layers, but -preset keras has layers of its own`},
		{"train -likelihood poisson", `for flag -likelihood: want bernoulli, gaussian, gaussian:0.1 or squared`},
		{"train -likelihood gaussian:0", `for flag -likelihood: want a variance above 0`},
		{"train -likelihood gaussian:NaN", `for flag -likelihood: want a variance above 0`},
		{"train -milestones 3,2", `for flag -milestones: want up to 64 epochs in ascending order`},
		{"train -milestones 0", `for flag -milestones: want up to 64 epochs in ascending order`},
		{"train -factor 0.5", `-factor is for -milestones`},
		{"train -milestones 3 -factor 2", `a schedule with a factor of 2: want 0 to 1`},
		{"train -free-bits 1 -capacity 1", `free bits and a capacity: want one of them`},
		{"train -weight-decay 1e9", `weight decay 1e+09: want at most 1/`},
		{"train -eps -1", `for flag -eps: want a number, 0 or above`},
		{"train -model ae -free-bits 1", `-free-bits is for a vae`},
		{"train -colour", `-colour: the embedded digits are grey`},
		{"sweep -colour", `-colour: the embedded digits are grey`},
		{"train -model preset:burgess", `-preset burgess is for images of 64×64×1, but -data has images of 28×28×1: -size 64 makes them fit`},
		{"train -binarize yes", `for flag -binarize: want none or fixed or dynamic`},
		{"train -noise salt:1", `for flag -noise: want `},
		{"train -epochs 0", `invalid value "0" for flag -epochs: want a whole number from 1 to 1048576`},
		{"train -epochs -1", `for flag -epochs: want a whole number`},
		{"train -epochs 1e3", `for flag -epochs: want a whole number`},
		{"train -epochs 99999999999999999999", `for flag -epochs: want a whole number`},
		{"train -batch 0", `for flag -batch: want a whole number`},
		{"train -batch -5", `for flag -batch: want a whole number`},
		{"train -batch 9223372036854775807", `for flag -batch: want a whole number`},
		{"train -limit 0", `for flag -limit: want a whole number from 1`},
		{"train -limit -1", `for flag -limit: want a whole number from 1`},
		{"train -threads -1", `for flag -threads: want a whole number from 0 to 1024`},
		{"train -threads 1000000", `for flag -threads: want a whole number from 0 to 1024`},
		{"train -lr NaN", `invalid value "NaN" for flag -lr: want a number above 0`},
		{"train -lr Inf", `for flag -lr: want a number above 0`},
		{"train -lr -1e-3", `for flag -lr: want a number above 0`},
		{"train -lr 0", `for flag -lr: want a number above 0`},
		{"train -lr 1e-60", `for flag -lr: want a number above 0`},
		{"train -lr 1e39", `for flag -lr: want a number above 0`},
		{"train -lr fast", `for flag -lr: want a number above 0`},
		{"train -beta NaN", `for flag -beta: want a number, 0 or above`},
		{"train -beta -Inf", `for flag -beta: want a number, 0 or above`},
		{"train -beta -1", `for flag -beta: want a number, 0 or above`},
		{"train -latent 0", `for flag -latent: want a whole number from 1`},
		{"train -latent 100000000", `for flag -latent: want a whole number from 1`},
		{"train -hidden 0", `for flag -hidden: want 1 to 16 widths from 1 to 65536, such as 512,256, or none`},
		{"train -hidden 400,,20", `for flag -hidden: want 1 to 16 widths`},
		{"train -hidden 400,-1", `for flag -hidden: want 1 to 16 widths`},
		{"train -hidden 1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1", `for flag -hidden: want 1 to 16 widths`},
		{"train -hidden 65536,65536", "weights are more than the 536870911 that a model may have: choose narrower layers"},
		{"train -seed -1", `invalid value "-1" for flag -seed`},
		{"train -out=", "-out is empty"},
		{"train -data=", "-data is empty: want digits or a folder"},
		{"train -data nowhere", "; give a folder of IDX files or of PNG or JPEG images"},
		{"eval", "no checkpoint vae-run/model.safetensors: run vae train first, or name one with -checkpoint"},
		{"eval -split all", `invalid value "all" for flag -split: want train or test`},
		{"eval -k 0", `for flag -k: want a whole number from 1`},
		{"eval -beta nan", `for flag -beta: want a number`},
		{"sample -n 0", `for flag -n: want a whole number from 1`},
		{"sample -n 100000000000", `for flag -n: want a whole number from 1`},
		{"reconstruct -limit 0", `for flag -limit: want a whole number from 1`},
		{"traverse -image -2", `for flag -image: want a whole number from -1`},
		{"traverse -components 3,3", `invalid value "3,3" for flag -components: want one component or two different ones, such as 3 or 3,7`},
		{"traverse -components 1,2,3", `for flag -components: want one component`},
		{"traverse -components -1", `for flag -components: want one component`},
		{"traverse -components=", `for flag -components: want one component`},
		{"reconstruct -noise salt", `invalid value "salt" for flag -noise: want gaussian:0.3, mask:0.5 or none`},
		{"manifold -n 1", `for flag -n: want a whole number from 2 to 128`},
		{"manifold -grid cubic", `invalid value "cubic" for flag -grid: want quantiles or even`},
		{"interpolate -steps 1", `for flag -steps: want a whole number from 2`},
		{"interpolate -from -1", `for flag -from: want a whole number from 0`},
		{"encode stray", `unexpected argument "stray"`},
	} {
		bad(t, c.want, strings.Fields(c.args)...)
	}
	if left, _ := os.ReadDir("."); len(left) != 0 {
		t.Errorf("bad flags leave %v", left)
	}
}

// notes are the lines that tell of what is no error.
var notes = regexp.MustCompile(`(?m)^vae: note: .*\n`)

// bad runs the command, which must fail with one line, after notes.
func bad(t *testing.T, want string, args ...string) {
	t.Helper()
	status, stdout, stderr := vaeRun(args...)
	stderr = notes.ReplaceAllString(stderr, "")
	if status != 1 || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "vae: ") || !strings.Contains(stderr, want) {
		t.Errorf("vae %q: status %d, standard output %q, standard error %q; want status 1 and one line with %q",
			args, status, stdout, stderr, want)
	}
}

func TestBadSet(t *testing.T) {
	t.Setenv("LANEWISE_ISA", "avx1024")
	bad(t, `LANEWISE_ISA: kernels: no set "avx1024" on this machine: it has `, "train", "-epochs", "1")
	bad(t, `no set "avx1024" on this machine`, "eval")
}

func TestBadFiles(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	model := tinyModel(t, data)
	file := func(name string, b []byte) string {
		path := filepath.Join(out, name)
		write(t, path, b)
		return path
	}
	good := read(t, model)
	nan := bytes.Clone(good)
	copy(nan[len(nan)-4:], "\x00\x00\xc0\x7f")
	foreign := []byte(`{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`)
	foreign = append(binary.LittleEndian.AppendUint64(nil, uint64(len(foreign))), append(foreign, 0, 0, 0, 0)...)
	for _, c := range []struct {
		name  string
		bytes []byte
		want  string
	}{
		{"empty", nil, "too short for a safetensors file"},
		{"text", []byte("this is not a checkpoint"), "not a safetensors file"},
		{"header", good[:100], "cut short"},
		{"cut", good[:len(good)-1], "cut short: 3135 bytes of 3136"},
		{"long", append(bytes.Clone(good), 0), "more bytes than the header tells of"},
		{"foreign", foreign, "its metadata do not say what the model is"},
		{"nan", nan, "is NaN"},
	} {
		path := file(c.name, c.bytes)
		bad(t, c.want, "eval", "-data", data, "-checkpoint", path)
		bad(t, path, "sample", "-checkpoint", path)
	}
	bad(t, "not a file", "eval", "-checkpoint", out)

	other := idxFolder(t, blank(4, 5, 6), blank(3, 5, 6))
	bad(t, other+" has images of 5×6×1, but the model in "+model+" is for 28×28×1", "eval", "-data", other, "-checkpoint", model)
	bad(t, "-image 64: there are images 0 to 63", "traverse", "-data", data, "-checkpoint", model, "-image", "64")
	bad(t, "-components 0,2: a code of this model has components 0 to 1", "traverse", "-data", data, "-checkpoint", model, "-components", "0,2")
	bad(t, "-to 64: there are images 0 to 63", "interpolate", "-data", data, "-checkpoint", model, "-to", "64")
	bad(t, "a picture has room for", "sample", "-n", "1000000", "-checkpoint", model, "-out", filepath.Join(out, "s.png"))

	notDir := file("file", nil)
	bad(t, notDir+": the file is empty", "train", "-data", notDir)
	bad(t, "holds no images", "train", "-data", t.TempDir())
	broken := t.TempDir()
	write(t, filepath.Join(broken, "train-images-idx3-ubyte"), []byte("\x00\x00\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	write(t, filepath.Join(broken, "t10k-images-idx3-ubyte"), nil)
	bad(t, "train-images-idx3-ubyte", "train", "-data", broken)

	// What cannot be written is found before there is anything to lose.
	bad(t, "cannot make the folder "+notDir, tiny(data, notDir)...)
	bad(t, "cannot make the folder "+filepath.Join(notDir, "run"), tiny(data, filepath.Join(notDir, "run"))...)
	taken := t.TempDir()
	if err := os.Mkdir(filepath.Join(taken, lossName), 0o777); err != nil {
		t.Fatal(err)
	}
	bad(t, "loss.png: it exists and is no regular file; choose another place with -out", tiny(data, taken)...)
	for _, c := range []string{"sample", "traverse", "reconstruct", "encode"} {
		bad(t, "it exists and is no regular file", c, "-checkpoint", model, "-out", taken)
		bad(t, "cannot make the folder "+notDir, c, "-checkpoint", model, "-out", filepath.Join(notDir, "x"))
	}
	if os.Getuid() > 0 {
		locked := t.TempDir()
		if err := os.Chmod(locked, 0o555); err != nil {
			t.Fatal(err)
		}
		bad(t, "cannot write "+filepath.Join(locked, reconstructionsName)+": ", tiny(data, locked)...)
	}
	bad(t, `a\nb`, "train", "-data", "a\nb") // one line whatever a file is called
}

// TestFullOutput writes to a standard output that takes nothing.
func TestFullOutput(t *testing.T) {
	data := smallData(t)
	model := tinyModel(t, data)
	for _, args := range [][]string{
		{"-h"}, {"eval", "-h"}, {"eval", "-checkpoint", model, "-data", data}, {"encode", "-checkpoint", model, "-data", data},
	} {
		var stderr bytes.Buffer
		if status := run(context.Background(), args, full{}, &stderr); status != 1 || !strings.Contains(stderr.String(), "writing to standard output") {
			t.Errorf("vae %q: status %d, %s", args, status, stderr.String())
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

// TestReadmeNamesGo: the README's first screen says which Go is needed.
func TestReadmeNamesGo(t *testing.T) {
	want := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindSubmatch(read(t, "../../../go.mod"))
	screen := strings.SplitAfterN(string(read(t, "../../../README.md")), "\n", 25)
	if text := strings.Join(screen[:24], ""); want == nil || !strings.Contains(text, "Go "+string(want[1])+" or newer") {
		t.Errorf("go.mod wants %q; the README begins with %s", want, text)
	}
}
