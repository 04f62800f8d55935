package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestExport: what the files compute is tested in package onnx.
func TestExport(t *testing.T) {
	t.Chdir(t.TempDir())
	model := tinyModel(t, smallData(t))
	files := map[string]bool{}
	for _, part := range []string{"reconstruct", "encoder", "decoder", "score"} {
		out := filepath.Join("new", part+".onnx")
		stdout, stderr := must(t, "export", "-checkpoint", model, "-part", part, "-out", out)
		file := string(read(t, out))
		if stderr != "" || stdout != "wrote "+out+"\n" || !strings.Contains(file, `"kind":"vae"`) {
			t.Errorf("%s: %s%s", part, stdout, stderr)
		}
		files[file] = true
	}
	if whole, _ := must(t, "export", "-checkpoint", model, "-out", "-"); len(files) != 4 || !files[whole] {
		t.Errorf("%d different files, and one that is none of them", len(files))
	}

	out := t.TempDir()
	must(t, quick(sensorFile(t, 100), out)...)
	must(t, "export", "-checkpoint", filepath.Join(out, modelName), "-part", "score")
	for _, key := range []string{`{"columns":[{"name":"temperature"`, `[{"score":"error"`} {
		if !bytes.Contains(read(t, "model.onnx"), []byte(key)) {
			t.Errorf("the metadata lack %s", key)
		}
	}

	bad(t, "for flag -part: want reconstruct or encoder or decoder or score", "export", "-part", "latent")
	bad(t, "no checkpoint vae-run/model.safetensors: run vae train first", "export")
	bad(t, "what is written is a file of ONNX; let its name end in .onnx", "export", "-checkpoint", model, "-out", "m.pb")
}
