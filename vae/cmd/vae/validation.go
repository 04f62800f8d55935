package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// A validation has rows held out of the training ones, which say which epoch was the
// best.
type validation struct {
	rows dataset.Source // nil without -validate

	epoch int // the best one until now; 0 for none
	loss  vae.Loss
	model []byte // its checkpoint
	saved int    // the epoch that the file holds
}

// A heldOut is a flag for a part of the training rows: 0.1, or last:0.1.
type heldOut struct {
	part float64
	last bool
}

func (h *heldOut) String() string {
	text := strconv.FormatFloat(h.part, 'g', -1, 64)
	if h.last {
		text = "last:" + text
	}
	return text
}

func (h *heldOut) Set(s string) error {
	number, last := strings.CutPrefix(s, "last:")
	v, err := strconv.ParseFloat(number, 64)
	if err != nil || !(v >= 0 && v < 1) {
		return errors.New("want a part from 0 to 1, such as 0.1, or last:0.1 for the last ones")
	}
	*h = heldOut{v, last}
	return nil
}

// divide gives the rows to train on and those held out, of n: one of each n/held that
// follow one another, drawn by the seed, so that of rows sorted by class some of every
// class are held out; or the last.
func (h *heldOut) divide(n int, seed uint64) (rest, held []int) {
	count := int(math.Round(h.part * float64(n)))
	noise := kernels.Noise{Seed: seed, Stream: drawHeld}
	next := 0
	for i := range count {
		begin, end := part(i, count, n), part(i+1, count, n)
		j := begin + int(uint64(noise.Bits(uint64(i)))*uint64(end-begin)>>32)
		if h.last {
			j = n - count + i
		}
		held = append(held, j)
		for ; next < j; next++ {
			rest = append(rest, next)
		}
		next++
	}
	for ; next < n; next++ {
		rest = append(rest, next)
	}
	return rest, held
}

// part is where part i of n things begins, of count.
func part(i, count, n int) int { return int(int64(i) * int64(n) / int64(count)) }

// hold divides n images or rows for training: those to train on, and those held
// out, of which there are some of each.
func (h *heldOut) hold(n int, thing string, seed uint64) (rest, held []int, err error) {
	rest, held = h.divide(n, seed)
	if len(held) == 0 || len(rest) == 0 {
		err = fmt.Errorf("-validate %v holds out %d of %s: want some, and some to train on", h, len(held), count(n, "training "+thing))
	}
	return rest, held, err
}

// judge measures a model after an epoch, and keeps it if no other was better.
func (v *validation) judge(ctx context.Context, m *vae.Model, epoch int, o vae.Options) float64 {
	if v.rows == nil {
		return math.NaN()
	}
	loss, err := m.Evaluate(ctx, v.rows, o)
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

// takeUp finds the best epoch of a run that is resumed, and its model, which is to be saved
// where the run goes on in another folder.
func (v *validation) takeUp(from, to string, history []record) error {
	if v.rows == nil {
		return nil
	}
	for _, r := range history {
		if v.epoch == 0 || r.validation < v.loss.Total {
			if !math.IsNaN(r.validation) {
				v.epoch, v.loss = r.Epoch.Epoch, vae.Loss{Total: r.validation}
			}
		}
	}
	if v.epoch == 0 {
		return nil
	}
	path := filepath.Join(from, bestName)
	m, err := vae.Load(path, kernels.New(kernels.Default(), 1))
	if err != nil {
		return err
	}
	if sameFolder(from, to) {
		v.saved = v.epoch // or a later epoch, which comes again
		return nil
	}
	if m.WeightsSHA256() != history[v.epoch-1].weights {
		return fmt.Errorf("%s is not the model of epoch %d, the best until now: resume the run in its own folder, without -out", path, v.epoch)
	}
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		return err
	}
	v.model = b.Bytes()
	return nil
}

// exhausted tells whether no epoch has been the best one for so many; 0 stands for any.
func (v *validation) exhausted(epoch, patience int) bool {
	return patience > 0 && epoch-v.epoch >= patience
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
		count(v.rows.Len(), thing(c)), v.loss.Total, lossText("its test", history[v.epoch-1].Test, o, c))
}
