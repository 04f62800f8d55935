package main

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// signs are the numbers that a diagnosis of a model and its data rests on.
type signs struct {
	kind           vae.Kind
	active, latent int     // components of the code; see [vae.Latent.Active]
	saturated      float64 // share of log variances outside [-10, 10]

	pixels         int // numbers of an image
	constantPixels int // that are the same in all images

	train, test             vae.Loss
	trainImages, testImages int
}

// The thresholds of a diagnosis.
const (
	mostSaturated  = 0.05
	mostConstant   = 0.5
	mostOverfitted = 0.25
	leastImages    = 100
	leastKL        = 0.1 // nats of a code
)

// diagnosis is one line: all of these that are found, or "nothing to say".
//
//   - posterior collapse: no component of a variational autoencoder is active, or all of
//     them tell less than 0.1 nats of a test image;
//   - saturated logvar: more than 5 % of the log variances are outside [-10, 10], so that
//     a code is a point (below) or noise (above);
//   - constant pixels: more than half of the numbers of an image are the same in all;
//   - overfitting: the test loss, without beta, is above that of the training images by
//     more than a quarter of this, measured on at least 100 images each. (Of a loss that
//     may be negative the quarter is that of |reconstruction| + KL.)
func (s signs) diagnosis() string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	switch {
	case s.kind != vae.VAE || s.latent == 0:
	case s.active == 0:
		say("posterior collapse: 0 of %d components are active, so a code says nothing of its image; try a smaller beta, or let it grow", s.latent)
	case s.testImages > 0 && s.test.KL < leastKL:
		say("posterior collapse: the %d of %d components that are active say hardly anything of an image, %.2g nats in all; try a smaller beta, or let it grow", s.active, s.latent, s.test.KL)
	}
	if s.saturated > mostSaturated {
		say("saturated logvar: %.0f %% of the log variances are outside [-10, 10]; try a larger beta or a smaller learning rate", 100*s.saturated)
	}
	if float64(s.constantPixels) > mostConstant*float64(s.pixels) {
		say("constant pixels: %d of %d are the same in all images; crop them, or look at the data", s.constantPixels, s.pixels)
	}
	train, test := s.train.Reconstruction+s.train.KL, s.test.Reconstruction+s.test.KL
	if min(s.trainImages, s.testImages) >= leastImages &&
		test-train > mostOverfitted*(math.Abs(s.train.Reconstruction)+s.train.KL) {
		say("overfitting: the loss is %.4g on training images and %.4g on test images; try more images, fewer epochs or a smaller model", train, test)
	}
	if len(found) == 0 {
		return "nothing to say"
	}
	return strings.Join(found, "; ")
}

// constantPixels is how many numbers of an image are the same in all.
func constantPixels(images dataset.Images) int {
	if images.Len() == 0 {
		return 0
	}
	first := images.Image(0)
	varies := make([]bool, len(first))
	for i := range images.Len() {
		image := images.Image(i)
		if bytes.Equal(image, first) {
			continue
		}
		for j, v := range image {
			varies[j] = varies[j] || v != first[j]
		}
	}
	n := 0
	for _, v := range varies {
		if !v {
			n++
		}
	}
	return n
}
