package main

import (
	"errors"
	"flag"
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// settingFlags are the settings of a training; times are in epochs, which become steps
// when the number of images is known.
type settingFlags struct {
	options    vae.Options
	warmUp     float64
	cosine     bool
	milestones milestones
	betaWarmUp float64
	capacityIn float64
	binarize   string
	autoShards bool
}

func (s *settingFlags) register(f *flag.FlagSet) {
	s.options = vae.DefaultOptions()
	o := &s.options
	o.Epochs = defaultEpochs
	f.Var(&whole{&o.Epochs, 1, 1 << 20}, "epochs", "`times` that every image is seen")
	f.Var(&whole{&o.Batch, 1, 1 << 20}, "batch", "`images` in a training step")
	o.Shards = 1
	f.Var(&shardsFlag{o, &s.autoShards}, "shards", "`parts` of a batch, each of which one thread works on; their gradients\nare added. Their number changes the last bits of the result, the number\nof threads does not; auto takes the least power of two that gives each\nthread one, of 8 images at least, and says which; of several processes a\nmultiple of their number")
	seedFlag(f, &o.Seed, "`seed` of all that is random")

	f.Var(&real{&o.LR, true}, "lr", "learning `rate` of Adam")
	f.Var(&real{&o.Eps, false}, "eps", "Adam's `eps`; 0 stands for 1e-8")
	f.Var(&real{&o.WeightDecay, false}, "weight-decay", "`decay` of the weights, as in AdamW")
	f.Var(&real{&o.Clip, false}, "clip", "largest `norm` of the gradient; 0 for any")
	f.Var(&real{&s.warmUp, false}, "warmup", "`epochs` in which the learning rate grows from 0")
	f.BoolVar(&s.cosine, "cosine", false, "let the learning rate fall to 0 along half a cosine")
	o.Schedule.Factor = 0.1
	f.Var(&s.milestones, "milestones", "`epochs`, such as 200,350, after each of which the learning rate is\nmultiplied by -factor")
	f.Var(&real{&o.Schedule.Factor, false}, "factor", "`factor` of -milestones, 0 to 1")

	s.binarize = "none"
	f.Var(&word{&s.binarize, []string{"none", "fixed", "dynamic"}}, "binarize", "black and white pixels with the probability of their value: `none`,\nfixed once for all, or dynamic, anew in every epoch; test images are fixed")
	f.Var(&noiseFlag{&o.Corrupt}, "noise", noiseUsage+";\nthe loss compares with the clean image")

	f.Var(&real{&o.Beta, false}, "beta", "`weight` of the KL in the loss of a vae; 1 is the ELBO")
	f.Var(&real{&s.betaWarmUp, false}, "beta-warmup", "`epochs` in which that weight grows from 0")
	f.Var(&real{&o.FreeBits, false}, "free-bits", "`nats` that a component may tell before its KL counts")
	f.Var(&real{&o.Capacity, false}, "capacity", "`nats` that all may tell: the loss has the KL's distance from them,\nwhich grow from 0 in -capacity-epochs")
	f.Var(&real{&s.capacityIn, false}, "capacity-epochs", "`epochs` in which -capacity grows")
}

// check is an error where flags were given that say nothing together, or nothing of this
// kind of model.
func (s *settingFlags) check(f *flag.FlagSet, kind vae.Kind) error {
	if len(s.milestones) == 0 && given(f)["factor"] {
		return errors.New("-factor is for -milestones, of which there are none")
	}
	return checkKL(f, kind)
}

// finish makes steps of epochs, for a number of images.
func (s *settingFlags) finish(images int) (vae.Options, error) {
	o := s.options
	o.Batch = min(o.Batch, images)
	perEpoch := float64((images + o.Batch - 1) / o.Batch)
	steps := func(epochs float64) int { return int(math.Ceil(min(epochs*perEpoch, 1<<30))) }
	o.Schedule.WarmUp = steps(s.warmUp)
	if s.cosine {
		o.Schedule.Cosine = steps(float64(o.Epochs))
	}
	for _, m := range s.milestones {
		o.Schedule.Milestones = append(o.Schedule.Milestones, steps(float64(m)))
	}
	o.Binarize = s.binarize == "dynamic"
	o.BetaSteps = steps(s.betaWarmUp)
	o.CapacitySteps = steps(s.capacityIn)
	return o, o.Validate()
}

// Streams of random numbers, besides those of package vae, which begin with 1<<32.
const (
	binarizeTraining = iota + 1
	binarizeTest
	binarizeHeld
	drawHeld
)

func binarizedTraining(images dataset.Images, seed uint64) dataset.Images {
	return vae.Binarized(images, kernels.Noise{Seed: seed, Stream: binarizeTraining})
}

func binarizedTest(images dataset.Images, seed uint64) dataset.Images {
	return vae.Binarized(images, kernels.Noise{Seed: seed, Stream: binarizeTest})
}

// binarizeData makes the images black and white that are so once for all.
func (s *settingFlags) binarizeData(data *dataset.Split, held *dataset.Images) {
	if s.binarize != "none" {
		data.Test = binarizedTest(data.Test, s.options.Seed)
		*held = vae.Binarized(*held, kernels.Noise{Seed: s.options.Seed, Stream: binarizeHeld})
	}
	if s.binarize == "fixed" {
		data.Train = binarizedTraining(data.Train, s.options.Seed)
	}
}

// milestones is a flag for epochs in ascending order.
type milestones []int

func (m *milestones) String() string {
	return commas(*m)
}

const maxMilestones = 64

func (m *milestones) Set(s string) error {
	epochs, ok := numbers(s)
	ok = ok && len(epochs) <= maxMilestones
	last := 0
	for _, v := range epochs {
		ok = ok && v > last && v <= 1<<20
		last = v
	}
	if !ok {
		return fmt.Errorf("want up to %d epochs in ascending order, such as 200,350", maxMilestones)
	}
	*m = epochs
	return nil
}
