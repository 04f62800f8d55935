package vae

import (
	"bytes"
	"fmt"
	"math"
	"strings"

	"github.com/lanewise/lanewise/vae/dataset"
)

// Signs are the numbers that a diagnosis of a model and its data rests on.
type Signs struct {
	Kind           Kind
	Active, Latent int     // components of the code; see [Latent.Active]
	Saturated      float64 // share of log variances outside [-10, 10]

	Pixels         int // numbers of an image
	ConstantPixels int // that are the same in all images

	Train, Test             Loss
	TrainImages, TestImages int
}

// The thresholds of a diagnosis.
const (
	mostSaturated  = 0.05
	mostConstant   = 0.5
	mostOverfitted = 0.25
	leastImages    = 100
	leastKL        = 0.1 // nats of a code
)

// Diagnosis is one line: all of these that are found, or "nothing to say".
//
//   - posterior collapse: no component of a variational autoencoder is active, or all of
//     them tell less than 0.1 nats of a test image;
//   - saturated logvar: more than 5 % of the log variances are outside [-10, 10], so that
//     a code is a point (below) or noise (above);
//   - constant pixels: more than half of the numbers of an image are the same in all;
//   - overfitting: the test loss, without beta, is above that of the training images by
//     more than a quarter of this, measured on at least 100 images each. (Of a loss that
//     may be negative the quarter is that of |reconstruction| + KL.)
func (s Signs) Diagnosis() string {
	var found []string
	say := func(format string, args ...any) { found = append(found, fmt.Sprintf(format, args...)) }
	switch {
	case s.Kind != VAE || s.Latent == 0:
	case s.Active == 0:
		say("posterior collapse: 0 of %d components are active, so a code says nothing of its image; try a smaller beta, or let it grow", s.Latent)
	case s.TestImages > 0 && s.Test.KL < leastKL:
		say("posterior collapse: the %d of %d components that are active say hardly anything of an image, %.2g nats in all; try a smaller beta, or let it grow", s.Active, s.Latent, s.Test.KL)
	}
	if s.Saturated > mostSaturated {
		say("saturated logvar: %.0f %% of the log variances are outside [-10, 10]; try a larger beta or a smaller learning rate", 100*s.Saturated)
	}
	if float64(s.ConstantPixels) > mostConstant*float64(s.Pixels) {
		say("constant pixels: %d of %d are the same in all images; crop them, or look at the data", s.ConstantPixels, s.Pixels)
	}
	train, test := s.Train.Reconstruction+s.Train.KL, s.Test.Reconstruction+s.Test.KL
	if min(s.TrainImages, s.TestImages) >= leastImages &&
		test-train > mostOverfitted*(math.Abs(s.Train.Reconstruction)+s.Train.KL) {
		say("overfitting: the loss is %.4g on training images and %.4g on test images; try more images, fewer epochs or a smaller model", train, test)
	}
	if len(found) == 0 {
		return "nothing to say"
	}
	return strings.Join(found, "; ")
}

// ConstantPixels is how many numbers of an image are the same in all.
func ConstantPixels(images dataset.Images) int {
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
