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

// A validation holds images out of the training ones, which say which epoch was the best.
type validation struct {
	part   float64 // of the training images; 0 for none
	images dataset.Images

	epoch int // the best one until now; 0 for none
	loss  vae.Loss
	model bytes.Buffer // its checkpoint
	saved int          // the epoch that the file holds
}

// hold takes the last of the images, and returns the others.
func (v *validation) hold(train dataset.Images) (dataset.Images, error) {
	if v.part == 0 {
		return train, nil
	}
	held := int(math.Round(min(v.part, 1) * float64(train.Len())))
	rest := train.Len() - held
	if held == 0 || rest == 0 {
		return train, fmt.Errorf("-validate %v holds out %d of %s: want some, and some to train on", v.part, held, count(train.Len(), "training image"))
	}
	v.images = train
	v.images.Pixels = train.Pixels[rest*train.Size():]
	v.images.Labels = nil
	return train.Limit(rest), nil
}

// judge measures a model after an epoch, and keeps it if no other was better.
func (v *validation) judge(ctx context.Context, m *vae.Model, epoch int, o vae.Options) float64 {
	if v.part == 0 {
		return math.NaN()
	}
	loss, err := m.Evaluate(ctx, v.images, o)
	if err != nil {
		return math.NaN() // it was interrupted
	}
	if v.epoch == 0 || loss.Total < v.loss.Total {
		v.model.Reset()
		m.WriteTo(&v.model) // memory takes all
		v.epoch, v.loss = epoch, loss
	}
	return loss.Total
}

// save writes the best model, if the file has another.
func (v *validation) save(path string) error {
	if v.epoch == v.saved {
		return nil
	}
	err := save.File(path, func(w io.Writer) error {
		_, err := w.Write(v.model.Bytes())
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
