package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"github.com/lanewise/lanewise/vae"
)

const aboutEval = `Prints the mean losses of a checkpoint: nats per image for a vae, with the
reconstruction and the KL apart, and the squared error per image for an ae.`

// An evalReport is the line that -json prints.
type evalReport struct {
	Model          string  `json:"model"`
	Set            string  `json:"set"`
	Threads        int     `json:"threads"`
	Seed           uint64  `json:"seed"`
	Beta           float64 `json:"beta"`
	Split          string  `json:"split"`
	Examples       int     `json:"examples"`
	Loss           float64 `json:"loss"`
	Reconstruction float64 `json:"reconstruction"`
	KL             float64 `json:"kl"`
	jpegRecord
	WeightsSHA256 string `json:"weights_sha256"`
	Checkpoint    string `json:"checkpoint"`
}

func eval(ctx context.Context, std streams, args []string) error {
	var in inputFlags
	o := vae.DefaultOptions()
	asJSON := false
	f := newFlags("eval")
	in.register(f, "evaluate the first `n` images; all where it is left out")
	f.Var(&real{&o.Beta, false}, "beta", "`weight` of the KL in the loss of a vae; 1 is the ELBO")
	f.Uint64Var(&o.Seed, "seed", o.Seed, "`seed` of the noise in the codes of a vae")
	f.BoolVar(&asJSON, "json", false, "end standard output with a line that is a JSON object")
	if err := parse(f, std, args, aboutEval); err != nil {
		return err
	}
	m, engine, images, err := in.load(std)
	if err != nil {
		return err
	}
	if err := checkBeta(f, m.Config().Kind); err != nil {
		return err
	}
	l, err := m.Evaluate(ctx, images, o)
	if err != nil {
		return err
	}
	if math.IsNaN(l.Total) || math.IsInf(l.Total, 0) {
		return fmt.Errorf("the loss of %s is %v: its weights are useless, train it again with a smaller -lr", in.checkpoint, l.Total)
	}
	kind := m.Config().Kind
	text := fmt.Sprintf("%s (%d images)\nweights %s\n", lossText(in.split, l, o, m.Config()), images.Len(), m.WeightsSHA256())
	if asJSON {
		line, err := json.Marshal(evalReport{
			Model: string(kind), Set: engine.Set().Name(), Threads: engine.Threads(), Seed: o.Seed, Beta: o.Beta,
			Split: in.split, Examples: images.Len(), Loss: l.Total, Reconstruction: l.Reconstruction, KL: l.KL,
			jpegRecord: in.jpeg, WeightsSHA256: m.WeightsSHA256(), Checkpoint: in.checkpoint,
		})
		if err != nil {
			return err
		}
		text += string(line) + "\n"
	}
	return printOut(std.out, text)
}
