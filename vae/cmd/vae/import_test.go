package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestImport brings in models that PyTorch wrote, which other commands then read.
func TestImport(t *testing.T) {
	theirs := func(name string) string { return filepath.Join("..", "..", "testdata", "torch", name) }
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ours := filepath.Join(dir, "new", "ours.safetensors")
	stdout, stderr := must(t, "import", "-in", theirs("vae-bf16.safetensors"), "-out", ours, "-threads", "1")
	if !strings.HasPrefix(stdout, "VAE of images of 8×8×1, a code of 3 components, likelihood bernoulli\n") || !strings.HasSuffix(stdout, "wrote "+ours+"\n") {
		t.Errorf("it says %s", stdout)
	}
	if strings.Count(stderr, "vae: note: ") != 2 || !strings.Contains(stderr, "BF16") || !strings.Contains(stderr, "does not say what the model is") {
		t.Errorf("notes %s", stderr)
	}
	weights := regexp.MustCompile("weights ([0-9a-f]{64})\n").FindString(stdout)
	// What it wrote is ours: no notes, and the same weights again.
	stdout, stderr = must(t, "import", "-in", ours, "-out", filepath.Join(dir, "again.safetensors"))
	if stderr != "" || weights == "" || !strings.Contains(stdout, weights) {
		t.Errorf("imported again: %s%s", stdout, stderr)
	}
	if _, stderr = must(t, "sample", "-checkpoint", ours, "-n", "4", "-out", filepath.Join(dir, "s.png")); stderr != "" {
		t.Errorf("sample says %s", stderr)
	}
	// Other commands read theirs, too, and say what they suppose.
	if _, stderr = must(t, "sample", "-checkpoint", theirs("vae-f32.safetensors"), "-n", "4", "-out", filepath.Join(dir, "s.png")); strings.Count(stderr, "vae: note: ") != 1 {
		t.Errorf("sample says %s", stderr)
	}

	names := file("names.json", `{"encoder.0": "encoder.0", "encoder.2": "encoder.1", "encoder.4": "mu", "decoder.0": "decoder.0", "decoder.2": "decoder.1", "decoder.4": "output"}`)
	model := file("model.json", `{"kind": "ae", "input": [1, 2, 5], "encoder": [{"type": "dense", "out": 6}, "tanh", {"type": "dense", "out": 4}],
		"latent": 2, "decoder": [{"type": "dense", "out": 4}, "tanh", {"type": "dense", "out": 6}, {"type": "dense", "out": 10}]}`)
	stdout, stderr = must(t, "import", "-in", theirs("ae.safetensors"), "-map", names, "-model", model, "-out", ours)
	if !strings.HasPrefix(stdout, "AE of images of 1×2×5, a code of 2 components, likelihood squared error\n") || stderr != "" {
		t.Errorf("with a description: %s%s", stdout, stderr)
	}

	for want, args := range map[string][]string{
		"-in is missing":            {},
		"no such file":              {"-in", filepath.Join(dir, "none")},
		"-map: ":                    {"-in", ours, "-map", dir},
		"want a JSON object":        {"-in", ours, "-map", file("list.json", "[1]")},
		"stands twice":              {"-in", ours, "-map", file("twice.json", `{"mu": "mu", "mu": "logvar"}`)},
		"no layer and no tensor":    {"-in", ours, "-map", file("other.json", `{"fc9": "mu"}`)},
		"a JSON file":               {"-in", ours, "-model", filepath.Join(dir, "none")},
		"has the shape":             {"-in", theirs("vae-f32.safetensors"), "-model", file("wide.json", `{"kind": "vae", "input": [8, 8, 1], "encoder": [{"type": "dense", "out": 8}, "relu"], "latent": 3, "decoder": [{"type": "dense", "out": 7}, "relu", {"type": "dense", "out": 64}]}`)},
		"not a safetensors file":    {"-in", model},
		"what is written is a safe": {"-in", ours, "-out", filepath.Join(dir, "model.png")},
	} {
		status, stdout, stderr := vaeRun(append([]string{"import"}, args...)...)
		if status != 1 || stdout != "" || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("import %q: status %d, %s%s, want %q", args, status, stdout, stderr, want)
		}
	}
}
