package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae"
)

// architectureFlags say what a new model is.
type architectureFlags struct {
	model      string // vae, ae, preset:NAME or a file
	hidden     []int
	latent     int // 0 for that of the model
	likelihood likelihoodFlag
	glorot     bool
}

const defaultLatent = 20

func (a *architectureFlags) register(f *flag.FlagSet) {
	a.model = string(vae.VAE)
	f.StringVar(&a.model, "model", a.model, "`vae, ae or FILE`: a variational autoencoder or a plain one, of dense layers,\nor what a JSON file describes, as vae describe -json prints it")
	f.Var(&whole{&a.latent, 1, maxWidth}, "latent", "`components` of a code; 20 for dense layers where it is left out")
	a.registerHidden(f)
	f.Var(&a.likelihood, "likelihood", "`p(x|z)`: bernoulli, gaussian with a learned variance, gaussian:0.1 with\na variance of 0.1, or squared, which is the error and no likelihood.\nbernoulli for a vae and squared for an ae where it is left out")
	f.BoolVar(&a.glorot, "glorot", false, "first weights of Glorot, as in Keras, instead of PyTorch's")
}

func (a *architectureFlags) registerHidden(f *flag.FlagSet) {
	a.hidden = []int{400}
	f.Var(&widths{&a.hidden}, "hidden", "`widths` of the encoder's hidden layers, such as 512,256, or none;\nthe decoder has them in reverse")
}

// config is the model for images of a shape; a zero shape leaves it to the model.
func (a *architectureFlags) config(f *flag.FlagSet, input vae.Shape) (vae.Config, error) {
	var c vae.Config
	if a.dense() {
		latent := a.latent
		if latent == 0 {
			latent = defaultLatent
		}
		c = vae.DenseConfig(vae.Kind(a.model), input, a.hidden, latent)
	} else {
		var err error
		if c, err = readModel(a.model); err != nil {
			return c, err
		}
		if given(f)["hidden"] {
			return c, fmt.Errorf("-hidden is for dense layers, but %s has layers of its own", a.flag())
		}
		if a.latent != 0 {
			c.Latent = a.latent
		}
		if c.Input == (vae.Shape{}) {
			c.Input = input
		}
		if input != (vae.Shape{}) && c.Input != input {
			return c, fmt.Errorf("%s is for %s, but -data has %s%s", a.flag(), rowsOf(c.Input), rowsOf(input), resizing(": %s makes them fit", c.Input, input))
		}
	}
	if a.likelihood.Likelihood != nil {
		c.Likelihood = a.likelihood.Likelihood
	}
	if a.glorot {
		c.Init = vae.GlorotInit
	}
	if err := c.Validate(); err != nil {
		return c, fmt.Errorf("%s: %s", a.flag(), strings.TrimPrefix(err.Error(), "vae: "))
	}
	return c, nil
}

// dense tells whether the model is not described in a file.
func (a *architectureFlags) dense() bool {
	return a.model == string(vae.VAE) || a.model == string(vae.AE)
}

// flag is the flag that names the model.
func (a *architectureFlags) flag() string {
	if preset, ok := strings.CutPrefix(a.model, "preset:"); ok {
		return "-preset " + preset
	}
	return "-model " + a.model
}

// rowsOf is what rows of a shape are.
func rowsOf(s vae.Shape) string {
	if s == vae.Flat(s.Channels) {
		return "rows of " + count(s.Channels, "number")
	}
	return fmt.Sprintf("images of %v", s)
}

// resizing says, if there is one, which flag makes images of another size fit.
func resizing(format string, want, got vae.Shape) string {
	if want.Channels != got.Channels || got == vae.Flat(got.Channels) {
		return ""
	}
	return fmt.Sprintf(format, fmt.Sprint("-size ", &imageSize{want.Width, want.Height}))
}

// maxDescription bounds what is read of a model's description.
const maxDescription = 1 << 20

func readModel(name string) (c vae.Config, err error) {
	var text []byte
	if preset, ok := strings.CutPrefix(name, "preset:"); ok {
		text, err = presetModels.ReadFile("presets/" + preset + ".json")
	} else {
		text, err = readBounded(name, maxDescription, "description of a model")
	}
	if err != nil {
		return c, fmt.Errorf("-model wants vae, ae or a JSON file: %w", err)
	}
	c, err = vae.ParseConfig(text)
	if err != nil {
		return c, fmt.Errorf("-model %s: %w", name, err)
	}
	return c, nil
}

// readBounded reads a file of at most so many bytes; a larger one is no such thing.
func readBounded(path string, most int64, what string) ([]byte, error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if size > most {
		return nil, fmt.Errorf("%s is larger than %d bytes, and no %s", path, most, what)
	}
	return io.ReadAll(io.LimitReader(f, most))
}

// likelihoodFlag is a likelihood, or nil for that of the model.
type likelihoodFlag struct {
	vae.Likelihood
	text string
}

func (l *likelihoodFlag) String() string { return l.text }

func (l *likelihoodFlag) Set(s string) error {
	kind, value, more := strings.Cut(s, ":")
	switch {
	case s == "bernoulli":
		l.Likelihood = vae.Bernoulli{}
	case s == "squared":
		l.Likelihood = vae.SquaredError{}
	case s == "gaussian":
		l.Likelihood = vae.Gaussian{Variance: 1, Learned: true}
	case kind == "gaussian" && more:
		v, err := strconv.ParseFloat(value, 64)
		if err != nil || !(v > 0 && v <= math.MaxFloat32) {
			return errors.New("want a variance above 0, such as gaussian:0.1")
		}
		l.Likelihood = vae.Gaussian{Variance: v}
	default:
		return errors.New("want bernoulli, gaussian, gaussian:0.1 or squared")
	}
	l.text = s
	return nil
}
