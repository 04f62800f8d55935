package vae

import (
	"errors"
	"fmt"
	"log/slog"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// Options are the settings of a training run. What is 0 below is left out.
type Options struct {
	Epochs int
	Batch  int     // images per step
	LR     float64 // Adam's learning rate
	Beta   float64 // weight of the KL; 1 is the ELBO
	Seed   uint64  // of the order of images and of the noise

	// Shards is the number of parts that a batch is cut into, 1 if it is 0: of n images
	// part i has those from ⌊i·n/Shards⌋ to ⌊(i+1)·n/Shards⌋. The gradient of each is
	// computed by itself, on one thread, and they are added in pairs, neighbours first.
	// The weights' bits depend on the number of parts, as they do on Batch, and not on
	// how many threads work on them. A part has as much memory as a gradient and its
	// share of a batch take.
	Shards int
	// Exchange, if not nil, joins processes that train together, each of which works on
	// as many shards, neighbours: their number divides Shards. It is no part of the result.
	Exchange Exchange

	Eps         float64  // Adam's; 0 stands for 1e-8
	WeightDecay float64  // decoupled from the gradient, as in AdamW
	Clip        float64  // largest norm of the gradient, which is scaled down to it
	Schedule    Schedule // of the learning rate

	BetaSteps int // steps in which the KL's weight grows from 0 to Beta
	// FreeBits is how many nats a component may tell of an image, in the mean over a
	// batch, before its KL counts (Kingma et al., "Improved Variational Inference with
	// Inverse Autoregressive Flow", 2016). It changes the gradient, not the loss.
	FreeBits float64
	// Capacity C makes the loss Beta·|KL - C|, where C grows from 0 in CapacitySteps
	// (Burgess et al., "Understanding disentangling in beta-VAE", 2018).
	Capacity      float64
	CapacitySteps int

	// Corrupt makes a denoising autoencoder: the encoder sees a corrupted image, whose
	// reconstruction is compared with the clean one.
	Corrupt Corruption

	// Binarize draws black and white pixels anew in every epoch, each with the
	// probability of its value: see [Binarized], which is for the test images.
	Binarize bool

	// Resume goes on where the last training of the model stood, or that of the state that
	// [LoadState] has read: in the next epoch, or in the middle of one. Epochs counts those
	// before, too. With the same rows and options the bits are those of a training that
	// never stopped.
	Resume bool

	// Progress, if not nil, is called after every step.
	Progress func(Progress)
	// EpochDone, if not nil, is called after every epoch, with its line of the
	// history.
	EpochDone func(Epoch)
	// Logger, if not nil, gets a record for every epoch, with the message epoch.
	Logger *slog.Logger
}

// DefaultOptions are those of the PyTorch example: batches of 128, a learning
// rate of 0.001.
func DefaultOptions() Options {
	return Options{Epochs: 10, Batch: 128, LR: 1e-3, Beta: 1, Seed: 1}
}

// Validate reports what is wrong with the options.
func (o Options) Validate() error {
	switch {
	case o.Epochs < 1:
		return fmt.Errorf("vae: epochs %d: want at least 1", o.Epochs)
	case o.Batch < 1:
		return fmt.Errorf("vae: batch %d: want at least 1", o.Batch)
	}
	return o.validateStep()
}

func (o *Options) shards() int { return max(o.Shards, 1) }

// MaxShards is the largest number of parts of a batch.
const MaxShards = 1024

func (o *Options) validateStep() error {
	if !(o.LR > 0 && o.LR <= math.MaxFloat32) {
		return fmt.Errorf("vae: learning rate %v: want a positive number", o.LR)
	}
	for _, x := range []struct {
		name  string
		value float64
	}{
		{"beta", o.Beta}, {"eps", o.Eps}, {"weight decay", o.WeightDecay}, {"gradient's norm", o.Clip},
		{"free bits", o.FreeBits}, {"capacity", o.Capacity},
	} {
		if !(x.value >= 0 && x.value <= math.MaxFloat32) {
			return fmt.Errorf("vae: %s %v: want 0 or a positive number", x.name, x.value)
		}
	}
	switch {
	case o.Eps != 0 && float32(o.Eps) == 0:
		return fmt.Errorf("vae: eps %v: want a number that float32 holds", o.Eps)
	case o.LR*o.WeightDecay > 1:
		return fmt.Errorf("vae: weight decay %v: want at most 1/%v, for it is multiplied by the learning rate", o.WeightDecay, o.LR)
	case o.Shards < 0 || o.Shards > MaxShards:
		return fmt.Errorf("vae: %d shards: want 1 to %d", o.Shards, MaxShards)
	case o.Exchange != nil && o.shards()%o.Exchange.Ranks() != 0:
		ranks := o.Exchange.Ranks()
		return fmt.Errorf("vae: %d shards on %d ranks: want a multiple of the ranks, such as -shards %d", o.shards(), ranks, (o.shards()/ranks+1)*ranks)
	case min(o.BetaSteps, o.CapacitySteps) < 0:
		return errors.New("vae: a negative number of steps")
	case o.FreeBits > 0 && o.Capacity > 0:
		return errors.New("vae: free bits and a capacity: want one of them")
	}
	if err := o.Corrupt.check(); err != nil {
		return err
	}
	return o.Schedule.check()
}

// smaller says what to try where training diverges.
func (o Options) smaller() string {
	text := fmt.Sprintf("a smaller learning rate than %v", o.LR)
	if o.Beta > 1 {
		text += fmt.Sprintf(", or beta than %v", o.Beta)
	}
	return text
}

// adam has the constants of step t.
func (o *Options) adam(t int) kernels.AdamParams {
	p := kernels.DefaultAdam()
	p.LR = o.LR * o.Schedule.factor(t)
	p.WeightDecay = o.WeightDecay
	if o.Eps != 0 {
		p.Eps = o.Eps
	}
	return p
}

// grown is how much of what grows in a number of steps is there at step t.
func grown(t, steps int) float64 {
	if t >= steps {
		return 1
	}
	return float64(t) / float64(steps)
}

// klWeight is the weight of the KL's gradient at step t, for a batch with this mean KL.
func (o *Options) klWeight(t int, kl float64) float64 {
	weight := o.Beta * grown(t, o.BetaSteps)
	if o.Capacity > 0 && kl < o.Capacity*grown(t, o.CapacitySteps) {
		return -weight
	}
	return weight
}

// weigh is what a KL adds to the loss.
func (o *Options) weigh(kl float64) float64 {
	if o.Capacity > 0 {
		kl = math.Abs(kl - o.Capacity)
	}
	return float64(o.Beta * kl) // not fused, on any machine
}
