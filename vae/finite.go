package vae

import (
	"errors"
	"fmt"
	"math"
	"unsafe"
)

// ErrNotFinite says that an output of a model is NaN or infinite.
var ErrNotFinite = errors.New("vae: the outputs are not finite numbers: the weights are too large (train again with a smaller learning rate), or the inputs are not finite")

// checkFinite is [ErrNotFinite] where one of xs is not finite.
func checkFinite(xs ...[]float32) error {
	for _, x := range xs {
		for _, v := range x {
			if v-v != 0 {
				return ErrNotFinite
			}
		}
	}
	return nil
}

// checkPixels is an error that names the first pixel outside [0, 1], for which there is
// no likelihood under Bernoulli.
func checkPixels(x []float32) error {
	if inUnit(x) {
		return nil
	}
	for i, v := range x {
		if !(v >= 0 && v <= 1) {
			return fmt.Errorf("vae: pixel %d is %v: a Bernoulli likelihood wants pixels from 0 to 1", i, v)
		}
	}
	return nil // -0
}

// inUnit tells whether all bits of x are those of numbers from +0 to 1, which are the
// integers up to those of 1. It takes two at a time: a training step should not notice.
func inUnit(x []float32) bool {
	const (
		one   = 0x3f800000
		ones  = one<<32 | one
		signs = 1<<63 | 1<<31
	)
	// A sign bit is set where a number is outside. A borrow from the lower one changes
	// no more than what is outside already.
	var a, b uint64
	pairs := unsafe.Slice((*uint64)(unsafe.Pointer(unsafe.SliceData(x))), len(x)/2)
	for ; len(pairs) >= 4; pairs = pairs[4:] {
		p := (*[4]uint64)(pairs)
		a |= p[0] | (ones - p[0]) | p[1] | (ones - p[1])
		b |= p[2] | (ones - p[2]) | p[3] | (ones - p[3])
	}
	for _, p := range pairs {
		a |= p | (ones - p)
	}
	for _, v := range x[len(x)&^1:] {
		p := uint64(math.Float32bits(v))
		a |= p | (one - p)
	}
	return (a|b)&signs == 0
}
