package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutEval = `Prints the mean losses of a checkpoint: nats per image for a vae, with the
reconstruction and the KL apart, and the squared error per image for an ae. Then
what they are made of and what may be wrong:

  ELBO          the evidence lower bound of log p(x), whatever -beta is
  log p(x) >=   with -k: the importance-weighted bound, of k codes of each image
  active        components whose mu has a variance above 0.01 over the images
  KL            of each component, those first that tell most of an image (for an
                ae, their standard deviations)
  independence  the mean absolute correlation of two active components, of which
                -json has the matrix
  diagnosis     posterior collapse, saturated log variances, constant pixels,
                overfitting: train against test loss, on as many images; or
                nothing to say

  vae eval -checkpoint vae-run/model.safetensors -k 100`

// An evaluation is what eval has to say.
type evaluation struct {
	*inputFlags
	options vae.Options
	k       int // samples for the bound; 0 for no bound

	config  vae.Config
	engine  *kernels.Engine
	images  int
	weights string
	loss    vae.Loss
	bound   float64
	latents []vae.Latent // those first that tell most
	codes   vae.Codes
	signs   signs
}

func eval(ctx context.Context, std streams, args []string) error {
	v := &evaluation{inputFlags: &inputFlags{}, options: vae.DefaultOptions()}
	asJSON, binarize := false, "none"
	f := newFlags("eval")
	v.register(f, "evaluate the first `n` images; all where it is left out")
	f.Var(&real{&v.options.Beta, false}, "beta", "`weight` of the KL in the loss of a vae; 1 is the ELBO")
	seedFlag(f, &v.options.Seed, "`seed` of the noise in the codes of a vae")
	f.Var(&noiseFlag{&v.options.Corrupt}, "noise", noiseUsage+";\nthe loss alone is measured with it")
	f.Var(&whole{&v.k, 1, 1 << 24}, "k", "`codes` of each image for the bound of log p(x) of a vae; it is left\nout where this is")
	f.Var(&word{&binarize, []string{"none", "fixed"}}, "binarize", "`none` or fixed: black and white pixels, as vae train -binarize draws them\nfrom the same seed")
	f.BoolVar(&asJSON, "json", false, "end standard output with a line that is a JSON object")
	t := tableTask{inputFlags: v.inputFlags}
	t.registerInput(f)
	if err := parse(f, std, args, aboutEval); err != nil {
		return err
	}
	m, engine, err := v.modelFlags.load(std)
	if err != nil {
		return err
	}
	var rows dataset.Source
	if m.Columns() != nil {
		if binarize != "none" {
			return errors.New("-binarize is for images")
		}
		if err := noiseOfTable(v.options.Corrupt); err != nil {
			return err
		}
		v.split = "" // its rows are all there is
		rows, err = t.all(ctx, std, f, m)
	} else {
		rows, err = v.loadImages(std, m)
	}
	if err != nil {
		return err
	}
	if binarize == "fixed" {
		v.training, v.testing = binarizedTraining(v.training, v.options.Seed), binarizedTest(v.testing, v.options.Seed)
		rows = v.inputFlags.images()
	}
	v.config, v.engine = m.Config(), engine
	if err := checkKL(f, v.config.Kind); err != nil {
		return err
	}
	if v.k > 0 && v.config.Kind == vae.AE {
		return fmt.Errorf("-k is for a vae: %s is an autoencoder, which has no likelihood to bound", v.checkpoint)
	}
	if err := v.measure(ctx, m, rows); err != nil {
		return v.blame(err)
	}
	text := v.text()
	if asJSON {
		line, err := json.Marshal(v.record())
		if err != nil {
			return err
		}
		text += string(line) + "\n"
	}
	return printOut(std.out, text)
}

// measure does the work.
func (v *evaluation) measure(ctx context.Context, m *vae.Model, rows dataset.Source) (err error) {
	v.images, v.weights = rows.Len(), m.WeightsSHA256()
	if v.loss, err = m.Evaluate(ctx, rows, v.options); err != nil {
		return err
	}
	if l := v.loss.Total; math.IsNaN(l) || math.IsInf(l, 0) {
		return fmt.Errorf("the loss of %s is %v: its weights are useless, train it again with a smaller -lr", v.checkpoint, l)
	}
	if v.latents, err = rank(ctx, m, rows); err != nil {
		return err
	}
	if v.codes, err = m.Codes(ctx, rows); err != nil {
		return err
	}
	if v.k > 0 {
		if v.bound, _, err = m.ImportanceBound(ctx, rows, v.k, v.options.Seed); err != nil {
			return err
		}
	}
	v.signs = signs{
		kind: v.config.Kind, latent: len(v.latents), active: v.active(), saturated: v.codes.Saturated,
		pixels: v.config.Input.Size(),
	}
	if images, ok := rows.(dataset.Images); ok {
		v.signs.constantPixels = constantPixels(images)
	}
	return v.compare(ctx, m)
}

// compare evaluates as many training images as test images.
func (v *evaluation) compare(ctx context.Context, m *vae.Model) (err error) {
	s, n := &v.signs, min(v.training.Len(), v.testing.Len())
	if n == 0 {
		return nil
	}
	s.trainImages, s.testImages = n, n
	if s.train, err = m.Evaluate(ctx, v.training.Limit(n), v.options); err != nil {
		return err
	}
	s.test, err = m.Evaluate(ctx, v.testing.Limit(n), v.options)
	return err
}

// active is how many components say something of an image.
func (v *evaluation) active() int {
	n := 0
	for _, l := range v.latents {
		if l.Active() || v.config.Kind == vae.AE && l.StdDev > 0 {
			n++
		}
	}
	return n
}
