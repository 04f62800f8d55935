package vae

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/lanewise/lanewise/vae/internal/strictjson"
)

// A description is a Config in JSON. A layer without settings is its kind, others are
// objects with their kind as type and their fields:
//
//	{"kind": "vae", "input": [28, 28, 1],
//	 "encoder": [{"type": "conv2d", "filters": 32, "kernel": 3, "stride": 2, "same": true}, "relu"],
//	 "latent": 2, …, "likelihood": "bernoulli"}
type description struct {
	Kind       Kind              `json:"kind"`
	Input      []int             `json:"input,omitempty"` // height, width, channels
	Encoder    []json.RawMessage `json:"encoder"`
	Latent     int               `json:"latent"`
	Decoder    []json.RawMessage `json:"decoder"`
	Likelihood json.RawMessage   `json:"likelihood,omitempty"` // else Bernoulli, or the squared error of an autoencoder
	Init       Init              `json:"init,omitempty"`
}

// kinded is a layer or a likelihood.
type kinded interface{ Kind() string }

// layerKinds are values of the layers of this package.
func layerKinds() []Layer {
	kinds := []Layer{Dense{}, Conv2D{}, ConvTranspose2D{}, LeakyReLU{}, Reshape{}}
	for _, a := range activations() {
		kinds = append(kinds, a)
	}
	return kinds
}

func likelihoodKinds() []Likelihood { return []Likelihood{Bernoulli{}, Gaussian{}, SquaredError{}} }

// MarshalJSON describes the model, for [ParseConfig].
func (c Config) MarshalJSON() ([]byte, error) {
	d := description{Kind: c.Kind, Latent: c.Latent, Init: c.Init, Encoder: []json.RawMessage{}, Decoder: []json.RawMessage{}}
	if c.Input != (Shape{}) {
		d.Input = []int{c.Input.Height, c.Input.Width, c.Input.Channels}
	}
	var err error
	put := func(x kinded) json.RawMessage {
		text, e := describe(x)
		err = errors.Join(err, e)
		return text
	}
	for _, l := range c.Encoder {
		d.Encoder = append(d.Encoder, put(l))
	}
	for _, l := range c.Decoder {
		d.Decoder = append(d.Decoder, put(l))
	}
	d.Likelihood = put(c.Likelihood)
	if err != nil {
		return nil, err
	}
	return json.Marshal(d)
}

func describe(x kinded) (json.RawMessage, error) {
	kind, err := json.Marshal(x.Kind())
	if err != nil {
		return nil, err
	}
	fields, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	if len(fields) < 2 || fields[0] != '{' || fields[1] == '}' {
		return kind, nil
	}
	return fmt.Appendf(nil, `{"type":%s,%s`, kind, fields[1:]), nil
}

// ParseConfig reads a description. Layers that are not of this package need a value of
// each of their types. Input may be left out, for the caller to say; what the
// description means together is for [Config.Validate] to check.
func ParseConfig(text []byte, own ...Layer) (Config, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // a byte order mark
	var d description
	if err := strictjson.Decode(text, &d); err != nil {
		return Config{}, err
	}
	c := Config{Kind: d.Kind, Latent: d.Latent, Init: d.Init}
	switch len(d.Input) {
	case 0:
	case 3:
		c.Input = Shape{d.Input[0], d.Input[1], d.Input[2]}
	default:
		return Config{}, fmt.Errorf("input: %d numbers: want height, width and channels", len(d.Input))
	}
	var err error
	if c.Encoder, err = parseLayers("encoder", d.Encoder, own); err != nil {
		return Config{}, err
	}
	if c.Decoder, err = parseLayers("decoder", d.Decoder, own); err != nil {
		return Config{}, err
	}
	switch {
	case len(d.Likelihood) > 0:
		if c.Likelihood, err = parseKind(d.Likelihood, likelihoodKinds()); err != nil {
			return Config{}, fmt.Errorf("likelihood: %w", err)
		}
	case d.Kind == AE:
		c.Likelihood = SquaredError{}
	default:
		c.Likelihood = Bernoulli{}
	}
	return c, nil
}

func parseLayers(name string, texts []json.RawMessage, own []Layer) ([]Layer, error) {
	if len(texts) > maxLayers {
		return nil, fmt.Errorf("%s: %d layers are more than the %d that it may have", name, len(texts), maxLayers)
	}
	var layers []Layer
	for i, text := range texts {
		l, err := parseKind(text, append(layerKinds(), own...))
		if err != nil {
			return nil, fmt.Errorf("%s: layer %d: %w", name, i, err)
		}
		layers = append(layers, l)
	}
	return layers, nil
}

// parseKind reads a value of one of the types of known, by its kind.
func parseKind[T kinded](text []byte, known []T) (x T, err error) {
	var kind string
	fields := map[string]json.RawMessage{}
	if len(text) > 0 && text[0] == '"' {
		err = json.Unmarshal(text, &kind)
	} else if err = json.Unmarshal(text, &fields); err == nil {
		err = json.Unmarshal(fields["type"], &kind)
		delete(fields, "type")
	}
	if err != nil {
		return x, errors.New("want the name of a kind, or an object with one as its type")
	}
	var kinds []string
	for _, k := range known {
		if k.Kind() == kind {
			return withFields(k, fields)
		}
		kinds = append(kinds, k.Kind())
	}
	return x, fmt.Errorf("no kind %.64q: want one of %s", kind, strings.Join(kinds, ", "))
}

// withFields is a value of the type of x with its fields set.
func withFields[T kinded](x T, fields map[string]json.RawMessage) (T, error) {
	if len(fields) == 0 {
		return x, nil
	}
	text, err := json.Marshal(fields)
	if err != nil {
		return x, err
	}
	v := reflect.New(reflect.TypeOf(x))
	if err := strictjson.Decode(text, v.Interface()); err != nil {
		return x, fmt.Errorf("%s: %w", x.Kind(), err)
	}
	return v.Elem().Interface().(T), nil
}
