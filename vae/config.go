package vae

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// A Kind is a family of models.
type Kind string

const (
	VAE Kind = "vae" // variational: a code is a distribution
	AE  Kind = "ae"  // a code is a point
)

// Config is what a model is: an encoder, heads that make a code of what it makes of an
// image, a decoder, and the likelihood that says how good the decoder's output is.
type Config struct {
	Kind    Kind
	Input   Shape
	Encoder []Layer
	Latent  int     // components of a code: mu and logvar are dense layers after the encoder
	Decoder []Layer // from rows of Latent numbers to as many as an image has

	Likelihood Likelihood
	Init       Init
}

// DenseConfig is a model of dense layers with ReLU: hidden are the widths of the encoder,
// which the decoder has in reverse. A variational one has the Bernoulli likelihood, a
// plain autoencoder the squared error.
func DenseConfig(kind Kind, input Shape, hidden []int, latent int) Config {
	c := Config{Kind: kind, Input: input, Latent: latent, Likelihood: Bernoulli{}}
	if kind == AE {
		c.Likelihood = SquaredError{}
	}
	for _, h := range hidden {
		c.Encoder = append(c.Encoder, Dense{h}, ReLU)
	}
	for _, h := range slices.Backward(hidden) {
		c.Decoder = append(c.Decoder, Dense{h}, ReLU)
	}
	c.Decoder = append(c.Decoder, Dense{input.Size()})
	return c
}

// DefaultConfig is 784-400-20-400-784 for images of 28×28.
func DefaultConfig(kind Kind, input Shape) Config { return DenseConfig(kind, input, []int{400}, 20) }

// Bounds of a model, and with them of what a file can make us allocate.
const (
	maxPixels  = 1 << 20 // numbers of an image
	maxLatent  = 1 << 20
	maxSide    = 1 << 16
	maxRow     = 1 << 24 // numbers that a layer makes of an image
	maxLayers  = 512     // of an encoder or a decoder: their tensors' header is below maxHeader
	maxWeights = math.MaxInt32 / 4
)

// valid tells whether the shape is one that a layer may have.
func (s Shape) valid() bool {
	return min(s.Height, s.Width, s.Channels) >= 1 && max(s.Height, s.Width) <= maxSide && s.Channels <= maxRow &&
		int64(s.Height)*int64(s.Width)*int64(s.Channels) <= maxRow
}

// Validate reports what is wrong with a description: which layer, and which numbers.
func (c Config) Validate() error {
	_, err := c.network()
	return err
}

// A network is the layers of a model in their places, without weights.
type network struct {
	encoder    stack
	mu, logvar unit // an autoencoder's code is mu
	code       unit // both as one layer, which an inference may have
	decoder    stack
	units      []*unit // those with weights, in the order of these
	weights    int
}

func (c Config) network() (*network, error) {
	if c.Kind != VAE && c.Kind != AE {
		return nil, fmt.Errorf("vae: model kind %.64q: want %q or %q", c.Kind, VAE, AE)
	}
	if !c.Input.valid() || c.Input.Size() > maxPixels {
		return nil, fmt.Errorf("vae: images of %d×%d×%d: want 1 to %d numbers", c.Input.Height, c.Input.Width, c.Input.Channels, maxPixels)
	}
	if c.Latent < 1 || c.Latent > maxLatent {
		return nil, fmt.Errorf("vae: a code of %d components: want 1 to %d", c.Latent, maxLatent)
	}
	if n := max(len(c.Encoder), len(c.Decoder)); n > maxLayers {
		return nil, fmt.Errorf("vae: %d layers are more than the %d that an encoder or a decoder may have", n, maxLayers)
	}
	if err := c.Init.check(); err != nil {
		return nil, err
	}
	if c.Likelihood == nil {
		return nil, errors.New("vae: no likelihood")
	}
	if err := c.Likelihood.Check(); err != nil {
		return nil, fmt.Errorf("vae: %s: %w", c.Likelihood.Kind(), err)
	}

	n := &network{}
	encoder, hidden, err := newStack(c.Encoder, c.Input)
	if err != nil {
		return nil, fmt.Errorf("vae: encoder: %w", err)
	}
	decoder, out, err := newStack(c.Decoder, Flat(c.Latent))
	if err != nil {
		return nil, fmt.Errorf("vae: decoder: %w", err)
	}
	if out.Size() != c.Input.Size() {
		return nil, fmt.Errorf("vae: the decoder makes %d numbers (%v), but a row has %d (%v): its last layer is to make as many", out.Size(), out, c.Input.Size(), c.Input)
	}
	n.encoder, n.decoder = encoder, decoder
	n.mu = head("mu", c.Latent, hidden)
	n.logvar = head("logvar", c.Latent, hidden)
	return n, n.collect(c.Kind)
}

func head(name string, latent int, in Shape) unit {
	d := Dense{latent}
	return unit{layer: d, name: name, in: in, out: Flat(latent), params: d.Params(in)}
}

// collect names and counts what has weights.
func (n *network) collect(kind Kind) error {
	add := func(s stack, name string) {
		i := 0
		for j := range s {
			if u := &s[j]; len(u.params) > 0 {
				u.name = fmt.Sprintf("%s.%d", name, i)
				i++
				n.units = append(n.units, u)
			}
		}
	}
	add(n.encoder, "encoder")
	n.units = append(n.units, &n.mu)
	if kind == VAE {
		n.units = append(n.units, &n.logvar)
	}
	heads := len(n.units)
	add(n.decoder, "decoder")
	if last := len(n.units) - 1; last >= heads {
		n.units[last].name = "output"
	}
	var sum float64
	for _, u := range n.units {
		for _, p := range u.params {
			size := 1.0
			for _, s := range p.Shape {
				size *= float64(s)
			}
			sum += size
		}
	}
	if sum > maxWeights {
		return fmt.Errorf("vae: %.0f weights are more than the %d that a model may have: choose narrower layers", sum, maxWeights)
	}
	n.weights = int(sum)
	return nil
}

// output is the shape that a layer makes of in, if it is one that a layer may have.
func output(l Layer, in Shape) (Shape, error) {
	if l == nil {
		return Shape{}, errors.New("there is none")
	}
	out, err := l.Output(in)
	if err == nil && !out.valid() {
		err = fmt.Errorf("it makes %d×%d×%d numbers of an image: want 1 to %d, and at most %d high and wide", out.Height, out.Width, out.Channels, maxRow, maxSide)
	}
	return out, err
}

func layerError(i int, l Layer, err error) error {
	if l == nil {
		return fmt.Errorf("layer %d: %w", i, err)
	}
	return fmt.Errorf("layer %d (%.64s): %w", i, l.Kind(), err)
}

// clone is a copy that shares nothing that a caller could change.
func (c Config) clone() Config {
	c.Encoder, c.Decoder = slices.Clone(c.Encoder), slices.Clone(c.Decoder)
	return c
}
