package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const aboutSweep = `Trains an autoencoder and a variational autoencoder for each size of the code, on
the same images, with the same layers, settings and seed, and leaves in the folder
-out:

  sweep.csv  a line for each model: how well it reconstructs the test images from
             the mean of their codes (MSE per pixel, and PSNR), its loss, and for
             a vae the ELBO and how many components of the code are active
  sweep.png  PSNR against the size of the code, of both kinds

The CSV has a line as soon as its model is trained. Ctrl-C ends the sweep; what is
done is kept and drawn, and the exit status is 130.

  vae sweep -latent 1,2,5,10,20,50 -epochs 10 -out vae-sweep`

// sweepEpochs of all models on the embedded digits: half a minute on two cores.
const sweepEpochs = 10

// A sweepRun is a run of sweep.
type sweepRun struct {
	engineFlags
	dataFlags
	latents      []int
	architecture architectureFlags
	flags        *flag.FlagSet
	options      vae.Options
	out          string

	engine *kernels.Engine
	images dataset.Split
	rows   []sweepRow
}

func sweep(ctx context.Context, std streams, args []string) error {
	s := &sweepRun{latents: []int{1, 2, 5, 10, 20, 50}, options: vae.DefaultOptions()}
	s.options.Epochs = sweepEpochs
	f := newFlags("sweep")
	s.flags = f
	s.engineFlags.register(f)
	s.dataFlags.register(f, "train on the first `n` training images and test on the first n\ntest images; all where it is left out")
	f.Var(&sizes{&s.latents}, "latent", "`sizes` of the code, such as 1,2,5")
	s.colourFlag(f)
	s.architecture.registerHidden(f)
	f.StringVar(&s.architecture.model, "model", string(vae.VAE), "`FILE` of JSON that describes the layers, as vae describe -json prints it:\neach model has its own size of the code, and kind. vae stands for dense layers")
	f.Var(&whole{&s.options.Epochs, 1, 1 << 20}, "epochs", "`times` that every image is seen by a model")
	f.Var(&whole{&s.options.Batch, 1, 1 << 20}, "batch", "`images` in a training step")
	f.Var(&real{&s.options.LR, true}, "lr", "learning `rate` of Adam")
	seedFlag(f, &s.options.Seed, "`seed` of all that is random")
	f.StringVar(&s.out, "out", "vae-sweep", "`folder` for the results; it is made where it is missing")
	err := parse(f, std, args, aboutSweep)
	if err != nil {
		return err
	}
	if s.architecture.model == string(vae.AE) {
		return errors.New("-model ae: both kinds are trained: leave it out, or name a FILE of layers")
	}
	if s.dataFlags.data != "" && isTable(s.dataFlags.data) {
		return fmt.Errorf("-data %s is a table, and vae sweep is for images: vae train takes tables", s.dataFlags.data)
	}
	if s.engine, err = s.engineFlags.engine(); err != nil {
		return err
	}
	outliveReaders() // from here on there may be something to save
	if s.images, err = s.dataFlags.load(std); err != nil {
		return err
	}
	s.options.Batch = min(s.options.Batch, s.images.Train.Len())
	largest, err := s.config(vae.VAE, slices.Max(s.latents))
	if err != nil {
		return err
	}
	if err := checkTraining(largest, s.options, false, pixelBytes(s.images.Train, s.images.Test)); err != nil {
		return err
	}
	if err := s.openFolder(); err != nil {
		return err
	}
	training, work, stop := interruptible(ctx)
	defer stop()
	interrupted := s.train(training, work, std.err)
	if interrupted != nil && !errors.Is(interrupted, errInterrupted) {
		return s.told(interrupted)
	}
	if len(s.rows) == 0 {
		fmt.Fprintln(std.err, "there is nothing to save")
		return interrupted
	}
	if err := s.draw(); err != nil {
		return s.told(err)
	}
	if err := printOut(std.out, s.table()); err != nil {
		return s.told(err)
	}
	return interrupted
}

// told is an error with what is saved all the same.
func (s *sweepRun) told(err error) error {
	if len(s.rows) == 0 {
		return err
	}
	return fmt.Errorf("%w; %s has %s", err, s.path(sweepName), count(len(s.rows), "model"))
}

func (s *sweepRun) config(kind vae.Kind, latent int) (vae.Config, error) {
	a := s.architecture
	a.latent = latent
	if a.dense() {
		a.model = string(kind)
	}
	c, err := a.config(s.flags, shapeOf(s.images.Train))
	c.Kind = kind
	return c, err
}

func (s *sweepRun) path(name string) string { return filepath.Join(s.out, name) }

// train trains all models, and saves a row for each.
func (s *sweepRun) train(ctx, work context.Context, log io.Writer) error {
	total := 2 * len(s.latents)
	fmt.Fprintf(log, "training %d models on %d images (%d to test), %s each\n",
		total, s.images.Train.Len(), s.images.Test.Len(), count(s.options.Epochs, "epoch"))
	for _, latent := range s.latents {
		for _, kind := range []vae.Kind{vae.AE, vae.VAE} {
			row, err := s.model(ctx, work, kind, latent)
			if err != nil {
				if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
					fmt.Fprintf(log, "interrupted after %d of %d models\n", len(s.rows), total)
					return errInterrupted
				}
				return fmt.Errorf("%s with a code of %d: %w", kind, latent, err)
			}
			s.rows = append(s.rows, row)
			if err := s.save(); err != nil {
				s.rows = s.rows[:len(s.rows)-1]
				return err
			}
			fmt.Fprintf(log, "%d/%d  %s with a code of %d: PSNR %.2f dB, %.1f s\n", len(s.rows), total, kind, latent, psnr(row.mse), row.seconds)
		}
	}
	return nil
}

// model trains one model and measures it; an interruption leaves a trained one time for that.
func (s *sweepRun) model(ctx, work context.Context, kind vae.Kind, latent int) (sweepRow, error) {
	row := sweepRow{kind: kind, latent: latent}
	c, err := s.config(kind, latent)
	if err != nil {
		return row, err
	}
	m, err := vae.New(c, s.engine, s.options.Seed)
	if err != nil {
		return row, err
	}
	start := time.Now()
	history, err := m.Train(ctx, s.images.Train, s.images.Test, s.options)
	if err != nil {
		return row, err
	}
	row.seconds = time.Since(start).Seconds()
	row.loss = history[len(history)-1].Test
	latents, err := m.Latents(work, s.images.Test)
	if err != nil {
		return row, err
	}
	for _, l := range latents {
		if l.Active() {
			row.active++
		}
	}
	row.mse, err = meanSquaredError(m, s.images.Test)
	return row, err
}

// meanSquaredError is that of the reconstructions, per number of an image.
func meanSquaredError(m *vae.Model, images dataset.Images) (float64, error) {
	var sum float64
	for some := range batches(images) {
		x := vae.Floats(some)
		y, err := m.Reconstruct(x)
		if err != nil {
			return 0, err
		}
		for j, v := range x {
			d := float64(v) - float64(y[j])
			sum += float64(d * d)
		}
	}
	return sum / float64(len(images.Pixels)), nil
}

// sizes is a flag for numbers of components.
type sizes struct{ p *[]int }

func (s *sizes) String() string {
	if s.p == nil {
		return ""
	}
	return commas(*s.p)
}

func (s *sizes) Set(text string) error {
	all, ok := numbers(text)
	slices.Sort(all)
	if !ok || len(all) > 64 || all[0] < 1 || all[len(all)-1] > maxWidth || len(slices.Compact(slices.Clone(all))) < len(all) {
		return fmt.Errorf("want 1 to 64 different sizes from 1 to %d, such as 1,2,5", maxWidth)
	}
	*s.p = all
	return nil
}

// psnr is the peak signal to noise ratio in dB; pixels are at most 1.
func psnr(mse float64) float64 { return -10 * math.Log10(mse) }
