package vae

import (
	"context"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// evalBatch is the number of images that are evaluated at a time: a multiple
// of 64, so that every batch starts at a whole group of noise.
const evalBatch = 256

// eachBatch calls f with all images, evalBatch at a time, until ctx ends or f fails.
func (m *Model) eachBatch(ctx context.Context, images dataset.Images, f func(first int, x []float32) error) error {
	b := newBatch(evalBatch, m.cfg.Input.Size())
	index := make([]int, 0, evalBatch)
	for i := 0; i < images.Len(); i += evalBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		index = index[:0]
		for j := i; j < min(i+evalBatch, images.Len()); j++ {
			index = append(index, j)
		}
		if err := f(i, b.gather(images, index)); err != nil {
			return err
		}
	}
	return nil
}

// A batch holds images as the model wants them.
type batch struct {
	x     []float32
	value [256]float32 // of a pixel's byte
}

func newBatch(n, pixels int) *batch {
	b := &batch{x: make([]float32, n*pixels)}
	for i := range b.value {
		b.value[i] = float32(i) / 255
	}
	return b
}

// gather copies the images with the given indices.
func (b *batch) gather(images dataset.Images, index []int) []float32 {
	size := images.Size()
	for i, j := range index {
		row := b.x[i*size:][:size]
		for k, p := range images.Image(j) {
			row[k] = b.value[p]
		}
	}
	return b.x[:len(index)*size]
}

// shuffle fills order with a permutation of its indices (Fisher & Yates, as in
// Durstenfeld 1964), the same on every machine.
func shuffle(order []int, noise kernels.Noise) {
	for i := range order {
		order[i] = i
	}
	for i := len(order) - 1; i > 0; i-- {
		j := int(uint64(noise.Bits(uint64(i))) * uint64(i+1) >> 32)
		order[i], order[j] = order[j], order[i]
	}
}

// Floats is images as rows of float32, as the model wants them.
func Floats(images dataset.Images) []float32 {
	index := make([]int, images.Len())
	for i := range index {
		index[i] = i
	}
	return newBatch(len(index), images.Size()).gather(images, index)
}
