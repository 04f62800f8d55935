package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

// The files that train leaves.
const (
	modelName           = "model.safetensors"
	historyName         = "history.csv"
	reconstructionsName = "reconstructions.png"
	samplesName         = "samples.png"
	traversalName       = "traversal.png"
	lossName            = "loss.png"
)

const (
	defaultEpochs = 20 // of the embedded digits: ten seconds on two cores
	maxMemory     = min(8<<30, math.MaxInt/2)
)

const aboutTrain = `Trains a model and leaves in the folder -out:

  model.safetensors    the weights, for the other commands
  history.csv          a line for every epoch: losses, images, seconds of training
  reconstructions.png  test images, and below them what the model makes of them
  samples.png          images drawn from the prior (vae only: an ae has none)
  traversal.png        a row for each component of a test image's code, varied
                       from -3 to 3; those that tell most of an image come first
  loss.png             the losses over the epochs

The losses of a vae are in nats per image, those of an ae squared errors. The
model and its history are saved after every epoch. Ctrl-C ends the training,
saves what there is, and exits with status 130; a second one exits at once.`

// trainFlags are the flags of train.
type trainFlags struct {
	engineFlags
	dataFlags
	model   vae.Config
	kind    string
	options vae.Options
	out     string
	json    bool
}

func parseTrain(std streams, args []string) (*trainFlags, error) {
	t := &trainFlags{kind: string(vae.VAE), options: vae.DefaultOptions()}
	t.model = vae.DefaultConfig(vae.VAE, 0, 0)
	t.options.Epochs = defaultEpochs
	f := newFlags("train")
	t.engineFlags.register(f)
	t.dataFlags.register(f, "train on the first `n` training images and test on the first n\ntest images; all where it is left out")
	f.Var(&word{&t.kind, []string{"vae", "ae"}}, "model", "`vae or ae`: variational autoencoder or plain autoencoder")
	f.Var(&whole{&t.options.Epochs, 1, 1 << 20}, "epochs", "`times` that every image is seen")
	f.Var(&whole{&t.options.Batch, 1, 1 << 20}, "batch", "`images` in a training step")
	f.Var(&real{&t.options.LR, true}, "lr", "learning `rate` of Adam")
	f.Var(&real{&t.options.Beta, false}, "beta", "`weight` of the KL in the loss of a vae; 1 is the ELBO")
	f.Var(&whole{&t.model.Latent, 1, maxWidth}, "latent", "`components` of a code")
	f.Var(&widths{&t.model.Hidden}, "hidden", "`widths` of the encoder's hidden layers, such as 512,256, or none;\nthe decoder has them in reverse")
	f.Uint64Var(&t.options.Seed, "seed", t.options.Seed, "`seed` of all that is random")
	f.StringVar(&t.out, "out", "vae-run", "`folder` for the results; it is made where it is missing")
	f.BoolVar(&t.json, "json", false, "end standard output with a line that is a JSON object")
	if err := parse(f, std, args, aboutTrain); err != nil {
		return nil, err
	}
	t.model.Kind = vae.Kind(t.kind)
	return t, nil
}

// A trainRun is a run of train.
type trainRun struct {
	*trainFlags
	engine *kernels.Engine
	model  *vae.Model
	data   dataset.Split

	history     []record
	saved       int          // the epoch whose model is in the file, from 1
	part        vae.Progress // of the epoch under way
	begin       time.Time    // of that epoch
	interrupted bool
	start       time.Time
}

func train(ctx context.Context, std streams, args []string) error {
	flags, err := parseTrain(std, args)
	if err != nil {
		return err
	}
	r := &trainRun{trainFlags: flags, start: time.Now()}
	if r.engine, err = r.engineFlags.engine(); err != nil {
		return err
	}
	if r.data, err = r.dataFlags.load(); err != nil {
		return err
	}
	if err := r.makeModel(); err != nil {
		return err
	}
	if err := checkFolder(r.out, modelName, historyName, reconstructionsName, samplesName, traversalName, lossName); err != nil {
		return err
	}

	// From here on there is something to save.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)() // a second signal is not caught
	if err := r.train(ctx, std.err); err != nil {
		return err
	}
	if r.interrupted && len(r.history) == 0 {
		fmt.Fprintln(std.err, "interrupted before the first step: there is nothing to save")
		return errInterrupted
	}
	files, err := r.save()
	if err != nil {
		return err
	}
	text, err := r.report(files)
	if err != nil {
		return err
	}
	if err := printOut(std.out, text); err != nil {
		return err
	}
	if r.interrupted {
		fmt.Fprintf(std.err, "interrupted in epoch %d: saved in %s what was learned until then\n", r.last().Epoch.Epoch, r.out)
		return errInterrupted
	}
	return nil
}

func (r *trainRun) makeModel() error {
	c := &r.trainFlags.model
	c.Rows, c.Cols = r.data.Train.Rows, r.data.Train.Cols
	r.options.Batch = min(r.options.Batch, r.data.Train.Len())
	if need := memory(*c, r.options.Batch); need > maxMemory {
		return fmt.Errorf("this model and batch take about %.0f GB of memory, above the limit of %d GB: choose a smaller -hidden, -latent or -batch",
			math.Ceil(need/(1<<30)), maxMemory>>30)
	}
	var err error
	r.model, err = vae.New(*c, r.engine, r.options.Seed)
	return err
}

// memory is about the number of bytes that training takes: a weight has a
// gradient, two moments, and two copies while it is saved; an activation has a
// gradient.
func memory(c vae.Config, batch int) float64 {
	widths := []int{c.Pixels()}
	widths = append(widths, c.Hidden...)
	widths = append(widths, c.Latent)
	for i := range c.Hidden {
		widths = append(widths, c.Hidden[len(c.Hidden)-1-i])
	}
	widths = append(widths, c.Pixels())
	var weights, activations float64
	for i, w := range widths {
		activations += 2 * float64(w)
		if i > 0 {
			weights += float64(widths[i-1]+1) * float64(w)
		}
	}
	weights += float64(widths[len(c.Hidden)]+1) * float64(c.Latent) // the head for logvar
	return 4 * (6*weights + float64(max(batch, 256))*activations)
}

// unit is what a loss is measured in.
func (r *trainRun) unit() string {
	if r.kind == string(vae.AE) {
		return "squared error"
	}
	return "nats"
}

// train fills the history. Where it is interrupted, the last record is that of
// the epoch that was under way.
func (r *trainRun) train(ctx context.Context, stderr io.Writer) error {
	fmt.Fprintf(stderr, "training %s of %s on %d images of %d×%d (%d to test), set %s, %s\n",
		strings.ToUpper(r.kind), r.shape(), r.data.Train.Len(), r.data.Train.Rows, r.data.Train.Cols, r.data.Test.Len(),
		r.engine.Set().Name(), count(r.engine.Threads(), "thread"))
	show := newProgress(stderr, isTerminal(stderr), r.options.Epochs, r.data.Train.Len(), r.unit())
	var seconds float64 // of the epoch under way
	o := r.options
	o.Progress = func(p vae.Progress) {
		r.part = p
		seconds = time.Since(r.begin).Seconds()
		show.step(p, float64(p.Images)/seconds)
	}
	o.EpochDone = func(e vae.Epoch) {
		r.history = append(r.history, record{e, r.part.Images, seconds})
		show.epoch(e, float64(r.part.Images)/seconds)
		r.part = vae.Progress{}
		// What goes wrong here goes wrong at the end too, where it is reported.
		if r.saveModel() == nil {
			r.saved = len(r.history)
		}
		r.begin = time.Now()
	}
	r.begin = time.Now()
	_, err := r.model.Train(ctx, r.data.Train, r.data.Test, o)
	show.close()
	if err == nil {
		return nil
	}
	if ctx.Err() == nil || !errors.Is(err, ctx.Err()) {
		if r.saved > 0 {
			err = fmt.Errorf("%w; %s is the model of epoch %d", err, filepath.Join(r.out, modelName), r.saved)
		}
		return err
	}
	r.interrupted = true
	if r.part.Images == 0 {
		return nil
	}
	test, err := r.model.Evaluate(r.data.Test, o.Beta, o.Seed)
	if err != nil {
		return err
	}
	if math.IsNaN(test.Total) || math.IsInf(test.Total, 0) {
		return fmt.Errorf("interrupted, and not saved, for the test loss is %v: try a smaller -lr", test.Total)
	}
	e := vae.Epoch{Epoch: r.part.Epoch, Train: r.part.Loss, Test: test}
	r.history = append(r.history, record{e, r.part.Images, seconds})
	return nil
}

// shape is such as 784-400-20-400-784.
func (r *trainRun) shape() string {
	c := r.model.Config()
	text := fmt.Sprint(c.Latent)
	for i := range c.Hidden {
		h := c.Hidden[len(c.Hidden)-1-i]
		text = fmt.Sprintf("%d-%s-%d", h, text, h)
	}
	return fmt.Sprintf("%d-%s-%d", c.Pixels(), text, c.Pixels())
}

func (r *trainRun) last() record { return r.history[len(r.history)-1] }

func (r *trainRun) path(name string) string { return filepath.Join(r.out, name) }

func (r *trainRun) saveModel() error {
	if err := r.model.Save(r.path(modelName)); err != nil {
		return err
	}
	return writeFile(r.path(historyName), func(w io.Writer) error { return writeHistory(w, r.history) })
}

// save writes all files and returns their names.
func (r *trainRun) save() ([]string, error) {
	if err := r.saveModel(); err != nil {
		return nil, err
	}
	c := r.model.Config()
	fits := room(c.Rows, c.Cols)

	images := r.data.Test.Limit(max(1, min(pairColumns, fits/2)))
	if err := writePNG(r.path(reconstructionsName), drawReconstructions(r.model, images)); err != nil {
		return nil, err
	}
	files := []string{modelName, historyName, reconstructionsName}

	if c.Kind == vae.VAE {
		img, err := drawSamples(r.model, min(gridColumns*gridColumns, fits), r.options.Seed)
		if err != nil {
			return nil, err
		}
		if err := writePNG(r.path(samplesName), img); err != nil {
			return nil, err
		}
		files = append(files, samplesName)
	} else if err := os.Remove(r.path(samplesName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err // one that an earlier run has left would pass for this model's
	}

	latents, err := rank(r.model, r.data.Test)
	if err != nil {
		return nil, err
	}
	start, _ := r.model.Encode(vae.Floats(r.data.Test.Limit(1)))
	img := drawTraversal(r.model, rowsThatFit(c, latents), start)
	if err := writePNG(r.path(traversalName), img); err != nil {
		return nil, err
	}
	err = writeFile(r.path(lossName), func(w io.Writer) error {
		return plotLoss(w, r.history, "loss ["+r.unit()+" per image]")
	})
	return append(files, traversalName, lossName), err
}

// A trainReport is the line that -json prints.
type trainReport struct {
	Model              string  `json:"model"`
	Set                string  `json:"set"`
	Threads            int     `json:"threads"`
	Seed               uint64  `json:"seed"`
	Beta               float64 `json:"beta"`
	Examples           int     `json:"examples"` // training images
	TestExamples       int     `json:"test_examples"`
	Epochs             int     `json:"epochs"` // complete ones
	Interrupted        bool    `json:"interrupted"`
	TrainLoss          float64 `json:"train_loss"`
	TrainRecon         float64 `json:"train_reconstruction"`
	TrainKL            float64 `json:"train_kl"`
	TestLoss           float64 `json:"test_loss"`
	TestReconstruction float64 `json:"test_reconstruction"`
	TestKL             float64 `json:"test_kl"`
	Seconds            float64 `json:"seconds"`       // of training, without the evaluation
	TotalSeconds       float64 `json:"total_seconds"` // of everything
	ExamplesPerSecond  float64 `json:"examples_per_second"`
	WeightsSHA256      string  `json:"weights_sha256"`
	Out                string  `json:"out"`
}

// report is what train prints on standard output.
func (r *trainRun) report(files []string) (string, error) {
	last := r.last()
	images, seconds := 0, 0.0
	for _, h := range r.history {
		images += h.images
		seconds += h.seconds
	}
	epochs := len(r.history)
	if last.images < r.data.Train.Len() {
		epochs--
	}
	rate := float64(images) / max(seconds, 1e-9)

	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", lossText("test", last.Test, r.options.Beta, r.model.Config().Kind))
	fmt.Fprintf(&b, "%.1f s of training, %.0f images/s\n", seconds, rate)
	fmt.Fprintf(&b, "%s holds %s\n", r.out, strings.Join(files, ", "))
	if r.model.Config().Kind == vae.AE {
		fmt.Fprintf(&b, "no %s: an autoencoder has no prior to sample from\n", samplesName)
	}
	if !r.json {
		return b.String(), nil
	}
	line, err := json.Marshal(trainReport{
		Model: r.kind, Set: r.engine.Set().Name(), Threads: r.engine.Threads(),
		Seed: r.options.Seed, Beta: r.options.Beta,
		Examples: r.data.Train.Len(), TestExamples: r.data.Test.Len(), Epochs: epochs, Interrupted: r.interrupted,
		TrainLoss: last.Train.Total, TrainRecon: last.Train.Reconstruction, TrainKL: last.Train.KL,
		TestLoss: last.Test.Total, TestReconstruction: last.Test.Reconstruction, TestKL: last.Test.KL,
		Seconds: seconds, TotalSeconds: time.Since(r.start).Seconds(), ExamplesPerSecond: rate,
		WeightsSHA256: r.model.WeightsSHA256(), Out: r.out,
	})
	return b.String() + string(line) + "\n", err
}

// lossText is a loss in words.
func lossText(name string, l vae.Loss, beta float64, kind vae.Kind) string {
	if kind == vae.AE {
		return fmt.Sprintf("%s loss %.3f squared error per image", name, l.Total)
	}
	weight := ""
	if beta != 1 {
		weight = fmt.Sprintf("%v × ", beta)
	}
	return fmt.Sprintf("%s loss %.2f nats per image = reconstruction %.2f + %sKL %.2f", name, l.Total, l.Reconstruction, weight, l.KL)
}

func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
