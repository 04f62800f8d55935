package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

// stepFlop is what the products of a training step take: forward, the gradients
// of all weights, and those of all inputs but the images.
const stepFlop = 2 * batchSize * (3*(pixels*hidden+2*hidden*latent+latent*hidden+hidden*pixels) - pixels*hidden)

// stepTrial is how many steps are taken before the losses are compared.
const stepTrial = 20

// stepCases are a whole training step: forward, losses, backward, Adam.
func stepCases() []benchCase {
	return []benchCase{{
		bench: "step", name: fmt.Sprintf("%d-%d-%d, batch %d", pixels, hidden, latent, batchSize),
		work: batchSize, unit: "images/s", scale: 1,
		limit: limit{flop: stepFlop, bytes: adamBytes, footprint: adamFootprint},
		trial: stepTrial,
		setUp: stepImplementations,
	}}
}

func stepImplementations(su *suite) ([]implementation, checker) {
	images, err := firstDigits()
	if err != nil {
		return refuse(err)
	}
	weights := filepath.Join(su.dir, "initial.safetensors")
	newModel := func(e *kernels.Engine) (*vae.Model, error) {
		return vae.New(vae.DefaultConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1}), e, 1)
	}
	if err := saveInitial(newModel, su.engine, weights); err != nil {
		return refuse(err)
	}
	implementations := su.ours(func(e *kernels.Engine) (work, error) {
		if e.Set().Name() == "go" {
			return work{}, errSlow
		}
		m, err := newModel(e)
		if err != nil {
			return work{}, err
		}
		var seen [][2]float64 // losses of the first step, and of the last
		o := vae.DefaultOptions()
		return work{
			run: calls(func() {
				reconstruction, kl, err := m.Step(images, o)
				if err != nil {
					panic(err) // the images are ours
				}
				seen = append(seen[:min(len(seen), 1)], [2]float64{reconstruction, kl})
			}),
			output: func() ([]float64, error) {
				last := seen[len(seen)-1]
				return []float64{seen[0][0], seen[0][1], last[0], last[1]}, nil
			},
		}, nil
	})
	implementations = append(implementations, su.inProcesses(task{
		bench:  "step",
		params: map[string]any{"batch": batchSize, "weights": weights},
		inputs: map[string][]float32{"x": images},
	}, "torch:", "torch:compile", "jax:")...)
	return implementations, checkStep
}

func firstDigits() ([]float32, error) {
	split, err := digits.Load()
	if err != nil {
		return nil, err
	}
	return clone(vae.Floats(split.Train)[:batchSize*pixels]), nil
}

func saveInitial(newModel func(*kernels.Engine) (*vae.Model, error), e *kernels.Engine, path string) error {
	m, err := newModel(e)
	if err != nil {
		return err
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := m.WriteTo(file); err != nil {
		return err
	}
	return file.Close()
}

// refuse is our kernels alone, which fail.
func refuse(err error) ([]implementation, checker) {
	return []implementation{{ourName, ours, func() (work, error) { return work{}, err }}}, nil
}

// checkStep compares losses in nats. All start from the same weights, so that
// the first KL differs by roundings alone; the first reconstruction, whose noise
// differs, by half a percent at most. stepTrial steps later the same
// noise makes a percent or two, and a wrong gradient much more: the loss falls
// by half.
func checkStep(out, first []float64) error {
	if len(out) != 4 {
		return fmt.Errorf("%d losses instead of 4", len(out))
	}
	if first == nil {
		first = out
	}
	for i, tolerance := range []float64{0.005, 1e-3, 0.03} {
		got, want := out[i], first[i]
		what := [...]string{"reconstruction", "KL", "reconstruction"}[i]
		if i == 2 { // after the trial, in total
			got, want, what = got+out[3], want+first[3], "total"
		}
		if !(math.Abs(got-want) <= tolerance*want) {
			return fmt.Errorf("its %s is %v, and %v for %s", what, got, want, ourName)
		}
	}
	if !(out[2]+out[3] < 0.8*(out[0]+out[1])) {
		return fmt.Errorf("its loss went from %v to %v", out[0]+out[1], out[2]+out[3])
	}
	return nil
}
