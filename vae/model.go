// Package vae trains autoencoders and variational autoencoders of dense layers
// on the kernels of package kernels.
//
// An autoencoder encodes an image x to a small code z and decodes it again,
// minimising ‖x - x̂‖². A variational autoencoder (Kingma & Welling,
// "Auto-Encoding Variational Bayes", 2014) encodes x to a distribution
// N(mu, exp(logvar)), draws z = mu + exp(logvar/2)·eps with eps from N(0, 1),
// and minimises the negative evidence lower bound
//
//	-ELBO = -log p(x|z) + beta·KL(N(mu, exp(logvar)) ‖ N(0, 1)),
//
// in nats. A model, trained from one seed, has the same bits on every machine,
// in every set of kernels and on any number of threads.
//
// Images are rows of float32, one after the other, with pixels in [0, 1].
package vae

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// A Kind is a family of models.
type Kind string

const (
	VAE Kind = "vae" // variational: a code is a distribution
	AE  Kind = "ae"  // a code is a point; the loss is ‖x - x̂‖²
)

// Config is the shape of a model.
type Config struct {
	Kind       Kind
	Rows, Cols int   // of an image
	Hidden     []int // widths of the encoder's ReLU layers; the decoder has them in reverse
	Latent     int   // components of a code

	// Variance is that of the pixels in a Gaussian likelihood p(x|z), with a
	// linear decoder output as its mean. 0 stands for the Bernoulli likelihood,
	// with logits as the output. An autoencoder has neither.
	Variance float64
}

// DefaultConfig is a 784-400-20-400-784 model of kind for rows×cols = 28×28.
func DefaultConfig(kind Kind, rows, cols int) Config {
	return Config{Kind: kind, Rows: rows, Cols: cols, Hidden: []int{400}, Latent: 20}
}

// Pixels is the number of pixels of an image.
func (c Config) Pixels() int { return c.Rows * c.Cols }

// Bounds of the layers, and with them of what a file can make us allocate. The
// header of a model of maxHidden layers is far below maxHeader.
const (
	maxWidth  = 1 << 20
	maxHidden = 256
)

// Validate reports what is wrong with a shape.
func (c Config) Validate() error {
	if c.Kind != VAE && c.Kind != AE {
		return fmt.Errorf("vae: model kind %.64q: want %q or %q", c.Kind, VAE, AE)
	}
	if c.Rows < 1 || c.Cols < 1 || c.Rows > maxWidth/c.Cols {
		return fmt.Errorf("vae: images of %d×%d pixels: want 1 to %d pixels", c.Rows, c.Cols, maxWidth)
	}
	if len(c.Hidden) > maxHidden {
		return fmt.Errorf("vae: %d hidden layers are more than the %d that a model may have", len(c.Hidden), maxHidden)
	}
	for _, h := range append(append([]int(nil), c.Hidden...), c.Latent) {
		if h < 1 || h > maxWidth {
			return fmt.Errorf("vae: a layer of width %d: want 1 to %d", h, maxWidth)
		}
	}
	if !(c.Variance >= 0) || math.IsInf(c.Variance, 1) {
		return fmt.Errorf("vae: variance %v: want a positive number, or 0 for the Bernoulli likelihood", c.Variance)
	}
	if c.Kind == AE && c.Variance != 0 {
		return errors.New("vae: an autoencoder has no variance")
	}
	if c.weights() > math.MaxInt32/4 {
		return fmt.Errorf("vae: %d weights are more than the %d that a model may have", c.weights(), math.MaxInt32/4)
	}
	return nil
}

// A Model is a network with its weights. Its methods may not be called
// concurrently: they share the model's workspace and engine.
type Model struct {
	cfg    Config
	engine *kernels.Engine

	encoder    []layer // hidden layers
	mu, logvar layer   // heads; an autoencoder's code is mu
	decoder    []layer // hidden layers
	output     layer
	layers     []*layer // all, in the order of weights
	weights    []float32
	grad, m, v []float32 // of the same layout; allocated by the first training step
	steps      int
	pass       pass
}

// A layer is y = act(x·Wᵀ + b). W is out×in, as in PyTorch.
type layer struct {
	name    string
	in, out int
	w, b    []float32
	gw, gb  []float32
}

// weights are out×in: a row per output.
func (l *layer) weights() kernels.Matrix { return kernels.NewMatrix(l.w, l.out, l.in) }

// New makes a model with weights and biases from U(±1/√fan_in).
func New(cfg Config, engine *kernels.Engine, seed uint64) (*Model, error) {
	m, err := newModel(cfg, engine)
	if err != nil {
		return nil, err
	}
	noise := kernels.Noise{Seed: seed, Stream: streamInit}
	i := uint64(0)
	for _, l := range m.layers {
		bound := float32(1 / math.Sqrt(float64(l.in)))
		for _, x := range [][]float32{l.w, l.b} {
			for j := range x {
				x[j] = (2*noise.Uniform(i) - 1) * bound
				i++
			}
		}
	}
	return m, nil
}

// Streams of random numbers under one seed; the lower half counts.
const (
	streamInit = (iota + 1) << 32
	streamShuffle
	streamNoise
	streamEval
	streamSample
)

// newModel makes a model whose weights are zeros.
func newModel(cfg Config, engine *kernels.Engine) (*Model, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Hidden = append([]int(nil), cfg.Hidden...)
	m := &Model{cfg: cfg, engine: engine}
	in := cfg.Pixels()
	for i, h := range cfg.Hidden {
		m.encoder = append(m.encoder, layer{name: fmt.Sprintf("encoder.%d", i), in: in, out: h})
		in = h
	}
	m.mu = layer{name: "mu", in: in, out: cfg.Latent}
	m.logvar = layer{name: "logvar", in: in, out: cfg.Latent}
	in = cfg.Latent
	for i := range cfg.Hidden {
		h := cfg.Hidden[len(cfg.Hidden)-1-i]
		m.decoder = append(m.decoder, layer{name: fmt.Sprintf("decoder.%d", i), in: in, out: h})
		in = h
	}
	m.output = layer{name: "output", in: in, out: cfg.Pixels()}

	for i := range m.encoder {
		m.layers = append(m.layers, &m.encoder[i])
	}
	m.layers = append(m.layers, &m.mu)
	if cfg.Kind == VAE {
		m.layers = append(m.layers, &m.logvar)
	}
	for i := range m.decoder {
		m.layers = append(m.layers, &m.decoder[i])
	}
	m.layers = append(m.layers, &m.output)

	m.weights = m.newArray()
	m.carve(m.weights, func(l *layer, w, b []float32) { l.w, l.b = w, b })
	return m, nil
}

// newArray is an array laid out like the weights. Those of the last layer, which
// are used in place, start at a cache line, as large allocations do.
func (m *Model) newArray() []float32 {
	const line = 64 / 4
	n := int(m.cfg.weights())
	last := n - (m.output.in+1)*m.output.out
	return make([]float32, n+line)[roundUp(last, line)-last:][:n]
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// carve cuts an array laid out like the weights into the layers' parts.
func (m *Model) carve(x []float32, use func(l *layer, w, b []float32)) {
	for _, l := range m.layers {
		n := l.in * l.out
		use(l, x[:n:n], x[n:n+l.out:n+l.out])
		x = x[n+l.out:]
	}
}

// weights is the number of weights and biases, saturating.
func (c Config) weights() int64 {
	var n int64
	in := int64(c.Pixels())
	add := func(in, out int64) { n = min(n+(in+1)*out, math.MaxInt32) }
	for _, h := range c.Hidden {
		add(in, int64(h))
		in = int64(h)
	}
	add(in, int64(c.Latent))
	if c.Kind == VAE {
		add(in, int64(c.Latent))
	}
	in = int64(c.Latent)
	for i := range c.Hidden {
		h := int64(c.Hidden[len(c.Hidden)-1-i])
		add(in, h)
		in = h
	}
	add(in, int64(c.Pixels()))
	return n
}

// Config is the model's shape, a copy.
func (m *Model) Config() Config {
	c := m.cfg
	c.Hidden = append([]int(nil), c.Hidden...)
	return c
}

// WeightsSHA256 is the SHA-256 of all weights as little-endian float32, in the
// order of the checkpoint, in hexadecimal.
func (m *Model) WeightsSHA256() string {
	h := sha256.New()
	writeFloats(h, m.weights) // a hash takes all
	return hex.EncodeToString(h.Sum(nil))
}
