package main

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTableTasks: codes of rows become what reconstruct makes of them, in their units.
func TestTableTasks(t *testing.T) {
	for _, kind := range []string{"vae", "ae"} {
		model, data := sensorModel(t, "-model", kind, "-latent", "3", "-epochs", "40"), sensorFile(t, 60)
		dir := t.TempDir()
		codes := filepath.Join(dir, "codes.csv")
		on := func(name string, more ...string) [][]string {
			t.Helper()
			stdout, _ := must(t, append([]string{name, "-checkpoint", model}, more...)...)
			return csvRows(t, stdout)
		}
		must(t, "encode", "-checkpoint", model, "-data", data, "-id", "id", "-out", codes)
		head := csvRows(t, string(read(t, codes)))[0]
		want := []string{"id", "mu_0", "mu_1", "mu_2", "logvar_0", "logvar_1", "logvar_2"}
		if kind == "ae" {
			want = want[:4]
		}
		if !slices.Equal(head, want) {
			t.Errorf("%s: codes have the columns %v", kind, head)
		}
		decoded, reconstructed := on("decode", "-data", codes), on("reconstruct", "-data", data, "-id", "id")
		if !slices.EqualFunc(decoded, reconstructed, slices.Equal) || len(decoded) != 61 {
			t.Errorf("%s: %v decoded, and %v reconstructed", kind, decoded[:2], reconstructed[:2])
		}
		if got := strings.Join(reconstructed[0], " "); got != "id temperature pressure, bar flow site" || reconstructed[2][0] != "r1" {
			t.Errorf("%s: columns %s, row %v", kind, got, reconstructed[2])
		}
		cells := csvRows(t, sensors(60))
		sum := 0.0
		for i := range 60 {
			a, _ := strconv.ParseFloat(reconstructed[i+1][1], 64)
			b, _ := strconv.ParseFloat(cells[i+1][1], 64)
			sum += math.Abs(a - b)
		}
		if sum/60 > 2 { // of temperatures from 20 to 30
			t.Errorf("%s: temperatures are off by %v", kind, sum/60)
		}
		if rows := on("sample", "-n", "7", "-data", data); len(rows) != 8 || len(rows[1]) != 4 {
			t.Errorf("%s: samples %v", kind, rows)
		}
		stdout, _ := must(t, "eval", "-checkpoint", model, "-data", data, "-json")
		if r := lastJSON(t, stdout); r["examples"] != 60.0 || !strings.Contains(stdout, "(60 rows)") || strings.Contains(stdout, "image") {
			t.Errorf("%s: %s", kind, stdout)
		}
	}
}

// TestSampleInBatches: samples of an autoencoder are of the distribution of all codes,
// however many rows are encoded at a time.
func TestSampleInBatches(t *testing.T) {
	model, data := sensorModel(t, "-model", "ae", "-latent", "3", "-epochs", "2"), sensorFile(t, 2*encodeBatch+7)
	batches, _ := must(t, "sample", "-n", "5", "-checkpoint", model, "-data", data)
	in, out := strings.NewReader(string(read(t, data))), &strings.Builder{}
	if err := sample(t.Context(), streams{in, out, io.Discard}, []string{"-n", "5", "-checkpoint", model}); err != nil {
		t.Fatal(err)
	}
	if out.String() != batches || strings.Count(batches, "\n") != 6 {
		t.Errorf("one by one %s, in batches %s", out, batches)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if status := run(ended, []string{"sample", "-checkpoint", model, "-data", data}, io.Discard, io.Discard); status != 130 {
		t.Errorf("interrupted: status %d, want 130", status)
	}
}

// TestLive: rows of a pipe may come one by one, and those of a file don't, whatever its
// name is.
func TestLive(t *testing.T) {
	file, err := os.Open(sensorFile(t, 3))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	io.WriteString(w, sensors(3))
	w.Close()
	for _, c := range []struct {
		in   io.Reader
		data string
		live bool
	}{{file, standardInput, false}, {r, standardInput, true}, {nil, file.Name(), false}} {
		in, err := openRows(streams{in: c.in}, c.data, "auto")
		if err != nil {
			t.Fatal(err)
		}
		if in.live != c.live {
			t.Errorf("-data %s of %T: live is %v", c.data, c.in, in.live)
		}
		in.close()
	}
}

// TestTableFlags: commands offer what they take, and take nothing that would not matter.
func TestTableFlags(t *testing.T) {
	help, _ := must(t, "impute", "-h")
	for _, flag := range []string{"  -split", "  -size", "digits", "images"} {
		if strings.Contains(help, flag) {
			t.Errorf("impute offers %q: %s", flag, help)
		}
	}
	model, data := sensorModel(t, "-epochs", "1"), sensorFile(t, 3)
	for _, name := range []string{"eval", "encode", "reconstruct", "sample", "score"} {
		bad(t, "-split is for images, and the model is of a table", name, "-checkpoint", model, "-data", data, "-split", "train")
		bad(t, "-size is for images, and the model is of a table", name, "-checkpoint", model, "-data", data, "-size", "14")
	}
}

// TestImpute: gaps are filled near to what was there, and all else stays as it is.
func TestImpute(t *testing.T) {
	model := sensorModel(t, "-missing", "mask", "-epochs", "150")
	cells := csvRows(t, sensors(200))
	var text strings.Builder
	text.WriteString("id,flow,site,temperature,\"pressure, bar\"\n")
	for i, row := range cells[1:] {
		pressure := row[2]
		if i%2 == 0 {
			pressure = ""
		}
		text.WriteString(strings.Join([]string{row[0], row[3], row[4], row[1], pressure}, ",") + "\n")
	}
	status, stdout, stderr := vaeIn(text.String(), "impute", "-checkpoint", model, "-id", "id")
	if status != 0 {
		t.Fatal(stderr)
	}
	rows := csvRows(t, stdout)
	off, worst, n := 0.0, 0.0, 0.0
	for i, row := range rows[1:] {
		want := cells[i+1]
		if row[0] != want[0] || row[1] != want[1] || row[3] != want[3] || row[4] != want[4] || i%2 == 1 && row[2] != want[2] {
			t.Fatalf("row %v has become %v", want, row)
		}
		if i%2 == 0 && i%20 != 10 {
			a, _ := strconv.ParseFloat(row[2], 64)
			b, _ := strconv.ParseFloat(want[2], 64)
			off, worst, n = off+math.Abs(a-b), worst+math.Abs(2.5-b), n+1
		}
	}
	if !(off < worst/2) {
		t.Errorf("pressures are off by %v, and the mean by %v", off/n, worst/n)
	}
}

func TestBadTableTasks(t *testing.T) {
	model, images := sensorModel(t, "-epochs", "1"), tinyModel(t, smallData(t))
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		write(t, path, []byte(text))
		return path
	}
	for _, c := range []struct {
		want string
		args []string
	}{
		{"is a model of images: impute is for", []string{"impute", "-checkpoint", images}},
		{"standard input: the file is empty", []string{"decode", "-checkpoint", images, "-out", dir + "/d.png"}},
		{"none.csv has no codes", []string{"decode", "-checkpoint", images, "-out", dir + "/d.png", "-data", file("none.csv", "mu_0,mu_1\n")}},
		{"many.csv has more than ", []string{"decode", "-checkpoint", images, "-out", dir + "/d.png", "-data", file("many.csv", "mu_0,mu_1\n"+strings.Repeat("1,2\n", 20000))}},
		{"line 3: column \"mu_1\": a cell is missing: want a finite number", []string{"decode", "-checkpoint", images, "-out", dir + "/d.png", "-data", file("gap.csv", "mu_0,mu_1\n1,2\n1,\n")}},
		{"what is written is a PNG", []string{"decode", "-checkpoint", images, "-out", dir + "/d.csv"}},
		{"there is no column mu_0: want codes of 8 components", []string{"decode", "-checkpoint", model, "-data", file("a.csv", "a,b\n1,2\n")}},
		{"-noise is for images", []string{"reconstruct", "-checkpoint", model, "-noise", "mask:0.5"}},
		{"-noise gaussian is for images", []string{"eval", "-checkpoint", model, "-noise", "gaussian:0.1"}},
		{"-binarize is for images", []string{"eval", "-checkpoint", model, "-binarize", "fixed"}},
		{"a.csv: the columns \"temperature\"", []string{"encode", "-checkpoint", model, "-data", file("a.csv", "a,b\n1,2\n")}},
		{"e.csv has no rows", []string{"eval", "-checkpoint", model, "-data", file("e.csv", "temperature,\"pressure, bar\",flow,site\n")}},
		{"is for images: vae score reads tables", []string{"interpolate", "-checkpoint", model}},
	} {
		status, _, stderr := vaeRun(c.args...)
		if status != 1 || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, c.want) {
			t.Errorf("vae %q: status %d, %q, want %q", c.args, status, stderr, c.want)
		}
	}
	status, _, stderr := vaeIn("mu_0,mu_1,mu_2,mu_3,mu_4,mu_5,mu_6,mu_7\n1,2,3,4,x,6,7,8\n", "decode", "-checkpoint", model)
	if status != 1 || !strings.Contains(stderr, `standard input: line 2: column "mu_4": "x" is no component of a code`) {
		t.Errorf("status %d, %s", status, stderr)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	codes := file("codes.csv", "mu_0,mu_1,mu_2,mu_3,mu_4,mu_5,mu_6,mu_7\n1,2,3,4,5,6,7,8\n")
	if status := run(ended, []string{"decode", "-checkpoint", model, "-data", codes}, io.Discard, io.Discard); status != 130 {
		t.Errorf("interrupted: status %d, want 130", status)
	}
}
