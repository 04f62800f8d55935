package vae

import (
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/internal/elementary"
)

// A Likelihood says how well the decoder's output explains an image. Its methods are
// those of rows of numbers, of any length, and depend on nothing else.
type Likelihood interface {
	// Kind is the likelihood's name in a description, such as bernoulli.
	Kind() string
	// Check is an error where a parameter makes no sense.
	Check() error
	// CheckData is an error that names the first number of x that cannot be explained.
	CheckData(x []float32) error
	// Loss returns Σ -log p(x|output), and sets grad, which may be output itself, to
	// scale times its gradient for output.
	Loss(e *kernels.Engine, grad, output, x []float32, scale float64) float64
	// Mean sets dst, which may be output itself, to the mean of p(x|output).
	Mean(e *kernels.Engine, dst, output []float32)
}

// Bernoulli has logits as the output, and numbers of an image in [0, 1]:
// -log p = max(y, 0) - y·x + log1p(exp(-|y|)), the binary cross-entropy, in nats.
type Bernoulli struct{}

func (Bernoulli) Kind() string                { return "bernoulli" }
func (Bernoulli) Check() error                { return nil }
func (Bernoulli) CheckData(x []float32) error { return checkPixels(x) }

func (Bernoulli) Loss(e *kernels.Engine, grad, output, x []float32, scale float64) float64 {
	return e.BCEWithLogits(grad, output, x, float32(scale))
}

func (Bernoulli) Mean(e *kernels.Engine, dst, output []float32) { e.Sigmoid(dst, output) }

// SquaredError is ‖x - y‖²: no likelihood, but what a plain autoencoder minimises.
type SquaredError struct{}

func (SquaredError) Kind() string              { return "squared_error" }
func (SquaredError) Check() error              { return nil }
func (SquaredError) CheckData([]float32) error { return nil }

func (SquaredError) Loss(e *kernels.Engine, grad, output, x []float32, scale float64) float64 {
	return e.SquaredError(grad, output, x, float32(scale))
}

func (SquaredError) Mean(_ *kernels.Engine, dst, output []float32) { copy(dst, output) }

// Gaussian is N(y, Variance) with the output as its mean, in nats:
// -log p = (x-y)²/(2·Variance) + ln(2π·Variance)/2.
//
// Where Learned is true the variance is that which explains a training batch best, its
// mean squared error (Rybkin, Daniilidis & Levine, "Simple and Effective VAE Training
// with Calibrated Decoders", 2021), and in a trained model that of its last epoch.
type Gaussian struct {
	Variance float64 `json:"variance"`
	Learned  bool    `json:"learned,omitempty"`
}

func (Gaussian) Kind() string              { return "gaussian" }
func (Gaussian) CheckData([]float32) error { return nil }

func (g Gaussian) Check() error {
	if !(g.Variance > 0 && g.Variance <= math.MaxFloat32) {
		return fmt.Errorf("variance %v: want a positive number", g.Variance)
	}
	return nil
}

func (g Gaussian) Loss(e *kernels.Engine, grad, output, x []float32, scale float64) float64 {
	v := g.Variance
	sum := e.SquaredError(grad, output, x, float32(scale/(2*v)))
	return sum/(2*v) + float64(float64(len(x))*elementary.Ln(2*math.Pi*v))/2
}

func (Gaussian) Mean(_ *kernels.Engine, dst, output []float32) { copy(dst, output) }

// minVariance keeps what is learned from data that a model explains wholly.
const minVariance = 1e-6

// fit learns the variance that explains n numbers with this sum of squared errors best.
func (g *Gaussian) fit(sum float64, n int) {
	if n > 0 {
		g.Variance = max(sum/float64(n), minVariance)
	}
}
