package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

// trainingRows are what a run trains on and is tested on.
type trainingRows struct {
	train, test dataset.Source
	columns     *table.Columns // of a table; nil of images
	bytes       float64        // of memory that their numbers take, with those held out
	files       []*dataset.File
}

// close removes what is on the disk.
func (t *trainingRows) close() {
	for _, f := range t.files {
		f.Close()
	}
}

// memory is how many bytes they take, and the order in which they are trained on.
func (t *trainingRows) memory() float64 { return t.bytes + 8*float64(t.train.Len()) }

func (t *trainingRows) shape() vae.Shape {
	h, w, c := t.train.Shape()
	return vae.Shape{Height: h, Width: w, Channels: c}
}

// text is how many rows there are, and of what.
func (t *trainingRows) text() string {
	s := t.shape()
	if t.columns != nil {
		return fmt.Sprintf("%s of %s, %s", count(t.train.Len(), "row"), count(len(t.columns.Columns), "column"), count(s.Size(), "number"))
	}
	if s.Channels > 1 {
		return fmt.Sprintf("%s of %v", count(t.train.Len(), "image"), s)
	}
	return fmt.Sprintf("%s of %d×%d", count(t.train.Len(), "image"), s.Height, s.Width)
}

// load reads the data: images or a table.
func (r *trainRun) load(std streams) (err error) {
	isTable := isTable(r.dataFlags.data)
	if err := r.tableFlags.check(r.flags, isTable); err != nil {
		return err
	}
	if isTable {
		if err := noiseOfTable(r.settingFlags.options.Corrupt); err != nil {
			return err
		}
		if err := r.loadTable(std); err != nil {
			return err
		}
		r.source, err = digestData(r.rows.train, r.best.rows, r.rows.test)
	} else {
		if r.data, err = r.dataFlags.load(std); err != nil {
			return err
		}
		r.source, err = digestData(r.data.Train, nil, r.data.Test)
		r.source.jpegRecord = recordJPEG(r.data)
	}
	if err != nil || r.resumed == nil {
		return err
	}
	return r.source.same(&r.resumed.Data, r.dataFlags.data)
}

// prepareImages makes the rows of the images.
func (r *trainRun) prepareImages() error {
	d := &r.data
	if r.all {
		d.Train.Pixels = slices.Concat(d.Train.Pixels, d.Test.Pixels)
	}
	var held dataset.Images
	if r.validate.part > 0 {
		rest, index, err := r.validate.hold(d.Train.Len(), "image", r.settingFlags.options.Seed)
		if err != nil {
			return err
		}
		held, d.Train = d.Train.Select(index), d.Train.Select(rest)
	}
	r.binarizeData(d, &held)
	r.rows = trainingRows{train: d.Train, test: d.Test, bytes: pixelBytes(d.Train, d.Test, held)}
	if held.Len() > 0 {
		r.best.rows = held
	}
	return nil
}

// defaultQuantile is that of a threshold where no other is given.
const defaultQuantile = 0.99

// scoredRows are those that thresholds are of, which the model has not seen; nil where none
// are to be.
func (r *trainRun) scoredRows() (dataset.Source, float64, error) {
	quantile := r.quantile
	if quantile == 0 {
		if r.rows.columns == nil || r.all && r.best.rows == nil {
			return nil, 0, nil
		}
		quantile = defaultQuantile
	}
	switch {
	case r.best.rows != nil:
		return r.best.rows, quantile, nil
	case r.all:
		return nil, 0, fmt.Errorf("-quantile wants rows that the model has not seen, but -all trains on the test rows, too: hold some out with -validate 0.1")
	}
	return r.rows.test, quantile, nil
}

// fitThresholds sets the thresholds of the model as it is. What cannot be scored is of no
// use, which the loss shows.
func (r *trainRun) fitThresholds(ctx context.Context) {
	rows, quantile, err := r.scoredRows()
	if rows == nil || err != nil {
		return
	}
	var all []vae.Threshold
	for _, score := range []vae.Score{vae.ErrorScore, vae.ELBOScore} {
		scores, err := r.model.Scores(ctx, rows, vae.ScoreOptions{Score: score})
		if err != nil {
			return
		}
		all = append(all, vae.NewThreshold(score, scores, quantile))
	}
	r.model.SetThresholds(all...)
}
