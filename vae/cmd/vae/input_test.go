package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// pictures makes a folder of images of 8×8 pixels, each of one grey value.
func pictures(t *testing.T, ending string, values ...byte) string {
	t.Helper()
	dir := t.TempDir()
	for i, v := range values {
		img := image.NewGray(image.Rect(0, 0, 8, 8))
		for p := range img.Pix {
			img.Pix[p] = v
		}
		img.SetGray(i%8, 1, color.Gray{Y: 255})
		var b bytes.Buffer
		var err error
		if ending == ".png" {
			err = png.Encode(&b, img)
		} else {
			err = jpeg.Encode(&b, img, nil)
		}
		if err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, fmt.Sprintf("%03d%s", i, ending)), b.Bytes())
	}
	return dir
}

func TestNotes(t *testing.T) {
	t.Chdir(t.TempDir())
	dir := pictures(t, ".png", 1, 2, 3, 4)
	write(t, filepath.Join(dir, "a.webp"), nil)
	_, stderr := must(t, tiny(dir, "out")...)
	if want := "vae: note: reading 4 of 5 entries of " + dir + ": passed over 1 .webp\n"; !strings.HasPrefix(stderr, want) {
		t.Errorf("%q, want %q", stderr, want)
	}
	if err := os.Mkdir("digits", 0o777); err != nil {
		t.Fatal(err)
	}
	_, stderr = must(t, tiny("digits", "out", "-limit", "8")...)
	if want := "vae: note: -data digits is what is embedded; the folder of this name is -data ./digits\n"; !strings.HasPrefix(stderr, want) {
		t.Errorf("%q, want %q", stderr, want)
	}
}

// TestJPEGRecord: a run says where the promise of the same bits ends.
func TestJPEGRecord(t *testing.T) {
	for ending, want := range map[string]any{".png": nil, ".jpg": 5.0} {
		dir, out := pictures(t, ending, 1, 2, 3, 4, 5), t.TempDir()
		stdout, _ := must(t, tiny(dir, out, "-json")...)
		evaluated, _ := must(t, "eval", "-data", dir, "-checkpoint", filepath.Join(out, modelName), "-json")
		for _, text := range []string{stdout, evaluated} {
			r := lastJSON(t, text)
			if r["jpeg_images"] != want || want != nil && r["jpeg_decoder"] != "image/jpeg of "+runtime.Version() {
				t.Errorf("%s: %v JPEG images, decoded by %v", ending, r["jpeg_images"], r["jpeg_decoder"])
			}
		}
	}
}

// TestCannotBeDrawn: a picture that the plotter refuses costs the picture and a line.
func TestCannotBeDrawn(t *testing.T) {
	for name, args := range map[string][]string{
		"equal images": tiny(pictures(t, ".png", bytes.Repeat([]byte{128}, 120)...), t.TempDir()),
		"huge losses":  tiny(smallData(t), t.TempDir(), "-beta", "1e22"),
	} {
		_, stderr := must(t, args...)
		if strings.Contains(stderr, "goroutine") {
			t.Errorf("%s: %s", name, stderr)
		}
	}
}

func TestMemoryLimit(t *testing.T) {
	l := memoryLimit{2.5e9, "of this container (memory.max)"}
	if err := l.check(2e9, 0.5e9); err != nil {
		t.Error(err)
	}
	err := l.check(2.01e9, 0.5e9)
	if want := "about 2.1 GB of memory beside 500 MB of data, above the 2.5 GB of this container (memory.max): choose a smaller -hidden, "; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("%v, want %q", err, want)
	}
	if l := availableMemory(); l.by == "" || l.bytes < 1<<24 {
		t.Errorf("%+v", l)
	}
	if l := availableMemory(); math.MaxInt == math.MaxInt32 && l.bytes > math.MaxInt32 {
		t.Errorf("%+v on 32 bits", l)
	}
}

// TestTrainingMemory: the estimate is what training allocates, or a little more.
func TestTrainingMemory(t *testing.T) {
	data := smallData(t)
	in := dataFlags{data: data}
	s, err := in.load(streams{out: os.Stdout, err: os.Stderr})
	if err != nil {
		t.Fatal(err)
	}
	c := vae.DenseConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1}, []int{600, 300}, 20)
	for _, shards := range []int{1, 5} {
		testTrainingMemory(t, c, s, shards)
	}
}

func testTrainingMemory(t *testing.T, c vae.Config, s dataset.Split, shards int) {
	o := vae.DefaultOptions()
	o.Epochs, o.Shards = 1, shards
	estimate, err := trainingMemory(c, o.Batch, o.Shards, false)
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	m, err := vae.New(c, kernels.New(kernels.Default(), 2), 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Train(t.Context(), s.Train, s.Test, o); err != nil {
		t.Fatal(err)
	}
	if err := m.Save(filepath.Join(t.TempDir(), "m")); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	got := float64(after.TotalAlloc - before.TotalAlloc)
	if got > 1.2*estimate || got < 0.5*estimate {
		t.Errorf("%d shards: %v bytes allocated, %v estimated", shards, got, estimate)
	}
}

// TestLargeModel: a model whose layers make more of a row, or of as many as are done at a time,
// than there is memory is refused, however small its file is.
func TestLargeModel(t *testing.T) {
	most := int64(256 << 20)
	if l := availableMemory(); l.bytes < float64(most) {
		t.Skipf("there are %s", amount(l.bytes))
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(most))
	c := vae.Config{Kind: vae.AE, Input: vae.Shape{Height: 28, Width: 28, Channels: 1}, Latent: 1, Likelihood: vae.SquaredError{}, Decoder: []vae.Layer{vae.Dense{Out: 784}}}
	c.Encoder = []vae.Layer{vae.Conv2D{Filters: 512, Kernel: 1, Stride: 1}}
	save := func(layers int) string {
		c.Encoder = append(slices.Repeat([]vae.Layer{c.Encoder[0]}, layers), vae.Conv2D{Filters: 1, Kernel: 28, Stride: 28})
		m, err := vae.New(c, kernels.New(kernels.Default(), 1), 1)
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "large.safetensors")
		if err := m.Save(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Chdir(t.TempDir())
	images, large := smallData(t), save(3)
	bad(t, large+": the model takes about 313 MB of memory for 64 images at a time, above the 269 MB of GOMEMLIMIT: use a smaller one", "encode", "-checkpoint", large, "-data", images, "-size", "28", "-limit", "64")
	must(t, "encode", "-checkpoint", large, "-data", images, "-size", "28", "-limit", "2")
	debug.SetMemoryLimit(8 << 20)
	for _, args := range [][]string{{"sample", "-n", "1"}, {"serve"}, {"score", "-limit", "1"}, {"manifold"}} {
		bad(t, "of memory for 1 image at a time, above the 9 MB of GOMEMLIMIT: use a smaller one", append(args, "-checkpoint", large)...)
	}
}

func TestOneLine(t *testing.T) {
	for in, want := range map[string]string{
		"plain ü": "plain ü", "a\nb": `a\nb`, "a\xffb\xc3": `a\xffb\xc3`, "\x1b[31m": `\x1b[31m`, "\ufffd": "\ufffd",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
	bad(t, `/a\xffb`, "train", "-data", filepath.Join(t.TempDir(), "a\xffb"))
	if !regexp.MustCompile(`^[[:print:]]+$`).MatchString(oneLine("\x00\x7f")) {
		t.Error("control characters")
	}
}

// TestUselessModel: weights that no sum survives are refused by every command, in a line
// that names the checkpoint.
func TestUselessModel(t *testing.T) {
	data := smallData(t)
	model := tinyModel(t, data)
	b := read(t, model)
	body := 8 + int(binary.LittleEndian.Uint64(b))
	for i := body; i < len(b); i += 4 {
		binary.LittleEndian.PutUint32(b[i:], math.Float32bits(3e38))
	}
	write(t, model, b)
	t.Chdir(t.TempDir())
	for _, c := range []string{"eval -data " + data, "sample", "reconstruct -data " + data, "traverse -data " + data, "encode -out x.csv -data " + data} {
		bad(t, "", append(strings.Fields(c), "-checkpoint", model)...)
		_, _, said := vaeRun(append(strings.Fields(c), "-checkpoint", model)...)
		if !strings.Contains(said, model) {
			t.Errorf("%s: %s", c, said)
		}
	}
	if left := names(t, "."); len(left) != 0 {
		t.Errorf("left %v", left)
	}
}

func TestBetaIsForVAE(t *testing.T) {
	data := smallData(t)
	bad(t, "-beta is for a vae", tiny(data, t.TempDir(), "-model", "ae", "-beta", "1")...)
	bad(t, "-beta is for a vae", "eval", "-data", data, "-beta", "0.5", "-checkpoint", tinyModel(t, data, "-model", "ae"))
}
