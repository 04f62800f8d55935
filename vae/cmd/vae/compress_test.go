package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// TestCompress: images come back as the model reconstructs them, the better the more
// bits there are, from fewer bytes than they had; both commands measure the same. They are
// small, for the sake of machines without fused multiply-adds in float64.
func TestCompress(t *testing.T) {
	data, dir := smallData(t), t.TempDir()
	codes, images := filepath.Join(dir, "c.lwc"), filepath.Join(dir, "back", "t10k-images-idx3-ubyte")
	for _, kind := range []string{"vae", "ae"} {
		model := tinyModel(t, data, "-size", "7", "-model", kind)
		size := map[string]int64{}
		for _, bits := range []string{"1", "8"} {
			stdout, _ := must(t, "compress", "-data", data, "-size", "7", "-checkpoint", model, "-bits", bits, "-out", codes)
			back, _ := must(t, "decompress", "-checkpoint", model, "-in", codes, "-out", images, "-compare", "-data", data, "-size", "7")
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
		if !(size["1"] < size["8"] && size["8"] < 64*49/4) {
			t.Errorf("sizes %v", size)
		}

		b := read(t, images)
		if !bytes.Equal(b[:16], []byte{0, 0, 8, 3, 0, 0, 0, 64, 0, 0, 0, 7, 0, 0, 0, 7}) || len(b) != 16+64*49 {
			t.Errorf("a file of %d bytes that begins with %v", len(b), b[:16])
		}
		bad(t, "has the codes of another model, with the weights ", "decompress", "-checkpoint", tinyModel(t, data, "-size", "7", "-seed", "9"), "-in", codes, "-out", images)
		bad(t, "has the codes of 64 images, but -data ", "decompress", "-checkpoint", model, "-in", codes, "-out", images, "-compare", "-data", data, "-size", "7", "-limit", "3")
		bad(t, "give a file that vae compress has written", "decompress", "-checkpoint", model, "-in", model, "-out", images)
		bad(t, "-in wants a file that vae compress has written: ", "decompress", "-checkpoint", model, "-in", dir, "-out", images)
		bad(t, "want a whole number from 1 to 16", "compress", "-bits", "17")
	}
}

// TestCompressColour: images in colour come back as a file that -data reads.
func TestCompressColour(t *testing.T) {
	data, dir := t.TempDir(), t.TempDir()
	images := dataset.Images{Rows: 4, Cols: 4, Colour: true, Pixels: make([]byte, 48*32)}
	for i := range images.Pixels {
		images.Pixels[i] = byte(i * i >> 3)
	}
	var file bytes.Buffer
	if err := writeIDX(&file, vae.Shape{Height: 4, Width: 4, Channels: 3}, images.Pixels); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(data, "train-images-idx4-ubyte"), file.Bytes())
	write(t, filepath.Join(data, "t10k-images-idx4-ubyte"), file.Bytes())
	model := tinyModel(t, data, "-colour")
	codes, out := filepath.Join(dir, "c.lwc"), filepath.Join(data, "t10k-images-idx3-ubyte")
	must(t, "compress", "-data", data, "-checkpoint", model, "-out", codes)
	must(t, "decompress", "-checkpoint", model, "-in", codes, "-out", out)
	if err := os.Remove(filepath.Join(data, "t10k-images-idx4-ubyte")); err != nil {
		t.Fatal(err)
	}
	m, err := dataset.OpenIDX(out)
	if err != nil || !m.Colour || m.Len() != 32 || m.Rows != 4 || m.Cols != 4 {
		t.Errorf("%d images, %v", m.Len(), err)
	}
	must(t, "eval", "-data", data, "-checkpoint", model)
}
