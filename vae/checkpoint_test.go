package vae

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

var checkpointConfigs = []mlp{
	{Kind: VAE, Rows: 4, Cols: 5, Hidden: []int{7}, Latent: 3},
	{Kind: VAE, Rows: 4, Cols: 5, Hidden: []int{9, 5}, Latent: 2, Variance: 0.1},
	{Kind: VAE, Rows: 1, Cols: 1, Latent: 1, Variance: 1. / 3},
	{Kind: AE, Rows: 3, Cols: 3, Hidden: []int{4}, Latent: 2},
	{Kind: AE, Rows: 3, Cols: 3, Latent: 2},
}

func TestSaveLoad(t *testing.T) {
	for i, c := range checkpointConfigs {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			m := newTestModel(t, c, uint64(i))
			m.Step(uniform(3*c.pixels(), 1), DefaultOptions())
			m.weights[0] = float32(math.Copysign(0, -1)) // == is not enough
			path := filepath.Join(t.TempDir(), "m.safetensors")
			if err := m.Save(path); err != nil {
				t.Fatal(err)
			}
			got, err := Load(path, engine())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Config(), m.Config()) {
				t.Errorf("the configuration is %+v, want %+v", got.Config(), m.Config())
			}
			if got.WeightsSHA256() != m.WeightsSHA256() {
				t.Error("other weights")
			}
			// A second Save, of what was loaded and over what is there.
			first := fileSHA256(t, path)
			if err := got.Save(path); err != nil {
				t.Fatal(err)
			}
			if fileSHA256(t, path) != first {
				t.Error("the same model gives other bytes")
			}
			wantFiles(t, filepath.Dir(path), "m.safetensors")
			x := uniform(2*c.pixels(), 2)
			if !reflect.DeepEqual(good(got.Reconstruct(x)), good(m.Reconstruct(x))) {
				t.Error("the loaded model reconstructs otherwise")
			}
		})
	}
}

// TestLoadedModelTrains: the loaded model is as good as a new one.
func TestLoadedModelTrains(t *testing.T) {
	m := newTestModel(t, checkpointConfigs[0], 1)
	loaded, err := Read(bytes.NewReader(encoded(t, m)), engine())
	if err != nil {
		t.Fatal(err)
	}
	x := uniform(3*m.cfg.Input.Size(), 1)
	m.Step(x, DefaultOptions())
	loaded.Step(x, DefaultOptions())
	if m.WeightsSHA256() != loaded.WeightsSHA256() {
		t.Error("a step of the loaded model gives other weights")
	}
}

// TestFormat reads checkpoints by the specification of safetensors alone: the
// header starts with a brace, is padded with spaces, has the metadata as
// strings, and its offsets cover the data without a hole.
func TestFormat(t *testing.T) {
	for i, c := range checkpointConfigs {
		m := newTestModel(t, c, uint64(i))
		b := encoded(t, m)
		n := binary.LittleEndian.Uint64(b)
		if n%8 != 0 || n > uint64(len(b)-8) || b[8] != '{' {
			t.Fatalf("model %d: a header of %d bytes that starts with %q", i, n, b[8])
		}
		header, data := b[8:8+n], b[8+n:]
		var entries map[string]json.RawMessage
		if err := json.Unmarshal(header, &entries); err != nil {
			t.Fatal(err)
		}
		var metadata map[string]string
		if err := json.Unmarshal(entries["__metadata__"], &metadata); err != nil || metadata["format"] != "lanewise" {
			t.Errorf("model %d: metadata %s: %v", i, entries["__metadata__"], err)
		}
		type shape struct {
			name    string
			out, in int
		}
		var want []shape
		layer := func(name string, in, out int) int {
			want = append(want, shape{name + ".weight", out, in}, shape{name + ".bias", out, 0})
			return out
		}
		width := c.Rows * c.Cols
		for j, h := range c.Hidden {
			width = layer(fmt.Sprint("encoder.", j), width, h)
		}
		layer("mu", width, c.Latent)
		if c.Kind == VAE {
			layer("logvar", width, c.Latent)
		}
		width = c.Latent
		for j := range c.Hidden {
			width = layer(fmt.Sprint("decoder.", j), width, c.Hidden[len(c.Hidden)-1-j])
		}
		layer("output", width, c.Rows*c.Cols)
		if len(entries) != len(want)+1 {
			t.Errorf("model %d: %d tensors, want %d", i, len(entries)-1, len(want))
		}
		at := 0
		for _, w := range want {
			size, dims := 4*w.out, fmt.Sprintf("[%d]", w.out)
			if w.in > 0 {
				size, dims = 4*w.out*w.in, fmt.Sprintf("[%d,%d]", w.out, w.in)
			}
			text := fmt.Sprintf(`{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, dims, at, at+size)
			if got := string(entries[w.name]); got != text {
				t.Errorf("model %d: %s is %s, want %s", i, w.name, got, text)
			}
			at += size
		}
		if at != len(data) || at != 4*len(m.weights) {
			t.Fatalf("model %d: tensors of %d bytes in %d bytes", i, at, len(data))
		}
		for j, w := range m.weights {
			if math.Float32frombits(binary.LittleEndian.Uint32(data[4*j:])) != w {
				t.Fatalf("model %d: weight %d differs", i, j)
			}
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(data)); got != m.WeightsSHA256() {
			t.Errorf("model %d: WeightsSHA256 is not that of the data", i)
		}
	}
}

// TestConfigIsACopy: a model's shape is its own.
func TestConfigIsACopy(t *testing.T) {
	c := DenseConfig(AE, Shape{2, 2, 1}, []int{4, 3}, 1)
	m := good(New(c, engine(), 1))
	before := encoded(t, m)
	c.Encoder[0] = Dense{77}
	m.Config().Decoder[0] = Dense{99}
	if !bytes.Equal(before, encoded(t, m)) {
		t.Error("a caller can change the model's shape")
	}
}

// TestManyLayers: what New accepts, Save writes and Load reads.
func TestManyLayers(t *testing.T) {
	c := mlp{Kind: VAE, Rows: 1, Cols: 1, Latent: 1, Hidden: make([]int, maxLayers/2-1)}
	for i := range c.Hidden {
		c.Hidden[i] = 1
	}
	m := newTestModel(t, c, 1)
	b := encoded(t, m)
	if _, err := Read(bytes.NewReader(b), engine()); err != nil {
		t.Error(err)
	}
	c.Hidden = append(c.Hidden, 1, 1)
	if _, err := New(c.config(), engine(), 1); err == nil {
		t.Errorf("a model of %d hidden layers", len(c.Hidden))
	}
}

func encoded(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func fileSHA256(t *testing.T, path string) [32]byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return sha256.Sum256(b)
}
