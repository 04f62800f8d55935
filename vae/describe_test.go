package vae

import (
	"encoding/json"
	"reflect"
	"runtime"
	"strings"
	"testing"
)

// TestDescribe: what is described is read again as it was.
func TestDescribe(t *testing.T) {
	for _, c := range []Config{
		DefaultConfig(VAE, Shape{28, 28, 1}),
		DenseConfig(AE, Shape{2, 3, 3}, nil, 1),
		convConfig(VAE, Gaussian{Variance: 1. / 3, Learned: true}),
		convConfig(AE, SquaredError{}),
		{Kind: AE, Latent: 1, Encoder: []Layer{scale{Size: 2}}, Decoder: []Layer{&scale{}}, Likelihood: Bernoulli{}},
	} {
		text, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseConfig(text, scale{})
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := json.Marshal(got); string(again) != string(text) {
			t.Errorf("%s is read as %s", text, again)
		}
		if len(c.Encoder) != 1 && !reflect.DeepEqual(got, c) {
			t.Errorf("%s is %+v, want %+v", text, got, c)
		}
	}
}

// TestByteOrderMark: some editors begin a text with one.
func TestByteOrderMark(t *testing.T) {
	text, err := json.Marshal(DefaultConfig(VAE, Shape{4, 4, 1}))
	if err != nil {
		t.Fatal(err)
	}
	if c, err := ParseConfig(append([]byte("\ufeff"), text...)); err != nil || c.Latent == 0 {
		t.Error(c, err)
	}
}

// scale is a layer that this package does not know.
type scale struct{ Size int }

func (scale) Kind() string                   { return "scale" }
func (scale) Output(in Shape) (Shape, error) { return in, nil }
func (scale) Params(Shape) []Param           { return nil }
func (scale) Forward(*Pass)                  {}
func (scale) Backward(*Pass)                 {}

// TestBadDescriptions are one line that says where, and cost no memory.
func TestBadDescriptions(t *testing.T) {
	layers := func(s string) string { return `{"kind":"vae","latent":1,"decoder":[],"encoder":` + s + `}` }
	for text, want := range map[string]string{
		``:                            "it is empty: want JSON",
		`null x`:                      "more than one",
		`[]`:                          "want an object instead of a list",
		`{"kind":"vae"} {}`:           "more than one",
		`{"kind":"vae","hidden":[1]}`: `unknown field "hidden"`,
		`{"latent":1e99}`:             "latent",
		`{"latent":NaN}`:              "invalid character",
		`{"input":[28,28]}`:           "input: 2 numbers",
		`{"input":[28,28,1.5]}`:       "input",
		`{"likelihood":"cauchy"}`:     `likelihood: no kind "cauchy": want one of bernoulli, gaussian, squared_error`,
		`{"likelihood":{"type":"gaussian","sigma":1}}`: `likelihood: gaussian: unknown field "sigma": want `,
		`{"likelihood":7}`:                                                "likelihood: want the name of a kind",
		layers(`["dens"]`):                                                `encoder: layer 0: no kind "dens"`,
		layers(`["relu",{"out":3}]`):                                      "encoder: layer 1: want the name of a kind",
		layers(`["relu",null]`):                                           "encoder: layer 1: want the name of a kind",
		layers(`[{"type":"dense","in":3}]`):                               `dense: unknown field "in": want out`,
		layers(`[{"type":"dense","out":"x"}]`):                            "encoder: layer 0: dense: ",
		layers(`[{"type":"relu","slope":1}]`):                             "encoder: layer 0: relu: ",
		layers(`[{"type":"conv2d","pad":1}]`):                             "encoder: layer 0: conv2d: ",
		layers("[" + strings.Repeat(`"relu",`, 1e5) + `"relu"]`):          "100001 layers are more than",
		layers(`["` + strings.Repeat("x", 1e5) + `"]`):                    "no kind",
		layers(`[{"type":"dense","` + strings.Repeat("x", 1e5) + `":1}]`): "unknown field",
		layers(strings.Repeat("[", 1e5)):                                  "",
		`{"kind":"` + strings.Repeat("k", 1e5) + `","likelihood":{"type":"` + strings.Repeat("l", 1e5) + `"}}`: "no kind",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ParseConfig([]byte(text))
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.100s: %v, want %q", text, err, want)
			continue
		}
		wantLine(t, err, "")
		if got := after.TotalAlloc - before.TotalAlloc; got > uint64(1<<16+64*len(text)) {
			t.Errorf("%.100s: %d bytes allocated for %d", text, got, len(text))
		}
	}
}

// FuzzDescription: whatever is accepted can be described again, and a model of it, if it
// is valid and small, takes a step.
func FuzzDescription(f *testing.F) {
	for _, c := range []Config{DenseConfig(VAE, Shape{2, 3, 1}, []int{3}, 2), convConfig(VAE, Gaussian{Variance: 1}), convConfig(AE, SquaredError{})} {
		text, err := json.Marshal(c)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := ParseConfig(text)
		if err != nil {
			return
		}
		again, err := json.Marshal(c)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseConfig(again); err != nil {
			t.Fatalf("%s: %v", again, err)
		}
		infos, err := c.Layers()
		if err != nil {
			return
		}
		weights, rows := 0, 0
		for _, l := range infos {
			weights += l.Weights
			rows += l.Out.Size()
		}
		if weights > 1e5 || rows > 1e5 || infos[0].In.Size() > 1e5 {
			return
		}
		m, err := New(c, engine(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := m.Step(make([]float32, 2*c.Input.Size()), DefaultOptions()); err != nil {
			t.Fatal(err)
		}
	})
}

// TestLayersOf a model: where they stand, their weights and operations.
func TestLayersOf(t *testing.T) {
	infos, err := convConfig(VAE, Bernoulli{}).Layers()
	if err != nil {
		t.Fatal(err)
	}
	weights, flop := 0, int64(0)
	for _, l := range infos {
		weights += l.Weights
		flop += l.FLOP
	}
	m := good(New(convConfig(VAE, Bernoulli{}), engine(), 1))
	if weights != len(m.weights) || len(infos) != 6+2+8 {
		t.Errorf("%d layers of %d weights, want 16 of %d", len(infos), weights, len(m.weights))
	}
	// Multiplications: both convolutions, three dense layers and two heads, and back.
	want := int64(14*14*4*9 + 7*7*6*16*4 + 294*9 + 9*3*2 + 3*9 + 9*294 + 49*6*9*4 + 196*4*16)
	if flop != 2*want {
		t.Errorf("%d operations, want %d", flop, 2*want)
	}
	if first := (LayerInfo{"encoder", "conv2d", Shape{28, 28, 1}, Shape{14, 14, 4}, 40, 2 * 14 * 14 * 4 * 9}); infos[0] != first {
		t.Errorf("%+v, want %+v", infos[0], first)
	}
	if _, err := (Config{}).Layers(); err == nil {
		t.Error("layers of nothing")
	}
}
