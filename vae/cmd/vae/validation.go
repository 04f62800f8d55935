package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// A validation has images held out of the training ones, which say which epoch was the
// best.
type validation struct {
	images dataset.Images // none without -validate

	epoch int // the best one until now; 0 for none
	loss  vae.Loss
	model []byte // its checkpoint
	saved int    // the epoch that the file holds
}

// hold takes a part of the images, the last ones, and returns the others.
func (v *validation) hold(part float64, train dataset.Images) (dataset.Images, error) {
	if part == 0 {
		return train, nil
	}
	held := int(math.Round(min(part, 1) * float64(train.Len())))
	rest := train.Len() - held
	if held == 0 || rest == 0 {
		return train, fmt.Errorf("-validate %v holds out %d of %s: want some, and some to train on", part, held, count(train.Len(), "training image"))
	}
	v.images = train
	v.images.Pixels = train.Pixels[rest*train.Size():]
	v.images.Labels = nil
	return train.Limit(rest), nil
}

// judge measures a model after an epoch, and keeps it if no other was better.
func (v *validation) judge(ctx context.Context, m *vae.Model, epoch int, o vae.Options) float64 {
	if v.images.Len() == 0 {
		return math.NaN()
	}
	loss, err := m.Evaluate(ctx, v.images, o)
	if err != nil {
		return math.NaN() // it was interrupted
	}
	least := math.Inf(1)
	if v.epoch > 0 {
		least = v.loss.Total
	}
	if loss.Total < least { // not where it is NaN
		b := bytes.NewBuffer(v.model[:0])
		if _, err := m.WriteTo(b); err == nil { // else the model cannot be saved either, which is told then
			v.model, v.epoch, v.loss = b.Bytes(), epoch, loss
		}
	}
	return loss.Total
}

// save writes the best model, if the file has another.
func (v *validation) save(path string) error {
	if v.epoch == v.saved {
		return nil
	}
	err := save.File(path, func(w io.Writer) error {
		_, err := w.Write(v.model)
		return err
	})
	if err == nil {
		v.saved = v.epoch
	}
	return err
}

// text says which epoch was the best.
func (v *validation) text(history []record, o vae.Options, c vae.Config) string {
	return fmt.Sprintf("%s is of epoch %d, the best by the %s held out: their loss is %.2f\n%s\n", bestName, v.epoch,
		count(v.images.Len(), "image"), v.loss.Total, lossText("its test", history[v.epoch-1].Test, o, c))
}
