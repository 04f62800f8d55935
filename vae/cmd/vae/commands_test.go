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
		if got := size(t, path); got != picture(12, 4) {
			t.Errorf("%s: reconstructions of %v", kind, got)
		}

		path = filepath.Join(out, "t.png")
		for _, image := range []string{"-1", "0", "63"} {
			stdout, _ = must(t, on("traverse", "-image", image, "-out", path)...)
			if got := size(t, path); got != picture(13, 2) || strings.Count(stdout, "\n") != 4 {
				t.Errorf("%s: traversal of %v: %s", kind, got, stdout)
			}
		}

		path = filepath.Join(out, "s.png")
		sample := []string{"sample", "-checkpoint", model, "-n", "12", "-out", path}
		if kind == "ae" {
			bad(t, "is an autoencoder, which has no prior to sample from", sample...)
		} else {
			must(t, sample...)
			first := string(read(t, path))
			if got := size(t, path); got != picture(10, 2) {
				t.Errorf("samples of %v", got)
			}
			must(t, append(sample, "-seed", "2")...)
			if string(read(t, path)) == first {
				t.Error("sample: -seed changes nothing")
			}
		}

		stdout, _ = must(t, on("encode", "-split", "train")...)
		path = filepath.Join(out, "codes.csv")
		must(t, on("encode", "-split", "train", "-out", path)...)
		if stdout != string(read(t, path)) {
			t.Error("encode writes one thing to a file and another to standard output")
		}
		codes, err := csv.NewReader(strings.NewReader(stdout)).ReadAll()
		want := "index,mu_0,mu_1"
		if kind == "vae" {
			want += ",logvar_0,logvar_1"
		}
		if err != nil || len(codes) != 257 || strings.Join(codes[0], ",") != want || codes[256][0] != "255" {
			t.Errorf("%s: encode: %v, %d rows under %v", kind, err, len(codes), codes[0])
		}
	}
}
