package main

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"github.com/lanewise/lanewise/vae"
)

const (
	shownLatents   = 64 // of a code, in the lines of eval
	latentsPerLine = 8
)

// text is what eval prints.
func (v *evaluation) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%d %ss)\nweights %s\n", lossText(cmp.Or(v.split, "mean"), v.loss, v.options, v.config), v.images, thing(v.config), v.weights)
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-13s %s\n", name, fmt.Sprintf(format, args...))
	}
	if v.config.Kind == vae.VAE {
		line("ELBO", "%.2f nats per %s", v.elbo(), thing(v.config))
		if v.k > 0 {
			line("log p(x) >=", "%.2f nats per %s (importance-weighted, k = %d)", v.bound, thing(v.config), v.k)
		}
		line("active", "%d of %d components", v.signs.active, len(v.latents))
	} else {
		line("active", "%d of %d components vary", v.signs.active, len(v.latents))
	}
	v.latentLines(&b)
	switch r := v.codes.MeanCorrelation; {
	case !math.IsNaN(r):
		line("independence", "%.3f is the mean |correlation| of two components", r)
	case v.codes.Correlation == nil:
		line("independence", "not measured of so many components")
	default:
		line("independence", "there are no two components to compare")
	}
	line("diagnosis", "%s", v.signs.diagnosis())
	return b.String()
}

func (v *evaluation) elbo() float64 { return -v.loss.Reconstruction - v.loss.KL }

// latentLines are what the components tell, and those that are left out together.
func (v *evaluation) latentLines(b *strings.Builder) {
	name, value := "KL", func(l vae.Latent) float64 { return l.KL }
	if v.config.Kind == vae.AE {
		name, value = "std dev", func(l vae.Latent) float64 { return l.StdDev }
	}
	for i, l := range v.latents[:min(len(v.latents), shownLatents)] {
		if i%latentsPerLine == 0 {
			if i > 0 {
				b.WriteByte('\n')
			}
			fmt.Fprintf(b, "%-13s", name)
			name = ""
		}
		fmt.Fprintf(b, " %6s", fmt.Sprintf("%d:", l.Component))
		fmt.Fprintf(b, " %6.3g", value(l))
	}
	b.WriteByte('\n')
	if rest := v.latents[min(len(v.latents), shownLatents):]; len(rest) > 0 {
		fmt.Fprintf(b, "%-13s and %d components of %.3g or less\n", "", len(rest), value(rest[0]))
	}
}

// An evalReport is the line that -json prints.
type evalReport struct {
	Model          string  `json:"model"`
	Set            string  `json:"set"`
	Threads        int     `json:"threads"`
	Seed           uint64  `json:"seed"`
	Beta           float64 `json:"beta"`
	Noise          string  `json:"noise,omitempty"`
	Split          string  `json:"split,omitempty"` // of images
	Examples       int     `json:"examples"`
	Loss           float64 `json:"loss"`
	Reconstruction float64 `json:"reconstruction"`
	KL             float64 `json:"kl"`

	ELBO            *float64       `json:"elbo,omitempty"`  // of a vae
	Bound           *float64       `json:"bound,omitempty"` // importance-weighted, with -k
	Samples         int            `json:"k,omitempty"`
	Active          int            `json:"active"`
	Latents         []latentReport `json:"latents"`          // those first that tell most
	MeanCorrelation *float64       `json:"mean_correlation"` // null where there are no two components
	Correlation     [][]float64    `json:"correlation"`
	SaturatedLogvar float64        `json:"saturated_logvar"`
	ConstantPixels  int            `json:"constant_pixels"`
	Compared        int            `json:"compared"` // images of each split
	TrainLoss       float64        `json:"train_loss"`
	TestLoss        float64        `json:"test_loss"`
	Diagnosis       string         `json:"diagnosis"`

	jpegRecord
	WeightsSHA256 string `json:"weights_sha256"`
	Checkpoint    string `json:"checkpoint"`
}

type latentReport struct {
	Component int     `json:"component"`
	Mean      float64 `json:"mean"`
	StdDev    float64 `json:"std_dev"`
	KL        float64 `json:"kl"`
}

func (v *evaluation) record() evalReport {
	s := v.signs
	r := evalReport{
		Model: string(v.config.Kind), Set: v.engine.Set().Name(), Threads: v.engine.Threads(), Seed: v.options.Seed, Beta: v.options.Beta,
		Split: v.split, Examples: v.images, Loss: v.loss.Total, Reconstruction: v.loss.Reconstruction, KL: v.loss.KL,
		Samples: v.k, Active: s.active, SaturatedLogvar: s.saturated, ConstantPixels: s.constantPixels,
		Compared: s.testImages, TrainLoss: s.train.Total, TestLoss: s.test.Total, Diagnosis: s.diagnosis(),
		jpegRecord: v.jpeg, WeightsSHA256: v.weights, Checkpoint: v.checkpoint,
	}
	if v.options.Corrupt != (vae.Corruption{}) {
		r.Noise = noiseText(v.options.Corrupt)
	}
	if elbo := v.elbo(); v.config.Kind == vae.VAE {
		r.ELBO = &elbo
	}
	if v.k > 0 {
		r.Bound = &v.bound
	}
	if mean := v.codes.MeanCorrelation; !math.IsNaN(mean) {
		r.MeanCorrelation = &mean
	}
	for _, l := range v.latents {
		r.Latents = append(r.Latents, latentReport{l.Component, l.Mean, l.StdDev, l.KL})
	}
	for c := v.codes.Correlation; len(c) > 0; c = c[len(v.latents):] {
		r.Correlation = append(r.Correlation, c[:len(v.latents)])
	}
	return r
}
