package vae

import (
	"embed"
	"encoding/json"
	"strings"
	"testing"
)

//go:embed testdata/torch
var torchFiles embed.FS

// TestImportOfPyTorch reads what PyTorch and Python's safetensors wrote, and compares the
// outputs with PyTorch's in float64: see testdata/torch/make.py.
func TestImportOfPyTorch(t *testing.T) {
	text := good(torchFiles.ReadFile("testdata/torch/torch.json"))
	var cases map[string]struct{ Mu, Logvar, Reconstruction []float64 }
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 5 {
		t.Fatalf("%d cases", len(cases))
	}
	for name, want := range cases {
		f := good(torchFiles.Open("testdata/torch/" + name + ".safetensors"))
		var notes []string
		m, err := Import{Note: func(line string) { notes = append(notes, line) }}.Read(f, engine())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_, dtype, _ := strings.Cut(name, "-")
		converted := dtype != "" && dtype != "f32"
		if text := strings.Join(notes, "\n"); strings.Contains(text, strings.ToUpper(dtype)+" are converted") != converted {
			t.Errorf("%s: notes %s", name, text)
		}
		x := make([]float32, 2*m.cfg.Input.Size())
		for i := range x {
			x[i] = float32(float64(i*37%101) / 101)
		}
		mu, logvar, err := m.Encode(x)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			what string
			got  []float32
			want []float64
		}{{"mu", mu, want.Mu}, {"logvar", logvar, want.Logvar}, {"reconstruction", good(m.Decode(mu)), want.Reconstruction}} {
			if len(c.got) != len(c.want) {
				t.Errorf("%s: %d numbers of %s, want %d", name, len(c.got), c.what, len(c.want))
				continue
			}
			for i, v := range c.got {
				if !near(float64(v), c.want[i], 2e-6) {
					t.Errorf("%s: number %d of %s is %v, want %v", name, i, c.what, v, c.want[i])
					break
				}
			}
		}
	}
}
