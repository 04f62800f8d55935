package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
)

// TestCompress: images come back as the model reconstructs them, the better the more
// bits there are, from fewer bytes than they had; both commands measure the same.
func TestCompress(t *testing.T) {
	data, dir := smallData(t), t.TempDir()
	original, err := dataset.LoadDir(data, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	codes, images := filepath.Join(dir, "c.lwc"), filepath.Join(dir, "back", "t10k-images-idx3-ubyte")
	for _, kind := range []string{"vae", "ae"} {
		model := tinyModel(t, data, "-model", kind)
		size := map[string]int64{}
		for _, bits := range []string{"1", "8"} {
			stdout, _ := must(t, "compress", "-data", data, "-checkpoint", model, "-bits", bits, "-out", codes)
			back, _ := must(t, "decompress", "-checkpoint", model, "-in", codes, "-out", images, "-compare", "-data", data)
			row := regexp.MustCompile(`this model +(\d+) +([\d.]+) +([\d.]+) +([\d.]+)\n`).FindStringSubmatch(stdout)
			if row == nil || !regexp.MustCompile(`, `+row[2]+` bits/pixel\nPSNR `+row[3]+` dB, MSE `+row[4]+"\n").MatchString(back) {
				t.Errorf("%s\n%s", stdout, back)
			}
			if !regexp.MustCompile(`principal components +\d+ `).MatchString(stdout) {
				t.Error(stdout)
			}
			info, err := os.Stat(codes)
			if err != nil {
				t.Fatal(err)
			}
			size[bits] = info.Size()
		}
		if !(size["1"] < size["8"] && size["8"] < int64(len(original.Test.Pixels))/20) {
			t.Errorf("sizes %v", size)
		}

		b := read(t, images)
		if !bytes.Equal(b[:16], []byte{0, 0, 8, 3, 0, 0, 0, 64, 0, 0, 0, 28, 0, 0, 0, 28}) || len(b) != 16+len(original.Test.Pixels) {
			t.Errorf("a file of %d bytes that begins with %v", len(b), b[:16])
		}
		bad(t, "has the codes of another model, with the weights ", "decompress", "-checkpoint", tinyModel(t, data, "-seed", "9"), "-in", codes, "-out", images)
		bad(t, "has the codes of 64 images, but -data ", "decompress", "-checkpoint", model, "-in", codes, "-out", images, "-compare", "-data", data, "-limit", "3")
		bad(t, "-in wants a file that vae compress has written", "decompress", "-checkpoint", model, "-in", model, "-out", images)
		bad(t, "-in wants a file that vae compress has written: ", "decompress", "-checkpoint", model, "-in", dir, "-out", images)
		bad(t, "want a whole number from 1 to 16", "compress", "-bits", "17")
	}
}
