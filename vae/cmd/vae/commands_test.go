package main

import (
	"encoding/csv"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestCommands runs every command on a checkpoint.
func TestCommands(t *testing.T) {
	data := smallData(t)
	for _, kind := range []string{"vae", "ae"} {
		model, out := tinyModel(t, data, "-model", kind), t.TempDir()
		on := func(name string, more ...string) []string {
			return append([]string{name, "-checkpoint", model, "-data", data, "-threads", "2"}, more...)
		}

		stdout, _ := must(t, on("eval", "-json")...)
		report := lastJSON(t, stdout)
		rows := history(t, filepath.Dir(model))
		if v, _ := strconv.ParseFloat(rows[1][4], 64); v != report["loss"] || report["model"] != kind || report["examples"] != 64.0 {
			t.Errorf("%s: eval says %v, the history %v", kind, report, rows)
		}
		stdout, _ = must(t, on("eval", "-split", "train", "-limit", "10")...)
		if !strings.HasPrefix(stdout, "train loss ") || !strings.Contains(stdout, "(10 images)") {
			t.Errorf("%s: %s", kind, stdout)
		}

		path := filepath.Join(out, "new", "r.png")
		must(t, on("reconstruct", "-limit", "15", "-out", path)...)
		if got := size(t, path); got != picture("images 12 to 14", 12, 4, 0) {
			t.Errorf("%s: reconstructions of %v", kind, got)
		}

		path = filepath.Join(out, "t.png")
		label := "component 0 · 0.0 nats"
		if kind == "ae" {
			label = "component 0 · std dev 0.00"
		}
		for _, image := range []string{"-1", "0", "63"} {
			stdout, _ = must(t, on("traverse", "-image", image, "-out", path)...)
			if got := size(t, path); got != picture(label, 13, 2, 2) || strings.Count(stdout, "\n") != 4 || strings.Contains(stdout, "KL") != (kind == "vae") {
				t.Errorf("%s: traversal of %v: %s", kind, got, stdout)
			}
		}

		must(t, on("traverse", "-components", "1", "-out", path)...)
		if got := size(t, path); got != picture(label, 13, 1, 2) {
			t.Errorf("%s: traversal of one component: %v", kind, got)
		}
		stdout, _ = must(t, on("traverse", "-components", "1,0", "-out", path)...)
		label = map[string]string{"vae": "-3.0", "ae": "-3.0 σ"}[kind]
		want := picture(label, 13, 13, 2)
		want.X += lineHeight // the name of what goes up
		if got := size(t, path); got != want || !strings.Contains(stdout, "\n  1          1 ") {
			t.Errorf("%s: traversal of two components: %v, want %v: %s", kind, got, want, stdout)
		}

		path = filepath.Join(out, "s.png")
		sample := []string{"sample", "-checkpoint", model, "-data", data, "-n", "12", "-out", path}
		stdout, _ = must(t, sample...)
		if strings.Contains(stdout, "an autoencoder has no prior") != (kind == "ae") {
			t.Errorf("%s: %s", kind, stdout)
		}
		first := string(read(t, path))
		if got := size(t, path); got != picture("samples 10 to 11", 10, 2, 0) {
			t.Errorf("samples of %v", got)
		}
		must(t, append(sample, "-seed", "2")...)
		if string(read(t, path)) == first {
			t.Error("sample: -seed changes nothing")
		}

		stdout, _ = must(t, on("encode", "-split", "train")...)
		path = filepath.Join(out, "codes.csv")
		must(t, on("encode", "-split", "train", "-out", path)...)
		if stdout != string(read(t, path)) {
			t.Error("encode writes one thing to a file and another to standard output")
		}
		codes, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
		picked := filepath.Join(out, "picked.csv")
		write(t, picked, []byte(strings.Join(strings.SplitAfter(stdout, "\n")[:14], "")))
		decoded := filepath.Join(out, "d.png")
		must(t, "decode", "-checkpoint", model, "-data", picked, "-out", decoded)
		if got := size(t, decoded); got != picture("codes 10 to 12", 10, 2, 0) {
			t.Errorf("%s: what codes decode to, of %v", kind, got)
		}
		columns := "index,mu_0,mu_1"
		if kind == "vae" {
			columns += ",logvar_0,logvar_1"
		}
		if err != nil || len(codes) != 257 || strings.Join(codes[0], ",") != columns || codes[256][0] != "255" {
			t.Errorf("%s: encode: %v, %d rows under %v", kind, err, len(codes), codes[0])
		}
	}
}
