// Package digits embeds a small, real part of MNIST, so that a model can be
// trained without a download: 6,000 training and 1,000 test images of
// handwritten digits, 28x28 grey pixels, white ink on black, with their labels.
//
// They are the first 600 images of each digit in MNIST's training file and the
// first 100 of each in its test file, in the order of those files, with their
// pixels unchanged; make.go chooses and writes them.
//
// # Source and licence
//
// MNIST is by Yann LeCun, Corinna Cortes and Christopher J.C. Burges
// (http://yann.lecun.com/exdb/mnist/), derived from the NIST Special Databases
// 3 and 1. It is available under the Creative Commons Attribution-Share Alike
// 3.0 licence (https://creativecommons.org/licenses/by-sa/3.0/), and so is this
// part of it; the licence of the Go code does not extend to the four data files.
package digits

import (
	_ "embed" // for the data
	"fmt"
	"strings"

	"github.com/lanewise/lanewise/vae/dataset"
)

var (
	//go:embed train-images-idx3-ubyte.gz
	train string
	//go:embed t10k-images-idx3-ubyte.gz
	test string
	//go:embed train-labels-idx1-ubyte.gz
	trainLabels string
	//go:embed t10k-labels-idx1-ubyte.gz
	testLabels string
)

// Load decompresses the embedded images. Each call gives a copy of its own.
func Load() (dataset.Split, error) {
	var s dataset.Split
	var err error
	for _, part := range []struct {
		name           string
		to             *dataset.Images
		images, labels string
	}{{"training", &s.Train, train, trainLabels}, {"test", &s.Test, test, testLabels}} {
		if *part.to, err = dataset.ReadIDX(strings.NewReader(part.images)); err != nil {
			return dataset.Split{}, fmt.Errorf("digits: embedded %s images: %w", part.name, err)
		}
		if part.to.Labels, err = dataset.ReadLabels(strings.NewReader(part.labels)); err != nil {
			return dataset.Split{}, fmt.Errorf("digits: embedded %s labels: %w", part.name, err)
		}
	}
	return s, nil
}
