package main

import (
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
)

func TestSizeFlag(t *testing.T) {
	for text, want := range map[string]imageSize{"64": {64, 64}, "64x48": {64, 48}, "1×2": {1, 2}, "1024": {1024, 1024}, "512x2048": {512, 2048}} {
		var s imageSize
		if err := s.Set(text); err != nil || s != want {
			t.Errorf("%s: %+v, %v", text, s, err)
		}
		var again imageSize
		if err := again.Set(s.String()); err != nil || again != want {
			t.Errorf("%s: %s, %v", text, s.String(), err)
		}
	}
	for _, text := range []string{"", "0", "-1", "2049", "1025", "64x", "x64", "64x48x3", "64x0", "1e2", "64 x 48"} {
		s := imageSize{1, 2}
		if err := s.Set(text); err == nil || !strings.Contains(err.Error(), "64x48") || s != (imageSize{1, 2}) {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
	if got := (&imageSize{}).String(); got != "" {
		t.Errorf("nothing is %q", got)
	}
}

// TestSize: a model of one size is trained on images of another, embedded or of a folder,
// and used with them.
func TestSize(t *testing.T) {
	folder := idxFolder(t, blank(70, 5, 7), blank(5, 5, 7))
	for _, data := range []string{"digits", folder} {
		out := filepath.Join(t.TempDir(), "run")
		must(t, tiny(data, out, "-limit", "70", "-size", "12x10")...)
		checkpoint := filepath.Join(out, modelName)
		must(t, "eval", "-checkpoint", checkpoint, "-data", data, "-limit", "64", "-size", "12x10")
		bad(t, "or -size 12x10", "eval", "-checkpoint", checkpoint, "-data", data, "-limit", "64")
		picture := filepath.Join(out, "few.png")
		must(t, "sample", "-checkpoint", checkpoint, "-n", "1", "-out", picture)
		f, err := os.Open(picture)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if c, err := png.DecodeConfig(f); err != nil || c.Width <= c.Height {
			t.Errorf("%s: a picture of %dx%d, %v, want one that is wide", data, c.Width, c.Height, err)
		}
	}
	o := (imageSize{12, 10}).options(dataset.Options{Limit: 3})
	if o.Limit != 3 || o.Rows != 10 || o.Cols != 12 || o.Scale == nil {
		t.Errorf("%+v", o)
	}
}
