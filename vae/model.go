// Package vae trains autoencoders and variational autoencoders on the kernels of
// package kernels.
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
// A [Config] says what a model is: layers, which are values, and a likelihood.
// Images are rows of float32, one after the other, channels last; pixels are in [0, 1].
// What a model is trained on comes from a [dataset.Source]: images, or rows of any numbers
// in memory or elsewhere.
package vae

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/lanewise/lanewise/kernels"
)

// A Model is a network with its weights. Its methods may not be called
// concurrently: they share the model's workspace and engine.
type Model struct {
	beside
	cfg    Config
	engine *kernels.Engine
	net    *network

	weights    []float32  // of all units, one after another
	grad, m, v []float32  // of the same layout; allocated by the first training step
	shards     shards     // of the last training step
	ranks      ranks      // of the processes that train together
	likelihood Likelihood // the description's, or learned
	learned    *Gaussian  // if its variance is
	zeros      []float32  // as many, for the gradient's norm
	steps      int
	at         position // of the training
	pass       pass
	scorer     scorer
}

// New makes a model with weights as cfg.Init says.
func New(cfg Config, engine *kernels.Engine, seed uint64) (*Model, error) {
	m, err := newModel(cfg, engine)
	if err != nil {
		return nil, err
	}
	m.initialise(seed)
	return m, nil
}

// Streams of random numbers under one seed; the lower half counts.
const (
	streamInit = (iota + 1) << 32
	streamShuffle
	streamNoise
	streamEval
	streamSample
	streamCorrupt
	streamCorruptEval
	streamBinarize
)

// newModel makes a model whose weights are zeros.
func newModel(cfg Config, engine *kernels.Engine) (*Model, error) {
	net, err := cfg.network()
	if err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg.clone(), engine: engine, net: net, likelihood: cfg.Likelihood}
	if g, ok := cfg.Likelihood.(Gaussian); ok && g.Learned {
		m.learned = &g
		m.likelihood = m.learned
	}
	m.setWeights(m.newArray())
	return m, nil
}

func (m *Model) setWeights(weights []float32) {
	m.weights = weights
	for _, u := range m.net.units {
		u.weights = make([][]float32, len(u.params))
	}
	m.carve(weights, func(u *unit, i int, part []float32) { u.weights[i] = part })
}

func (m *Model) setGradient(grad []float32) {
	m.grad = grad
	for _, u := range m.net.units {
		u.grads = make([][]float32, len(u.params))
	}
	m.carve(grad, func(u *unit, i int, part []float32) { u.grads[i] = part })
}

// newArray is an array laid out like the weights. Those of the last layer, which
// are used in place, start at a cache line, as large allocations do.
func (m *Model) newArray() []float32 {
	const line = 64 / 4
	last := m.net.weights
	for _, p := range m.net.units[len(m.net.units)-1].params {
		last -= p.Size()
	}
	return make([]float32, m.net.weights+line)[roundUp(last, line)-last:][:m.net.weights]
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

// carve cuts an array laid out like the weights into those of the units.
func (m *Model) carve(x []float32, use func(u *unit, i int, part []float32)) {
	for _, u := range m.net.units {
		for i := range u.params {
			n := u.params[i].Size()
			use(u, i, x[:n:n])
			x = x[n:]
		}
	}
}

// Config is the model's description, a copy.
func (m *Model) Config() Config {
	c := m.cfg.clone()
	if m.learned != nil {
		c.Likelihood = *m.learned
	}
	return c
}

// WeightsSHA256 is the SHA-256 of all weights as little-endian float32, in the
// order of the checkpoint, in hexadecimal.
func (m *Model) WeightsSHA256() string {
	h := sha256.New()
	writeFloats(h, m.weights) // a hash takes all
	return hex.EncodeToString(h.Sum(nil))
}
