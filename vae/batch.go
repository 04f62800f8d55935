package vae

import (
	"context"
	"fmt"
	"strings"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// evalBatch is the number of rows that are evaluated at a time: a multiple
// of 64, so that every batch starts at a whole group of noise.
const evalBatch = 256

// eachBatch calls f with all rows, evalBatch at a time, until ctx ends or f fails.
func (m *Model) eachBatch(ctx context.Context, rows dataset.Source, f func(first int, b *batch) error) error {
	return m.someBatches(ctx, rows, 0, (rows.Len()+evalBatch-1)/evalBatch, f)
}

// someBatches is eachBatch from the batch first to that before after.
func (m *Model) someBatches(ctx context.Context, rows dataset.Source, first, after int, f func(first int, b *batch) error) error {
	n := rows.Len()
	b := m.newBatch(rows, min(evalBatch, n))
	index := make([]int, 0, evalBatch)
	for i := first * evalBatch; i < min(after*evalBatch, n); i += evalBatch {
		if err := ctx.Err(); err != nil {
			return err
		}
		index = index[:0]
		for j := i; j < min(i+evalBatch, n); j++ {
			index = append(index, j)
		}
		if err := b.gather(index); err != nil {
			return err
		}
		if err := f(i, b); err != nil {
			return err
		}
	}
	return nil
}

// A batch holds rows as a model wants them.
type batch struct {
	rows       dataset.Source
	likelihood Likelihood // which explains them
	n, size    int        // rows, and numbers of each

	x       []float32 // the rows
	input   []float32 // what an encoder may see of them: where x has NaN it has 0
	missing bool      // whether there may be NaN in x

	memory, filled []float32
}

// newBatch is one of at most n rows.
func (m *Model) newBatch(rows dataset.Source, n int) *batch {
	size := m.cfg.Input.Size()
	b := &batch{rows: rows, likelihood: m.likelihood, size: size, memory: make([]float32, n*size)}
	if i, ok := rows.(dataset.Incomplete); ok {
		b.missing = i.Incomplete()
	}
	return b
}

// gather reads the rows with the given indices.
func (b *batch) gather(index []int) error {
	b.n = len(index)
	b.x = b.memory[:b.n*b.size]
	b.input = b.x
	if len(index) == 0 {
		return nil
	}
	if err := b.rows.Gather(b.x, index); err != nil {
		return err
	}
	switch b.rows.(type) {
	case dataset.Images, *binarized:
		return nil // numbers from 0 to 1
	}
	if b.missing {
		b.input = filled(&b.filled, b.x)
	}
	for i, j := range index {
		if err := b.check(b.x[i*b.size:][:b.size], b.input[i*b.size:][:b.size]); err != nil {
			return rowError(j, err)
		}
	}
	return nil
}

// rowError says in which row something is wrong.
func rowError(row int, err error) error {
	return fmt.Errorf("vae: row %d: %s", row, strings.TrimPrefix(err.Error(), "vae: "))
}

// check is an error that names a number of a row for which there is no likelihood. input
// is the row with 0, which every likelihood explains, where a number is missing.
func (b *batch) check(row, input []float32) error {
	for i, v := range row {
		if v-v != 0 && (v == v || !b.missing) {
			return fmt.Errorf("number %d is %v: want finite numbers", i, v)
		}
	}
	return b.likelihood.CheckData(input)
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
	x := make([]float32, len(index)*images.Size())
	images.Gather(x, index) // never fails
	return x
}
