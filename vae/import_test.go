package vae

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// rewritten is the file of m as another program might write it: the tensors in the order
// of their names, each of the type that dtype says, with these metadata, and under names
// of its own.
func rewritten(t *testing.T, m *Model, dtype func(name string) string, metadata map[string]string, rename func(string) string) []byte {
	t.Helper()
	f := &forged{metadata: metadata, tensors: map[string]any{}}
	values := map[string][]float32{}
	shapes := map[string][]int{}
	for _, u := range m.net.units {
		for i, p := range u.params {
			values[u.name+"."+p.Name], shapes[u.name+"."+p.Name] = u.weights[i], p.Shape
		}
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		begin := len(f.data)
		for _, v := range values[name] {
			switch dtype(name) {
			case "F64":
				f.data = binary.LittleEndian.AppendUint64(f.data, math.Float64bits(float64(v)))
			case "F32":
				f.data = binary.LittleEndian.AppendUint32(f.data, math.Float32bits(v))
			case "BF16":
				f.data = binary.LittleEndian.AppendUint16(f.data, uint16(math.Float32bits(v)>>16))
			}
		}
		f.tensors[rename(name)] = map[string]any{"dtype": dtype(name), "shape": shapes[name], "data_offsets": []int{begin, len(f.data)}}
	}
	if metadata == nil {
		f.header, _ = json.Marshal(f.tensors)
	}
	return f.encode()
}

func unchanged(name string) string { return name }

func always(dtype string) func(string) string { return func(string) string { return dtype } }

func layerNames(names map[string]string) func(string) string {
	return func(name string) string {
		layer, param := cutLast(name)
		return names[layer] + "." + param
	}
}

// TestImport reads models that were written in ways that are not ours.
func TestImport(t *testing.T) {
	square := mlp{Kind: VAE, Rows: 8, Cols: 8, Hidden: []int{7}, Latent: 3}
	deep := mlp{Kind: VAE, Rows: 8, Cols: 9, Hidden: []int{9, 5}, Latent: 2}
	auto := mlp{Kind: AE, Rows: 1, Cols: 15, Hidden: []int{6, 4}, Latent: 2}
	row := func(c mlp) Config {
		d := c.config()
		d.Input = Flat(c.pixels())
		return d
	}
	example := map[string]string{"encoder.0": "fc1", "mu": "fc21", "logvar": "fc22", "decoder.0": "fc3", "output": "fc4"}
	conv := convConfig(VAE, Gaussian{Variance: 0.5})
	noted := "does not say what the model is"
	for _, c := range []struct {
		name   string
		config Config
		dtype  string
		rename func(string) string
		bare   map[string]string // metadata instead of ours
		im     Import
		want   Config
		note   string // that there is one with these words
	}{
		{"in another order", conv, "F32", unchanged, nil, Import{}, conv, ""},
		{"as F64", square.config(), "F64", unchanged, nil, Import{}, square.config(), "F64"},
		{"no metadata", square.config(), "F32", unchanged, map[string]string{}, Import{}, square.config(), noted},
		{"of PyTorch", square.config(), "F32", unchanged, map[string]string{"format": "pt"}, Import{}, square.config(), noted},
		{"the example", square.config(), "F32", layerNames(example), map[string]string{}, Import{}, square.config(), "kind vae for inputs of 8×8×1"},
		{"deep, no square", deep.config(), "F32", unchanged, map[string]string{}, Import{}, row(deep), "kind vae for inputs of 72,"},
		{"sequential", auto.config(), "F32", layerNames(map[string]string{"encoder.0": "encoder.0", "encoder.1": "encoder.2", "mu": "encoder.10",
			"decoder.0": "decoder.1", "decoder.1": "decoder.3", "output": "decoder.05"}), map[string]string{}, Import{Names: map[string]string{
			"encoder.2": "encoder.1", "encoder.10": "mu", "decoder.1": "decoder.0", "decoder.3": "decoder.1", "decoder.05": "output"}}, row(auto), noted},
		{"sequential, known", auto.config(), "F32", layerNames(map[string]string{"encoder.0": "encoder.0", "encoder.1": "encoder.2", "mu": "encoder.10",
			"decoder.0": "decoder.1", "decoder.1": "decoder.3", "output": "decoder.5"}), map[string]string{}, Import{}, row(auto), "kind ae"},
		{"sequential with heads", deep.config(), "F32", layerNames(map[string]string{"encoder.0": "encoder.0", "encoder.1": "encoder.3", "mu": "fc_mu",
			"logvar": "fc_var", "decoder.0": "decoder.0", "decoder.1": "decoder.9", "output": "decoder.10"}), map[string]string{}, Import{}, row(deep), noted},
		{"a description", conv, "F32", unchanged, map[string]string{}, Import{Config: &conv}, conv, ""},
		{"names of tensors", square.config(), "F32", func(name string) string { return "x" + strings.ReplaceAll(name, ".", "_") }, map[string]string{}, Import{
			Names: map[string]string{
				"xencoder_0_weight": "encoder.0.weight", "xencoder_0_bias": "encoder.0.bias", "xmu_weight": "mu.weight", "xmu_bias": "mu.bias",
				"xlogvar_weight": "logvar.weight", "xlogvar_bias": "logvar.bias", "xdecoder_0_weight": "decoder.0.weight",
				"xdecoder_0_bias": "decoder.0.bias", "xoutput_weight": "output.weight", "xoutput_bias": "output.bias",
			},
		}, square.config(), noted},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := good(New(c.config, engine(), 5))
			metadata := c.bare
			if metadata == nil {
				metadata = good(c.config.metadata())
			}
			if len(metadata) == 0 {
				metadata = nil
			}
			var notes []string
			c.im.Note = func(line string) { notes = append(notes, line) }
			got, err := c.im.Read(bytes.NewReader(rewritten(t, m, always(c.dtype), metadata, c.rename)), engine())
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.Config(), c.want) {
				t.Errorf("a model of %+v, want %+v", got.Config(), c.want)
			}
			if got.WeightsSHA256() != m.WeightsSHA256() {
				t.Error("other weights")
			}
			if text := strings.Join(notes, "\n"); c.note == "" && text != "" || !strings.Contains(text, c.note) {
				t.Errorf("notes %q, want %q", text, c.note)
			}
		})
	}
}

// TestImportTypes has tensors of several types in one file.
func TestImportTypes(t *testing.T) {
	m := newTestModel(t, mlp{Kind: VAE, Rows: 8, Cols: 8, Hidden: []int{7}, Latent: 3}, 1)
	for i := range m.weights {
		m.weights[i] = math.Float32frombits(math.Float32bits(m.weights[i]) &^ 0xffff) // as BF16 holds
	}
	types := func(name string) string {
		switch name {
		case "mu.weight":
			return "BF16"
		case "output.bias":
			return "F64"
		}
		return "F32"
	}
	var notes []string
	im := Import{Note: func(line string) { notes = append(notes, line) }}
	got, err := im.Read(bytes.NewReader(rewritten(t, m, types, good(m.cfg.metadata()), unchanged)), engine())
	if err != nil {
		t.Fatal(err)
	}
	if got.WeightsSHA256() != m.WeightsSHA256() {
		t.Error("other weights")
	}
	if len(notes) != 2 || !strings.Contains(notes[0], "F64") || !strings.Contains(notes[1], "BF16") {
		t.Errorf("notes %q", notes)
	}
}

// TestImportRefused: what cannot be understood is one line.
func TestImportRefused(t *testing.T) {
	m := newTestModel(t, mlp{Kind: VAE, Rows: 8, Cols: 8, Hidden: []int{7}, Latent: 3}, 1)
	conv := convConfig(VAE, Bernoulli{})
	wide := DenseConfig(VAE, Shape{8, 8, 1}, []int{8}, 3)
	for _, c := range []struct {
		name   string
		m      *Model
		rename func(string) string
		im     Import
		want   string
	}{
		{"unknown names", m, func(name string) string { return "net." + name }, Import{}, "want dense layers"},
		{"convolutions", good(New(conv, engine(), 1)), unchanged, Import{}, "want dense layers"},
		{"another description", m, unchanged, Import{Config: &wide}, `"encoder.0.weight" has the shape [7 64], but in a model of this shape it has [8 64]`},
		{"a bad description", m, unchanged, Import{Config: &Config{}}, "model kind"},
		{"a name that is not there", m, unchanged, Import{Names: map[string]string{"fc9": "mu"}}, `no layer and no tensor "fc9"`},
		{"two for one", m, unchanged, Import{Names: map[string]string{"logvar": "mu"}}, "both stand for"},
		{"a layer besides", m, func(name string) string { return strings.Replace(name, "logvar", "norm", 1) }, Import{}, `"norm.`},
	} {
		b := rewritten(t, c.m, always("F32"), nil, c.rename)
		got, err := c.im.Read(bytes.NewReader(b), engine())
		if err == nil || got != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
			continue
		}
		wantLine(t, err, "")
	}
	if _, err := ParseConfig([]byte(`{"kind":"vae","kind":"ae","encoder":[],"latent":1,"decoder":[]}`)); err == nil {
		t.Error("a description with a key twice")
	}
}

// TestReadTakesWhatComes: a header may claim gigabytes of weights; memory is taken as
// they come.
func TestReadTakesWhatComes(t *testing.T) {
	const n = 20000
	f := &forged{tensors: map[string]any{}}
	at := 0
	for _, x := range []struct {
		name  string
		shape []int
	}{
		{"encoder.0.weight", []int{n, n}}, {"encoder.0.bias", []int{n}}, {"mu.weight", []int{1, n}}, {"mu.bias", []int{1}},
		{"decoder.0.weight", []int{n, 1}}, {"decoder.0.bias", []int{n}}, {"output.weight", []int{n, 1}}, {"output.bias", []int{n}},
	} {
		size := 4
		for _, s := range x.shape {
			size *= s
		}
		f.tensors[x.name] = f32(at, at+size, x.shape...)
		at += size
	}
	f.header, _ = json.Marshal(f.tensors)
	f.data = make([]byte, 100)
	refused(t, f.encode())
}

// FuzzImport has no metadata of ours: names and shapes say what the model is.
func FuzzImport(f *testing.F) {
	tensor := func(name string, begin, end int, shape string) string {
		return fmt.Sprintf(`"%s":{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, name, shape, begin, end)
	}
	f.Add([]byte("{"+strings.Join([]string{tensor("mu.weight", 0, 12, "[1,3]"), tensor("mu.bias", 12, 16, "[1]"),
		tensor("output.weight", 16, 28, "[3,1]"), tensor("output.bias", 28, 40, "[3]")}, ",")+"}"), make([]byte, 40))
	f.Add([]byte("{"+strings.Join([]string{tensor("encoder.0.weight", 0, 12, "[1,3]"), tensor("encoder.0.bias", 12, 16, "[1]"),
		tensor("decoder.0.weight", 16, 28, "[3,1]"), tensor("decoder.0.bias", 28, 40, "[3]")}, ",")+"}"), make([]byte, 40))
	f.Fuzz(func(t *testing.T, header, data []byte) {
		m, err := Read(bytes.NewReader((&forged{header: append([]byte{}, header...), data: data}).encode()), engine())
		if err != nil {
			wantLine(t, err, "")
			return
		}
		if _, err := Read(bytes.NewReader(encoded(t, m)), engine()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.Reconstruct(make([]float32, m.cfg.Input.Size())); err != nil && !errors.Is(err, ErrNotFinite) {
			t.Error(err)
		}
	})
}
