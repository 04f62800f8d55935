package main

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEval reads every line that eval prints, and the same numbers from -json.
func TestEval(t *testing.T) {
	data := smallData(t)
	for _, c := range []struct{ kind, lines string }{
		{"vae", `^test loss .* \(64 images\)
weights [0-9a-f]{64}
ELBO          -\d+\.\d\d nats per image
log p\(x\) >=   -\d+\.\d\d nats per image \(importance-weighted, k = 5\)
active        \d of 2 components
KL +[01]: +[0-9.e+-]+ +[01]: [0-9.e+-]+
independence  .*
diagnosis     .*
\{.*\}
$`},
		{"ae", `^test loss .* \(64 images\)
weights [0-9a-f]{64}
active        2 of 2 components vary
std dev +[01]: +[0-9.e+-]+ +[01]: [0-9.e+-]+
independence  [01]\.\d\d\d is the mean \|correlation\| of two components
diagnosis     .*
\{.*\}
$`},
	} {
		model := tinyModel(t, data, "-model", c.kind)
		args := []string{"eval", "-checkpoint", model, "-data", data, "-json"}
		if c.kind == "vae" {
			args = append(args, "-k", "5")
		}
		stdout, _ := must(t, args...)
		if !regexp.MustCompile(c.lines).MatchString(stdout) {
			t.Errorf("%s: eval prints %s, want %s", c.kind, stdout, c.lines)
		}
		r := lastJSON(t, stdout)
		diagnosis, _ := r["diagnosis"].(string)
		if diagnosis == "" || !strings.Contains(stdout, "\ndiagnosis     "+diagnosis+"\n") {
			t.Errorf("%s: diagnosis %q in %s", c.kind, diagnosis, stdout)
		}
		latents, _ := r["latents"].([]any)
		matrix, _ := r["correlation"].([]any)
		if len(latents) != 2 || len(matrix) != 2 || len(matrix[0].([]any)) != 2 || r["test_loss"] != r["loss"] || r["compared"] != 64.0 {
			t.Errorf("%s: %v", c.kind, r)
		}
		if elbo, ok := r["elbo"].(float64); ok != (c.kind == "vae") || ok && !(elbo == -r["loss"].(float64) && r["bound"].(float64) >= elbo-1 && r["k"] == 5.0) {
			t.Errorf("%s: %v", c.kind, r)
		}
		if c.kind == "ae" {
			bad(t, "-k is for a vae", append(args, "-k", "5")...)
		}
	}
}

// TestEvalWithNoise: a denoising autoencoder is measured as it was in training.
func TestEvalWithNoise(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	stdout, _ := must(t, tiny(data, out, "-noise", "mask:0.5", "-json")...)
	want := lastJSON(t, stdout)["test_loss"]
	args := []string{"eval", "-checkpoint", filepath.Join(out, modelName), "-data", data, "-json"}
	noisy, _ := must(t, append(args, "-noise", "mask:0.5")...)
	clean, _ := must(t, args...)
	if r := lastJSON(t, noisy); r["loss"] != want || r["test_loss"] != want || r["noise"] != "mask:0.5" {
		t.Errorf("%v, want a loss of %v", r, want)
	}
	if r := lastJSON(t, clean); r["loss"] == want || r["noise"] != nil {
		t.Errorf("without noise: %v", r)
	}
}

// TestEvalOfManyComponents: no more than eight lines of them.
func TestEvalOfManyComponents(t *testing.T) {
	data := smallData(t)
	model := tinyModel(t, data, "-latent", "70")
	stdout, _ := must(t, "eval", "-checkpoint", model, "-data", data)
	if n := strings.Count(stdout, "\n"); n != 2+2+8+1+2 || !strings.Contains(stdout, " and 6 components of ") {
		t.Errorf("%d lines: %s", n, stdout)
	}
}
