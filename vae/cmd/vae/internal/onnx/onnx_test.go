package onnx

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

func good[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// every has all kinds of layers, and pads that no two sides share.
var every = vae.Config{
	Kind: vae.VAE, Input: vae.Shape{Height: 7, Width: 6, Channels: 2}, Latent: 3, Likelihood: vae.Gaussian{Variance: 0.3},
	Encoder: []vae.Layer{
		vae.Conv2D{Filters: 3, Kernel: 3, Stride: 2, Same: true}, vae.LeakyReLU{Slope: 0.2},
		vae.Conv2D{Filters: 2, Kernel: 3, Stride: 1, Pad: vae.Pad{Bottom: 2, Left: 1}}, vae.SiLU,
		vae.ConvTranspose2D{Filters: 2, Kernel: 3, Stride: 2, Same: true}, vae.GELU,
		vae.Dense{Out: 9}, vae.Tanh,
	},
	Decoder: []vae.Layer{
		vae.Dense{Out: 8}, vae.Sigmoid, vae.Reshape{Height: 2, Width: 2, Channels: 2},
		vae.ConvTranspose2D{Filters: 3, Kernel: 3, Stride: 3, Pad: vae.Pad{Top: 1, Right: 1}, OutputPad: 1}, vae.ReLU,
		vae.ConvTranspose2D{Filters: 2, Kernel: 1, Stride: 2, Same: true}, vae.Reshape{Height: 6, Width: 6, Channels: 8},
		vae.Conv2D{Filters: 2, Kernel: 3, Stride: 1, Pad: vae.Pad{Top: 2, Bottom: 1, Right: 2}},
	},
}

// sensors are the columns of a table that may have gaps.
var sensors = &table.Columns{Missing: table.Mask, Columns: []table.Column{
	{Name: "temperature", Shift: 20, Scale: 3, Mean: []float64{0}},
	{Name: "pressure", Log: true, Scale: 1, Mean: []float64{0}},
	{Name: "site", Words: []string{"Oslo", "Rome"}, Mean: []float64{0.5, 0.5}},
}}

// models are those that are compared with ONNX Runtime.
func models() map[string]vae.Config {
	preset := func(name string) vae.Config {
		return good(vae.ParseConfig(good(os.ReadFile("../../presets/" + name + ".json"))))
	}
	all := map[string]vae.Config{
		"every":   every,
		"pytorch": vae.DefaultConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1}),
		"keras":   preset("keras"), "burgess": preset("burgess"), "burda": preset("burda"),
		"linear": vae.DenseConfig(vae.AE, vae.Flat(10), nil, 2),
	}
	conv := preset("keras")
	conv.Kind, conv.Likelihood = vae.AE, vae.SquaredError{}
	all["autoencoder"] = conv
	rows := vae.DenseConfig(vae.VAE, vae.Flat(4), []int{16, 8}, 2)
	rows.Likelihood = vae.Gaussian{Variance: 0.05, Learned: true}
	all["rows"], all["gaps"] = rows, rows
	bernoulli := rows
	bernoulli.Likelihood = vae.Bernoulli{}
	all["black and white gaps"] = bernoulli
	return all
}

// trained is a model after a few steps, and rows for it.
func trained(name string, c vae.Config) (m *vae.Model, x []float32) {
	m = good(vae.New(c, kernels.New(kernels.Default(), 1), 1))
	noise := kernels.Noise{Seed: 7}
	x = make([]float32, 5*c.Input.Size())
	for i := range x {
		x[i] = noise.Uniform(uint64(i))
	}
	o := vae.DefaultOptions()
	o.LR = 0.01
	for range 3 {
		if _, _, err := m.Step(x, o); err != nil {
			panic(err)
		}
	}
	if strings.Contains(name, "gaps") {
		if err := m.SetColumns(sensors); err != nil {
			panic(err)
		}
		for _, i := range []int{1, 6, 7, 12, 13, 14, 15} { // the fourth row has nothing
			x[i] = float32(math.NaN())
		}
	}
	return m, x
}

// encoded is the file of a part of a model.
func encoded(m *vae.Model, part Part) []byte {
	var b bytes.Buffer
	if _, err := good(Encode(m, part, "test")).WriteTo(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// outputs are what a part of a model makes of its input, which is rows x or their codes.
func outputs(m *vae.Model, part Part, x []float32) (input string, numbers map[string][]float32) {
	filled := make([]float32, len(x))
	for i, v := range x {
		if v == v {
			filled[i] = v
		}
	}
	mu, logvar, err := m.Encode(filled)
	if err != nil {
		panic(err)
	}
	switch part {
	case Encoder:
		numbers = map[string][]float32{"x": x, "mu": mu}
		if logvar != nil {
			numbers["logvar"] = logvar
		}
		return "x", numbers
	case Decoder:
		z := make([]float32, len(mu))
		for i := range z {
			z[i] = float32(i%7) - 3
		}
		return "z", map[string][]float32{"z": z, "mean": good(m.Decode(z))}
	case Reconstruct:
		return "x", map[string][]float32{"x": x, "mean": good(m.Reconstruct(filled))}
	}
	numbers = map[string][]float32{"x": x}
	for _, score := range []vae.Score{vae.ErrorScore, vae.ELBOScore} {
		scores := make([]float64, len(x)/m.Config().Input.Size())
		if err := m.Score(scores, nil, x, vae.ScoreOptions{Score: score, Missing: true}); err != nil {
			panic(err)
		}
		for _, v := range scores {
			numbers[string(score)] = append(numbers[string(score)], float32(v))
		}
	}
	return "x", numbers
}

// floatBytes are numbers as files have them.
func floatBytes(x []float32) []byte {
	b := make([]byte, 0, 4*len(x))
	for _, v := range x {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// TestInONNXRuntime runs files in ONNX Runtime, with the Python that the environment
// variable LANEWISE_PYTHON names, which has onnx and onnxruntime: what testdata/run.py says.
func TestInONNXRuntime(t *testing.T) {
	python := os.Getenv("LANEWISE_PYTHON")
	if python == "" {
		t.Skip("LANEWISE_PYTHON names no Python")
	}
	dir := t.TempDir()
	write := func(name string, b []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for name, c := range models() {
		m, x := trained(name, c)
		for _, part := range Parts() {
			file := name + " " + string(part)
			write(file+".onnx", encoded(m, part))
			input, numbers := outputs(m, part, x)
			for name, x := range numbers {
				write(file+"."+name, floatBytes(x))
				if name != input {
					want = append(want, file+".onnx.* "+name+"( |$)")
				}
			}
		}
	}
	text, err := exec.Command(python, "testdata/run.py", dir).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for _, line := range want {
		if !regexp.MustCompile("(?m)^" + line).Match(text) {
			t.Errorf("%s was not compared", line)
		}
	}
	t.Logf("%s", text)
}

// TestGolden has the files of all parts of a model that ONNX Runtime has accepted: after
// another change than of the version run TestInONNXRuntime, and put the new hash here.
func TestGolden(t *testing.T) {
	h := sha256.New()
	for _, name := range []string{"every", "gaps"} {
		m, _ := trained(name, models()[name])
		for _, part := range Parts() {
			h.Write(encoded(m, part))
		}
	}
	const want = "09d68c6b391249e29efe2f3833fbdd3d95a9aee2d769a204cc81e19413e4e9bf"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// TestEveryKind: there is no kind of layer that every, which is exported, does not have.
func TestEveryKind(t *testing.T) {
	_, err := vae.ParseConfig([]byte(`{"kind": "vae", "encoder": ["none"]}`))
	_, kinds, ok := strings.Cut(err.Error(), "want one of ")
	if !ok {
		t.Fatal(err)
	}
	has := map[string]bool{}
	for _, l := range append(every.Encoder, every.Decoder...) {
		has[l.Kind()] = true
	}
	for _, kind := range strings.Split(kinds, ", ") {
		if !has[kind] {
			t.Errorf("no layer is %s", kind)
		}
	}
}

type own struct{ vae.Activation }

func (own) Kind() string { return "own" }

type ownLikelihood struct{ vae.Bernoulli }

func (ownLikelihood) Kind() string { return "poisson" }

// TestRefused: what has no form in ONNX is one line that names it.
func TestRefused(t *testing.T) {
	layer := vae.DenseConfig(vae.VAE, vae.Flat(4), []int{3}, 2)
	layer.Decoder[1] = own{vae.ReLU}
	likelihood := vae.DenseConfig(vae.VAE, vae.Flat(4), []int{3}, 2)
	likelihood.Likelihood = ownLikelihood{}
	for want, c := range map[string]vae.Config{
		"decoder: layer 1 (own): this kind of layer cannot be exported": layer,
		"likelihood poisson: this kind cannot be exported":              likelihood,
	} {
		m := good(vae.New(c, kernels.New(kernels.Default(), 1), 1))
		for _, part := range Parts() {
			b, err := Encode(m, part, "")
			if part == Encoder { // has neither
				if err != nil {
					t.Error(err)
				}
			} else if b != nil || err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, want %s", part, err, want)
			}
		}
	}
	large := vae.DenseConfig(vae.VAE, vae.Flat(1<<14), []int{1<<14 - 40}, 2)
	for part, refused := range map[Part]bool{Encoder: false, Decoder: false, Reconstruct: true, Score: true} {
		if err := checkSize(large, part); (err != nil) != refused || refused && !strings.Contains(err.Error(), "less than 2 GiB: export the encoder") {
			t.Errorf("%s of large layers: %v", part, err)
		}
	}
}
