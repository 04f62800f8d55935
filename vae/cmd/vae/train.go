package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"time"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
)

const defaultEpochs = 20 // of the embedded digits: ten seconds on two cores

const aboutTrain = `Trains a model and leaves in the folder -out:

  model.safetensors    the weights, for the other commands
  best.safetensors     with -validate the weights of the epoch that was best on the
                       images held out; the other commands want -checkpoint
  history.csv          a line for every epoch: losses, images, seconds of training
  run.json             settings, the data's SHA-256, and for every epoch the losses and
                       the hashes of the weights and of Adam's moments
  state.safetensors    what -resume goes on with
  reconstructions.png  test images, and below them what the model makes of them; with
                       -noise noisy, denoised and clean ones
  samples.png          images drawn from the prior (vae only: an ae has none)
  traversal.png        a row for each component of a test image's code, varied
                       from -3 to 3; those that tell most of an image come first
  loss.png             the losses over the epochs
  report.html          all of this in one page, with the settings, the hash of
                       the weights, and the command that repeats the run

Of a table, a CSV or NPY file, it trains on the rows: -columns or -except choose columns,
-scale, -log and -words say how they become numbers, -missing what an empty cell is. The
model's file has what they became, and the -quantile of the scores of rows that it was not
trained on, above which vae score calls a row an anomaly. There are no pictures of images.

  vae train -data sensors.csv -except id,class -missing mask

The losses of a vae are in nats per image, those of an ae squared errors. The
model and its history are saved after every epoch, or as often as takes a
twentieth of the time; the line of a saved epoch says so. The folder may hold an
earlier run, which is replaced at the first save, and nothing else by these names.

vae train -resume vae-run -epochs 30 goes on with a run, to the bit as if it had
never stopped, also after a kill, with another set of kernels or number of threads.
Its settings are those that it began with.

Ctrl-C, SIGTERM or SIGHUP ends the training: the model is saved at once, then
evaluated and drawn, and the exit status is 130. A second one leaves out the
evaluation and the pictures.`

// trainFlags are the flags of train.
type trainFlags struct {
	engineFlags
	dataFlags
	architectureFlags
	settingFlags
	tableFlags
	flags    *flag.FlagSet
	all      bool
	validate heldOut
	out      string
	json     bool
	logJSON  bool
	silence  time.Duration
	resume   string // a folder
	keep     int
	patience int  // epochs
	named    bool // -model is on the command line that resumes, and names a file
}

func parseTrain(std streams, args []string) (*trainFlags, error) {
	t := newTrainFlags()
	return t, parse(t.flags, std, args, aboutTrain)
}

func newTrainFlags() *trainFlags {
	t := &trainFlags{flags: newFlags("train"), silence: 10 * time.Second}
	f := t.flags
	(&presetFlag{}).register(f)
	t.engineFlags.register(f)
	t.dataFlags.register(f, "train on the first `n` training images and test on the first n\ntest images; all where it is left out")
	t.tablesToo(f)
	f.BoolVar(&t.all, "all", false, "train on the test images, too")
	f.Var(&t.validate, "validate", "`part` of the training images, such as 0.1, to hold out: drawn by the seed,\none of each ten in a row, or with last:0.1 the last ones.\n"+bestName+" is the model after the epoch with their least loss")
	t.colourFlag(f)
	t.architectureFlags.register(f)
	t.settingFlags.register(f)
	t.tableFlags.register(f)
	f.StringVar(&t.out, "out", "vae-run", "`folder` for the results; it is made where it is missing")
	f.StringVar(&t.resume, "resume", "", "go on with the run in a `folder`, with its settings; -epochs may grow,\nand -out be another folder")
	f.Var(&whole{&t.keep, 1, 1 << 20}, "keep", "keep the state of every `n`-th epoch, as state-5.safetensors, for vae verify")
	f.Var(&whole{&t.patience, 1, 1 << 20}, "patience", "with -validate end where the loss of the images held out has not been\nless for so many `epochs`")
	f.Var(&span{&t.silence, time.Second, time.Hour}, "silence", "`time` after which a process of mpirun that is not heard of ends the run")
	f.BoolVar(&t.json, "json", false, "end standard output with a line that is a JSON object")
	f.BoolVar(&t.logJSON, "log-json", false, logJSONUsage)
	return t
}

// A trainRun is a run of train.
type trainRun struct {
	*trainFlags
	engine  *kernels.Engine
	model   *vae.Model
	config  vae.Config // of the model
	options vae.Options
	data    dataset.Split // images, if it is images
	rows    trainingRows
	memory  float64      // bytes that there are; 0 for as many as the process may have
	source  dataDocument // of what was read
	best    validation
	folder  *runFolder
	about   *runDocument
	log     io.Writer // a failure to write to it is no failure of the run

	resumed       *runDocument    // nil for a new run
	replay        []epochDocument // epochs that it had, and that are not in its state
	secondsBefore float64         // of training in the epoch that an interruption ended

	history     []record
	latents     [][]float64  // of each epoch, what the components of a code tell
	part        vae.Progress // of the epoch under way
	seconds     float64      // of training in it
	steps       []byte       // stepMarks of it
	interrupted bool
	ended       bool // by -patience
	start       time.Time
	ranks       ranks
	threads0    int // of rank 0
}

func train(ctx context.Context, std streams, args []string) error {
	return together(std, func(std streams, all *ranks) error { return trainOn(ctx, std, args, all) })
}

// trainOn is what each of the ranks does.
func trainOn(ctx context.Context, std streams, args []string, all *ranks) error {
	flags, err := parseTrain(std, args)
	if err == nil {
		if flags.logJSON {
			all.errors = newJSONLines(all.errors)
		}
		all.watch(flags.silence)
	}
	if err := all.agree(err); err != nil {
		return err
	}
	return logged(flags.logJSON, std, func(std streams) error {
		r := &trainRun{trainFlags: flags, start: time.Now(), log: std.err, ranks: *all}
		defer r.rows.close()
		// Ranks that exchange something do so where none of them has an error.
		for _, step := range []func() error{
			r.makeEngine,
			r.askFirst,
			func() error { return r.setUp(std) },
			r.recordRanks,
			func() error { return r.run(ctx, std) },
		} {
			if err := all.agree(step()); err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *trainRun) makeEngine() (err error) {
	r.engine, err = r.engineFlags.engine()
	return err
}

// askFirst asks rank 0 for what all have to take alike.
func (r *trainRun) askFirst() (err error) {
	r.threads0, err = r.ranks.ofFirst(r.engine.Threads())
	return err
}

// setUp reads all that a run begins with.
func (r *trainRun) setUp(std streams) (err error) {
	if r.resume != "" {
		if r.resumed, err = r.takeUp(); err != nil {
			return err
		}
	}
	outliveReaders() // from here on there may be something to say, or to save
	if err := r.prepare(std); err != nil {
		return err
	}
	if !r.ranks.leads() {
		r.folder = &runFolder{dir: r.out, follows: true}
	} else if r.folder, err = openFolder(std, r.out, r.dataFlags.data, r.resume); err != nil {
		return err
	}
	if r.resumed != nil {
		if err := r.goOn(); err != nil {
			return err
		}
	}
	r.about, err = r.document()
	return err
}

// run trains the model, and leaves what a run leaves.
func (r *trainRun) run(ctx context.Context, std streams) error {
	training, work, stop := interruptible(ctx)
	defer stop()
	if err := r.train(training); err != nil {
		return err
	}
	if len(r.history) == 0 {
		fmt.Fprintln(r.log, "interrupted before the first step: there is nothing to save")
		return errInterrupted
	}
	files, err := r.finish(work)
	if err != nil {
		return err
	}
	text, err := r.report(files)
	if err != nil {
		return err
	}
	if err = printOut(std.out, text); err != nil {
		err = fmt.Errorf("%w; %s", err, r.folder.state())
	}
	if r.interrupted {
		fmt.Fprintf(r.log, "interrupted in epoch %d: saved in %s what was learned until then\n", r.last().Epoch.Epoch, r.out)
		return errInterrupted
	}
	return err
}

// prepare reads the data and makes the model, for which a run that is resumed has to be the
// same.
func (r *trainRun) prepare(std streams) (err error) {
	if err := r.load(std); err != nil {
		return err
	}
	return r.makeModel()
}

func (r *trainRun) makeModel() (err error) {
	if r.rows.train == nil {
		if err := r.prepareImages(); err != nil {
			return err
		}
	}
	if r.patience > 0 && r.best.rows == nil {
		return errors.New("-patience is for -validate: without rows held out no loss says when to end")
	}
	if r.resumed != nil {
		err = r.sameModel()
	} else {
		r.config, err = r.architectureFlags.config(r.flags, r.rows.shape())
	}
	if err != nil {
		return err
	}
	if err := r.settingFlags.check(r.flags, r.config.Kind); err != nil {
		return err
	}
	if err := r.fitsUnit(); err != nil {
		return err
	}
	if _, _, err := r.scoredRows(); err != nil {
		return err
	}
	r.takeShards()
	if r.options, err = r.settingFlags.finish(r.rows.train.Len()); err != nil {
		return err
	}
	if err := checkTraining(r.config, r.options, r.validate.part > 0, r.rows.memory()); err != nil {
		return err
	}
	if r.model, err = vae.New(r.config, r.engine, r.options.Seed); err != nil || r.rows.columns == nil {
		return err
	}
	return r.model.SetColumns(r.rows.columns)
}

// takeShards joins the ranks, and chooses the shards if that is left to it: by the threads of
// rank 0, as all have to take the same.
func (r *trainRun) takeShards() {
	o := &r.settingFlags.options
	o.Exchange = r.ranks.world
	if !r.autoShards {
		return
	}
	threads := r.threads0 * r.ranks.count()
	o.Shards, r.autoShards = chooseShards(min(o.Batch, r.rows.train.Len()), threads, r.ranks.count()), false
	fmt.Fprintf(r.log, "-shards auto takes %d for %s: -shards %[1]d makes the same model with any number\n", o.Shards, count(threads, "thread"))
}

// unit is what a loss is measured in.
func unit(c vae.Config) string {
	if _, ok := c.Likelihood.(vae.SquaredError); ok && c.Kind == vae.AE {
		return "squared error"
	}
	return "nats"
}

// shape is such as 784-400-20-400-784: what the layers with weights make of an image.
func (r *trainRun) shape() string {
	c := r.config
	text := c.Input.String()
	if c.Input.Channels == 1 {
		text = fmt.Sprint(c.Input.Size())
	}
	layers, err := c.Layers()
	if err != nil {
		panic(err) // there is a model of it
	}
	for _, l := range layers {
		if l.Weights > 0 && l.Part != "logvar" {
			text += "-" + l.Out.String()
		}
	}
	return text
}

// keeps tells whether the state of the last epoch, which is complete, is to stay.
func (r *trainRun) keeps() bool {
	epochs, rows := r.model.Trained()
	return r.keep > 0 && rows == 0 && epochs > 0 && epochs%r.keep == 0
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

func (r *trainRun) last() record { return r.history[len(r.history)-1] }
