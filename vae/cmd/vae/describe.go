package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"strings"

	"github.com/lanewise/lanewise/vae"
)

const aboutDescribe = `Prints the layers of a model with their shapes, weights and the floating-point
operations of one image, or with -json the description that -model reads:

  vae describe -preset keras
  vae describe -preset keras -json > mine.json
  vae train -model mine.json

The model is that of a preset, of -model with its flags, or of a -checkpoint.`

func describe(_ context.Context, std streams, args []string) error {
	var a architectureFlags
	var p presetFlag
	checkpoint, asJSON := "", false
	f := newFlags("describe")
	p.register(f)
	a.register(f)
	f.StringVar(&checkpoint, "checkpoint", "", "describe the model of this `file`, which vae train has written")
	f.BoolVar(&asJSON, "json", false, "print the description for -model instead of a table")
	if err := parse(f, std, args, aboutDescribe); err != nil {
		return err
	}
	c, err := describedModel(std, f, &a, checkpoint)
	if err != nil {
		return err
	}
	if !asJSON {
		text, err := layerTable(c)
		if err != nil {
			return err
		}
		return printOut(std.out, text)
	}
	text, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	return printOut(std.out, string(text)+"\n")
}

// describedModel is that of a checkpoint, or of the flags for images as MNIST has them.
func describedModel(std streams, f *flag.FlagSet, a *architectureFlags, checkpoint string) (vae.Config, error) {
	if checkpoint != "" {
		m := modelFlags{checkpoint: checkpoint}
		model, _, err := m.load(std)
		if err != nil {
			return vae.Config{}, err
		}
		return model.Config(), nil
	}
	var input vae.Shape // the description's
	if c, err := readModel(a.model); a.dense() || err == nil && c.Input == input {
		input = vae.Shape{Height: 28, Width: 28, Channels: 1}
	}
	return a.config(f, input)
}

// layerTable has a line for every layer.
func layerTable(c vae.Config) (string, error) {
	layers, err := c.Layers()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	line := func(part, kind, out string, weights int, flop int64) {
		fmt.Fprintf(&b, "%-9s%-18s%-12s%12d%14d\n", part, kind, out, weights, flop)
	}
	fmt.Fprintf(&b, "%s of %ss of %v, a code of %s, likelihood %s\n\n", strings.ToUpper(string(c.Kind)), thing(c), c.Input, count(c.Latent, "component"), likelihoodText(c.Likelihood))
	fmt.Fprintf(&b, "%-9s%-18s%-12s%12s%14s\n", "part", "layer", "output", "weights", "FLOP")
	weights, flop := 0, int64(0)
	for _, l := range layers {
		line(l.Part, l.Kind, l.Out.String(), l.Weights, l.FLOP)
		weights += l.Weights
		flop += l.FLOP
	}
	line("together", "", "", weights, flop)
	return b.String(), nil
}

func likelihoodText(l vae.Likelihood) string {
	g, ok := l.(vae.Gaussian)
	switch {
	case !ok:
		return strings.ReplaceAll(l.Kind(), "_", " ")
	case g.Learned:
		return fmt.Sprintf("gaussian with a learned variance (%.4g)", g.Variance)
	}
	return fmt.Sprintf("gaussian with a variance of %v", g.Variance)
}
