package main

import (
	"html"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae"
)

func TestNoiseFlag(t *testing.T) {
	var c vae.Corruption
	f := &noiseFlag{&c}
	for _, x := range []struct {
		text string
		want vae.Corruption
	}{
		{"gaussian:0.3", vae.Corruption{Gaussian: 0.3}}, {"mask:0.5", vae.Corruption{Mask: 0.5}},
		{"gaussian:1000", vae.Corruption{Gaussian: 1000}}, {"mask:1", vae.Corruption{Mask: 1}}, {"none", vae.Corruption{}},
	} {
		if err := f.Set(x.text); err != nil || c != x.want || f.String() != x.text {
			t.Errorf("%s: %v, %+v, %s", x.text, err, c, f)
		}
	}
	for text, want := range map[string]string{
		"": "want gaussian:0.3, mask:0.5 or none", "salt": "want gaussian:0.3, mask:0.5 or none", "0.3": "want gaussian:0.3,",
		"gaussian": "want gaussian:S with", "gaussian:": "gaussian:S", "gaussian:-1": "gaussian:S", "gaussian:0": "gaussian:S",
		"gaussian:NaN": "gaussian:S", "gaussian:Inf": "gaussian:S", "gaussian:1e-60": "gaussian:S", "gaussian:0.3,mask:0.5": "gaussian:S",
		"mask:0": "mask:P", "mask:1.1": "mask:P", "mask:NaN": "mask:P", "mask:half": "mask:P",
	} {
		c = vae.Corruption{Mask: 0.25}
		if err := f.Set(text); err == nil || !strings.Contains(err.Error(), want) || c != (vae.Corruption{Mask: 0.25}) {
			t.Errorf("%q: %v, %+v", text, err, c)
		}
	}
}

// TestDenoised: a run with noise shows the images with noise, denoised and clean.
func TestDenoised(t *testing.T) {
	data, out := smallData(t), t.TempDir()
	must(t, tiny(data, out, "-model", "ae", "-noise", "mask:0.5")...)
	if got := size(t, filepath.Join(out, reconstructionsName)); got != picture("noisy images 0 to 11", 12, 3, 0) {
		t.Errorf("a picture of %v", got)
	}
	text := html.UnescapeString(string(read(t, filepath.Join(out, pageName))))
	if !strings.Contains(text, "Test images with noise, below each what the model makes of it, and the clean image.") {
		t.Error("the report does not say what its picture is")
	}
}
