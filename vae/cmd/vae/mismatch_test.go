package main

import (
	"fmt"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestMismatch: data, models and flags of different kinds are told apart, in a line that says
// what each of them is.
func TestMismatch(t *testing.T) {
	rows, images := sensorFile(t, 100), smallData(t)
	ofImages, dir := tinyModel(t, images), t.TempDir()
	plane := filepath.Join(dir, "plane")
	must(t, quick(rows, plane, "-latent", "2")...)
	ofRows := filepath.Join(plane, modelName)
	for _, name := range []string{"eval", "score", "encode", "reconstruct", "traverse", "interpolate", "map", "compress"} {
		bad(t, "-data "+rows+" is a table, but "+ofImages+" is a model of images of 28×28×1: give a folder", name, "-checkpoint", ofImages, "-data", rows)
	}
	bad(t, "is a table, and vae sweep is for images", "sweep", "-data", rows, "-out", filepath.Join(dir, "sweep"))
	for _, name := range []string{"traverse", "interpolate", "map", "compress", "manifold"} {
		bad(t, ofRows+" is a model of the rows of a table, and this is for images", name, "-checkpoint", ofRows)
	}
	t.Chdir(dir)
	bad(t, "-data digits are images, but the model is of a table: name a CSV or NPY file", "eval", "-checkpoint", ofRows, "-data", "digits")
	bad(t, "-preset keras is for images of 28×28×1, but -data has rows of 5 numbers", quick(rows, "out", "-preset", "keras")...)
	bad(t, "-preset keras is for images of 28×28×1, but -data has images of 32×32×1: -size 28 makes them fit", "train", "-data", images, "-preset", "keras", "-size", "32")
	bad(t, `a Bernoulli likelihood wants numbers from 0 to 1, but column "temperature" is standardised: take -likelihood gaussian, or -scale minmax`, quick(rows, "out", "-likelihood", "bernoulli")...)
	for _, name := range []string{"log", "words", "columns"} {
		bad(t, "-"+name+`: there is no column "size": the columns are "id" "temperature"`, "train", "-data", rows, "-"+name, "size")
	}
	bad(t, `-scale: there is no column "size": the columns are "id" "temperature"`, "train", "-data", rows, "-scale", "standard,size=none")
	write(t, "unnamed.csv", []byte("id,a,\n1,2,x\n3,4,y\n"))
	bad(t, `-except: there is no column "id": the columns are "0" "1" "2"; its first row is not taken for names, which -header yes does`, "train", "-data", "unnamed.csv", "-except", "id")
	bad(t, `invalid value "-1" for flag -seed: want a whole number from 0 to 18446744073709551615`, "train", "-seed", "-1")
}

// TestTwoOutputs: of two files one may be standard output, which then has nothing else.
func TestTwoOutputs(t *testing.T) {
	t.Chdir(t.TempDir())
	images, rows := smallData(t), sensorFile(t, 100)
	model := tinyModel(t, images)
	bad(t, "-out and -csv: standard output has room for one of them", "map", "-checkpoint", model, "-data", images, "-out", "-", "-csv", "-")
	stdout, stderr := must(t, "map", "-checkpoint", model, "-data", images, "-out", "m.png", "-csv", "-")
	if !strings.HasPrefix(stdout, "index,label,x,y\n") || strings.Contains(stdout, "wrote") || stderr != "wrote m.png\n" {
		t.Errorf("%.200q, %q", stdout, stderr)
	}
	stdout, stderr = must(t, "map", "-checkpoint", model, "-data", images, "-out", "-", "-csv", "m.csv")
	if _, err := png.Decode(strings.NewReader(stdout)); err != nil || stderr != "wrote m.csv\n" {
		t.Error(err, stderr)
	}
	bad(t, "-csv m.png: what is written is a CSV", "map", "-checkpoint", model, "-data", images, "-csv", "m.png")

	must(t, quick(rows, "rows")...)
	score := []string{"score", "-checkpoint", filepath.Join("rows", modelName), "-data", rows, "-label", "class"}
	bad(t, "-out and -plot: standard output has room for one of them", append(score, "-plot", "-")...)
	stdout, stderr = must(t, append(score, "-plot", "-", "-out", "s.csv")...)
	if _, err := png.Decode(strings.NewReader(stdout)); err != nil || !strings.HasPrefix(stdout, "\x89PNG") || !strings.Contains(stderr, "wrote s.csv\n") || !strings.Contains(stderr, "ROC-AUC") {
		t.Errorf("%v: %.100q, %q", err, stdout, stderr)
	}
	if _, err := os.Stat("-"); err == nil {
		t.Error("there is a file named -")
	}
}

// TestColumnsOfAnotherRun: a table whose columns become the same numbers, but have other names
// or units, is not that of a run.
func TestColumnsOfAnotherRun(t *testing.T) {
	t.Chdir(t.TempDir())
	rows := func(name string, unit float64) string {
		var b strings.Builder
		b.WriteString("a," + name + "\n")
		for i := range 60 {
			fmt.Fprintf(&b, "%d,%v\n", i%7, float64(i*i%11)*unit)
		}
		path := fmt.Sprint(name, unit, ".csv")
		write(t, path, []byte(b.String()))
		return path
	}
	data := rows("b", 1)
	must(t, "train", "-data", data, "-out", "run", "-epochs", "2")
	must(t, "verify", "run", "-data", data)
	for want, other := range map[string]string{
		`the column "b" is missing, which the model has, and the column "c" is not the model's`: rows("c", 1),
		`the column "b" is not what it was: it is in other units`:                               rows("b", 2),
	} {
		for _, args := range [][]string{{"verify", "run", "-data", other}, {"train", "-resume", "run", "-data", other, "-epochs", "3"}} {
			status, _, stderr := vaeRun(args...)
			if status != 1 || !strings.Contains(stderr, "-data "+other+": "+want) {
				t.Errorf("%q: status %d, %s, want %s", args, status, stderr, want)
			}
		}
	}
	must(t, "train", "-resume", "run", "-epochs", "3")

	unnamed := filepath.Join(t.TempDir(), "rows.csv")
	write(t, unnamed, []byte("1,2,3\n4,5,6\n"))
	bad(t, `there are 3 columns without names, but the model has 2: "a" "b"`, "encode", "-checkpoint", filepath.Join("run", modelName), "-data", unnamed, "-header", "no")
}

// TestStateOfAnotherRun: a run whose document tells of fewer epochs than its state has had does
// not begin again.
func TestStateOfAnotherRun(t *testing.T) {
	t.Chdir(t.TempDir())
	data := smallData(t)
	must(t, append(tiny(data, "short"), "-epochs", "1")...)
	must(t, append(tiny(data, "long"), "-epochs", "4")...)
	write(t, filepath.Join("long", documentName), read(t, filepath.Join("short", documentName)))
	before := read(t, filepath.Join("long", modelName))
	bad(t, filepath.Join("long", stateName)+" is of more epochs than the 1 that run.json tells of", "train", "-resume", "long", "-epochs", "5")
	if string(read(t, filepath.Join("long", modelName))) != string(before) {
		t.Error("the model is another")
	}
}

// TestOutputIsInput: what a command reads it does not replace.
func TestOutputIsInput(t *testing.T) {
	t.Chdir(t.TempDir())
	rows, images := sensorFile(t, 60), smallData(t)
	must(t, quick(rows, "run")...)
	must(t, tiny(images, "images")...)
	ofRows, ofImages := filepath.Join("run", modelName), filepath.Join("images", modelName)
	before := string(read(t, rows)) + string(read(t, ofRows)) + string(read(t, ofImages))
	link := "link.csv"
	if err := os.Symlink(rows, link); err != nil {
		t.Fatal(err)
	}
	on := func(name, checkpoint, data, out string, more ...string) []string {
		return append([]string{name, "-checkpoint", checkpoint, "-data", data, "-out", out}, more...)
	}
	for _, name := range []string{"score", "encode", "reconstruct", "impute"} {
		bad(t, "-out "+rows+" is the file of -data, which it would replace: choose another", on(name, ofRows, rows, rows)...)
	}
	bad(t, "is the file of -data", on("score", ofRows, rows, link)...)
	bad(t, "is the file of -data", on("score", ofRows, link, rows)...)
	if err := os.Rename(ofRows, "model.csv"); err != nil {
		t.Fatal(err)
	}
	bad(t, "-out model.csv is the file of -checkpoint", on("score", "model.csv", rows, "model.csv")...)
	if err := os.Rename("model.csv", ofRows); err != nil {
		t.Fatal(err)
	}
	bad(t, "is the file of -in", "import", "-in", ofImages, "-out", ofImages)
	bad(t, "-out and -plot name one file: want two", on("score", ofRows, rows, "same", "-plot", "./same")...)
	bad(t, "-out and -csv name one file: want two", on("map", ofImages, images, "same", "-csv", "same")...)
	whole, err := filepath.Abs("same")
	if err != nil {
		t.Fatal(err)
	}
	bad(t, "-out and -csv name one file: want two", on("map", ofImages, images, "same", "-csv", whole)...)
	write(t, "a.csv", nil)
	if err := os.Symlink("a.csv", "b"); err != nil {
		t.Fatal(err)
	}
	bad(t, "-out and -plot name one file: want two", on("score", ofRows, rows, "a.csv", "-plot", "b")...)
	if after := string(read(t, rows)) + string(read(t, ofRows)) + string(read(t, ofImages)); after != before {
		t.Error("something is replaced")
	}
	history := filepath.Join("run", historyName)
	bad(t, "-out run: the run would replace "+history+", the file of -data", "train", "-data", history, "-out", "run", "-epochs", "1", "-except", "validation_loss")
	before = string(read(t, history))
	in, err := os.Open(history)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := trainOn(t.Context(), streams{in, io.Discard, io.Discard}, []string{"-data", "-", "-out", "run", "-epochs", "1", "-except", "validation_loss"}, &ranks{}); err == nil || !strings.Contains(err.Error(), "-out run: the run would replace "+history) || before != string(read(t, history)) {
		t.Error(err)
	}
	idx := filepath.Join(images, "t10k-images-idx3-ubyte")
	dotted := filepath.Join(images, "train-images.idx3-ubyte")
	write(t, dotted, nil)
	codes := filepath.Join(t.TempDir(), "codes.lwc")
	must(t, on("compress", ofImages, images, codes)...)
	for _, args := range [][]string{
		on("encode", ofImages, images, idx), on("compress", ofImages, images, idx),
		on("map", ofImages, images, "m.png", "-csv", idx), on("score", ofImages, images, idx),
		on("decompress", ofImages, images, idx, "-in", codes), on("decompress", ofImages, images, dotted, "-in", codes),
	} {
		bad(t, "is a file in the folder of -data, which it would replace: choose another", args...)
	}
	bad(t, "-plot "+filepath.Join(images, "s.png")+": that folder holds the images of -data", on("score", ofImages, images, "s.csv", "-plot", filepath.Join(images, "s.png"))...)
	inside := filepath.Join(images, "codes.csv")
	must(t, on("encode", ofImages, images, inside)...)
	must(t, on("encode", ofImages, images, inside)...)

	must(t, on("score", ofRows, rows, "scores.csv")...)
	must(t, on("score", ofRows, rows, "scores.csv")...)

	bad(t, "it is the state that a training goes on from", "eval", "-checkpoint", filepath.Join("run", stateName))
	bad(t, ofRows+" is a file: name the folder of a run", "train", "-resume", ofRows)
	bad(t, ofRows+" is a file: name the folder of a run", "verify", ofRows)
}
