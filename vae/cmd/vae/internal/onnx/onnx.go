// Package onnx writes models as files of ONNX, which runtimes of other languages read.
// It is all that knows that format: the layers of package vae, and their nodes, are in
// graph.go, the encoding in proto.go.
package onnx

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/table"
	"github.com/lanewise/lanewise/vae/internal/elementary"
	"github.com/lanewise/lanewise/vae/internal/safetensors"
)

// A Part is what a file computes: of N rows x, or of their codes z.
type Part string

const (
	Encoder     Part = "encoder"     // mu and, of a VAE, logvar of x
	Decoder     Part = "decoder"     // mean, that of p(x|z), of z
	Reconstruct Part = "reconstruct" // mean, decoded from mu, of x
	Score       Part = "score"       // error and elbo of x: see [vae.Score]
)

// Parts are all of them.
func Parts() []Part { return []Part{Reconstruct, Encoder, Decoder, Score} }

// The version of the operators, which runtimes have had since 2022, and that of the format
// that came with it.
const (
	opset     = 17
	irVersion = 8
)

// Encode is the file of a part of a model. version is that of the program, which the file
// names as its producer. Its metadata have, beside the part, those of a checkpoint: the
// model's description, and its columns and thresholds if it has any, in JSON.
//
// A row of x is as in package vae: of an image (y, x, channel). NaN stands for a missing
// number where the columns say so.
func Encode(m *vae.Model, part Part, version string) (io.WriterTo, error) {
	if err := checkSize(m.Config(), part); err != nil {
		return nil, err
	}
	var checkpoint bytes.Buffer // has what the model does not show: weights by their names
	checkpoint.Grow(checkpointSize(m.Config()))
	if _, err := m.WriteTo(&checkpoint); err != nil {
		return nil, err
	}
	header, err := safetensors.ReadHeader(&checkpoint, checkpoint.Len())
	if err != nil {
		return nil, err
	}
	g := &graph{weights: map[string][]byte{}}
	for _, t := range header.Tensors {
		g.weights[t.Name] = checkpoint.Next(int(t.End - t.Begin))
	}
	if err := g.part(m, part); err != nil {
		return nil, err
	}
	g.text(graphName, string(part))

	var file, operators message
	file.int(modelIRVersion, irVersion)
	file.text(modelProducer, "lanewise")
	file.text(modelProducerVersion, version)
	file.message(modelGraph, g.message)
	operators.int(opsetVersion, opset)
	file.message(modelOpset, operators)
	header.Metadata["part"] = string(part)
	for _, key := range slices.Sorted(maps.Keys(header.Metadata)) {
		var entry message
		entry.text(entryKey, key)
		entry.text(entryValue, header.Metadata[key])
		file.message(modelMetadata, entry)
	}
	return file, nil
}

// room is for what is not weights in a message of protobuf, which has less than 2 GiB.
const room = 1 << 24

// checkpointSize is what a checkpoint takes, or a little more, unless its metadata are long.
func checkpointSize(c vae.Config) int {
	layers, err := c.Layers()
	if err != nil {
		panic(err) // there is a model of it
	}
	size := 1 << 16
	for _, l := range layers {
		size += 4 * l.Weights
	}
	return size
}

func checkSize(c vae.Config, part Part) error {
	layers, err := c.Layers()
	if err != nil {
		return err
	}
	size := int64(0)
	for _, l := range layers {
		if decoder := l.Part == "decoder"; decoder && part != Encoder || !decoder && part != Decoder {
			size += 4 * int64(l.Weights)
		}
	}
	if size > math.MaxInt32-room {
		return fmt.Errorf("weights of %d bytes, but an ONNX file has less than 2 GiB: export the encoder and the decoder apart, or train narrower layers", size)
	}
	return nil
}

// part adds the nodes of a part.
func (g *graph) part(m *vae.Model, part Part) error {
	c := m.Config()
	size := c.Input.Size()
	if part == Decoder {
		_, mean, err := g.decode(&c, g.input("z", c.Latent))
		g.output("mean", mean, size)
		return err
	}
	x := g.input("x", size)
	if columns := m.Columns(); columns != nil && columns.Missing == table.Mask {
		g.missing = g.node("IsNaN", x)
		x = g.known(x)
	}
	hidden, err := g.stack("encoder", c.Encoder, batch{x, c.Input, false})
	if err != nil {
		return err
	}
	mu, logvar := g.dense("mu", c.Latent, hidden).value, ""
	if c.Kind == vae.VAE && part != Reconstruct {
		logvar = g.dense("logvar", c.Latent, hidden).value
	}
	if part == Encoder {
		g.output("mu", mu, c.Latent)
		if logvar != "" {
			g.output("logvar", logvar, c.Latent)
		}
		return nil
	}
	y, mean, err := g.decode(&c, mu)
	if part == Reconstruct {
		g.output("mean", mean, size)
		return err
	}
	g.score(&c, x, y, mean, mu, logvar)
	return err
}

// decode is what the decoder makes of z, and the mean of p(x|z).
func (g *graph) decode(c *vae.Config, z string) (y, mean string, err error) {
	last, err := g.stack("decoder", c.Decoder, batch{z, vae.Flat(c.Latent), false})
	y = g.flat(last).value
	switch c.Likelihood.(type) {
	case vae.Gaussian, vae.SquaredError:
		return y, y, err
	case vae.Bernoulli:
		return y, g.node("Sigmoid", y), err
	}
	return "", "", cmp.Or(err, fmt.Errorf("likelihood %s: this kind cannot be exported to ONNX, for it is none of package vae", c.Likelihood.Kind()))
}

// score adds the scores that draw nothing, by the formulas of package vae.
func (g *graph) score(c *vae.Config, x, y, mean, mu, logvar string) {
	d := g.node("Sub", x, mean)
	squares := g.node("Mul", d, d)
	var n string // how many numbers are known, and 1 of none
	if g.missing == "" {
		n = g.scalar(float64(c.Input.Size()))
	} else {
		n = g.node("Max", g.scalar(1), g.sum(g.node("Where", g.missing, g.scalar(0), g.scalar(1))))
	}
	g.output("error", g.node("Div", g.sum(g.known(squares)), n))

	terms := squares // of the reconstruction
	switch l := c.Likelihood.(type) {
	case vae.Bernoulli: // max(y, 0) - y·x + log1p(exp(-|y|))
		terms = g.node("Sub", g.node("Relu", y), g.node("Mul", y, x))
		terms = g.node("Add", terms, g.node("Softplus", g.node("Neg", g.node("Abs", y))))
	case vae.Gaussian:
		terms = g.node("Mul", squares, g.scalar(1/(2*l.Variance)))
		terms = g.node("Add", terms, g.scalar(elementary.Ln(2*math.Pi*l.Variance)/2))
	}
	elbo := g.sum(g.known(terms))
	if logvar != "" { // and the KL, ½Σ(exp(logvar) - 1 - logvar + mu²)
		kl := g.node("Sub", g.node("Sub", g.node("Exp", logvar), g.scalar(1)), logvar)
		kl = g.sum(g.node("Add", kl, g.node("Mul", mu, mu)))
		elbo = g.node("Add", elbo, g.node("Mul", kl, g.scalar(0.5)))
	}
	g.output("elbo", elbo)
}

// known is a value with 0 where a number of x is missing.
func (g *graph) known(value string) string {
	if g.missing == "" {
		return value
	}
	return g.node("Where", g.missing, g.scalar(0), value)
}

// sum is the sum of each row.
func (g *graph) sum(rows string) string {
	return g.nodeWith([]message{integer("keepdims", 0)}, "ReduceSum", rows, g.integers(1))
}
