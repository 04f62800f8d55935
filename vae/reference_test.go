package vae

import (
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// An mlp is a model of dense layers with ReLU: Hidden are the encoder's, which the decoder
// has in reverse. Variance is that of a Gaussian likelihood, or 0 for Bernoulli.
type mlp struct {
	Kind       Kind
	Rows, Cols int
	Hidden     []int
	Latent     int
	Variance   float64
}

func (c mlp) config() Config {
	d := DenseConfig(c.Kind, Shape{c.Rows, c.Cols, 1}, c.Hidden, c.Latent)
	if c.Variance != 0 {
		d.Likelihood = Gaussian{Variance: c.Variance}
	}
	return d
}

func (c mlp) pixels() int { return c.Rows * c.Cols }

// A reference is a model in float64, written from the formulas and not from
// the code. Its layers are views of one array laid out as a checkpoint is, so
// that a change of an element is a change of the model.
type reference struct {
	mlp
	encoder    []dense // hidden layers
	mu, logvar dense
	decoder    []dense // hidden layers and the output
}

// A dense layer is y = W·x + b, with W out×in.
type dense struct {
	in, out int
	w, b    []float64
}

func newReference(c mlp, weights []float64) *reference {
	cut := func(in, out int) dense {
		d := dense{in, out, weights[:in*out], weights[in*out : in*out+out]}
		weights = weights[in*out+out:]
		return d
	}
	r := &reference{mlp: c}
	width := c.Rows * c.Cols
	for _, h := range c.Hidden {
		r.encoder = append(r.encoder, cut(width, h))
		width = h
	}
	r.mu = cut(width, c.Latent)
	if c.Kind == VAE {
		r.logvar = cut(width, c.Latent)
	}
	width = c.Latent
	for i := len(c.Hidden); i > 0; i-- {
		r.decoder = append(r.decoder, cut(width, c.Hidden[i-1]))
		width = c.Hidden[i-1]
	}
	r.decoder = append(r.decoder, cut(width, c.Rows*c.Cols))
	if len(weights) != 0 {
		panic("the reference has fewer weights than the model")
	}
	return r
}

func (d dense) apply(x []float64) []float64 {
	y := make([]float64, d.out)
	for o := range y {
		y[o] = d.b[o]
		for i := range x {
			y[o] += d.w[o*d.in+i] * x[i]
		}
	}
	return y
}

func relu(x []float64) []float64 {
	for i, v := range x {
		if v < 0 {
			x[i] = 0
		}
	}
	return x
}

func (r *reference) encode(x []float64) (mu, logvar []float64) {
	for _, l := range r.encoder {
		x = relu(l.apply(x))
	}
	mu = r.mu.apply(x)
	if r.Kind == VAE {
		logvar = r.logvar.apply(x)
	}
	return mu, logvar
}

// decode gives logits or means.
func (r *reference) decode(z []float64) []float64 {
	last := len(r.decoder) - 1
	for _, l := range r.decoder[:last] {
		z = relu(l.apply(z))
	}
	return r.decoder[last].apply(z)
}

// reconstruction is -log p(x|z), or the squared error of an autoencoder.
func (r *reference) reconstruction(x, z []float64) float64 {
	var sum float64
	for i, y := range r.decode(z) {
		switch {
		case r.Kind == AE:
			sum += (y - x[i]) * (y - x[i])
		case r.Variance == 0: // -x·log σ(y) - (1-x)·log σ(-y)
			sum += x[i]*softplus(-y) + (1-x[i])*softplus(y)
		default:
			sum += (y-x[i])*(y-x[i])/(2*r.Variance) + math.Log(2*math.Pi*r.Variance)/2
		}
	}
	return sum
}

func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// divergence is KL(N(mu, exp(logvar)) ‖ N(0, 1)).
func divergence(mu, logvar []float64) float64 {
	var sum float64
	for i, m := range mu {
		sum += (math.Exp(logvar[i]) + m*m - 1 - logvar[i]) / 2
	}
	return sum
}

// loss is the two sums over the rows of x, with the same noise as the model.
func (r *reference) loss(x, eps []float64) (reconstruction, kl float64) {
	pixels := r.Rows * r.Cols
	for i := range len(x) / pixels {
		image := x[i*pixels:][:pixels]
		z, logvar := r.encode(image)
		if r.Kind == VAE {
			kl += divergence(z, logvar)
			for j := range z {
				z[j] += math.Exp(logvar[j]/2) * eps[i*r.Latent+j]
			}
		}
		reconstruction += r.reconstruction(image, z)
	}
	return reconstruction, kl
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

// drawn is n elements of a noise field.
func drawn(e *kernels.Engine, n int, noise kernels.Noise) []float64 {
	eps := make([]float32, n)
	e.Normal(eps, noise)
	return widen(eps)
}

// uniform is n numbers in [0, 1), the same on every machine.
func uniform(n int, seed uint64) []float32 {
	x := make([]float32, n)
	for i := range x {
		x[i] = kernels.Noise{Seed: seed}.Uniform(uint64(i))
	}
	return x
}

// near fails on NaN.
func near(got, want, tolerance float64) bool { return math.Abs(got-want) <= tolerance }

// brief asks for less work: an emulator and the race detector cost a factor of
// ten or more, and the bits are the same as those of a longer test elsewhere.
func brief() bool { return testing.Short() || raceEnabled }

func engine() *kernels.Engine { return kernels.New(kernels.Default(), 2) }

func newTestModel(t testing.TB, c mlp, seed uint64) *Model {
	t.Helper()
	m, err := New(c.config(), engine(), seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
