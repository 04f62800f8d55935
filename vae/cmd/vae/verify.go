package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lanewise/lanewise/vae"
)

const aboutVerify = `Trains epochs of a run again, in memory, and compares what comes out with run.json:
losses, and the SHA-256 of the weights and of Adam's moments after each epoch. They
are the same bits with any set of kernels, on any number of threads and any machine.

  vae verify vae-run                # all epochs, from the beginning
  vae verify vae-run -epochs 3:5    # these, from the nearest state that the run kept

Nothing is written. The exit status is 1 where an epoch differs, which the error names,
with the first step whose loss is another, or where model.safetensors is not the model of an epoch that run.json tells of.`

// verifyFlags are the flags of verify.
type verifyFlags struct {
	engineFlags
	dir     string
	data    string
	epochs  epochRange
	logJSON bool
}

func parseVerify(std streams, args []string) (*verifyFlags, error) {
	v := &verifyFlags{dir: "vae-run"}
	f := newFlags("verify")
	v.engineFlags.register(f)
	f.BoolVar(&v.logJSON, "log-json", false, logJSONUsage)
	f.StringVar(&v.data, "data", "", "`folder or table` of the data, if it is not where it was")
	f.Var(&v.epochs, "epochs", "`epochs` to train again, such as 3:5 or 4; all where it is left out")
	folder := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		folder, args = args[0], args[1:]
	}
	if err := parseFlags(f, std, args, aboutVerify); err != nil {
		return nil, err
	}
	if folder == "" && f.NArg() == 1 {
		folder = f.Arg(0)
	} else if f.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q: vae verify takes one folder, and flags (vae verify -h lists them)", f.Arg(0))
	}
	if folder != "" {
		v.dir = folder
	}
	return v, nil
}

// An epochRange is a flag for epochs: 4, 3:5, 3: or :5. Zero stands for the end on its side.
type epochRange struct{ from, to int }

func (e *epochRange) String() string {
	switch {
	case *e == (epochRange{}):
		return ""
	case e.from == e.to:
		return strconv.Itoa(e.from)
	}
	text := func(v int) string { return strings.TrimPrefix(strconv.Itoa(v), "0") }
	return text(e.from) + ":" + text(e.to)
}

func (e *epochRange) Set(s string) error {
	first, last, two := strings.Cut(s, ":")
	if !two {
		last = first
	}
	ok := s != ":"
	parse := func(s string) (v int) {
		if two && s == "" {
			return 0
		}
		v, err := strconv.Atoi(s)
		ok = ok && err == nil && v > 0
		return v
	}
	*e = epochRange{parse(first), parse(last)}
	if !ok || e.to != 0 && e.from > e.to {
		return errors.New("want an epoch, or the first and the last of several, such as 3:5")
	}
	return nil
}

// within fills in the ends that are left out.
func (e epochRange) within(epochs int) (epochRange, error) {
	if epochs == 0 {
		return e, errors.New("no epoch of the run is complete: there is nothing to verify")
	}
	given := e
	e.from = max(e.from, 1)
	if e.to == 0 {
		e.to = epochs
	}
	if e.to > epochs || e.from > e.to {
		return e, fmt.Errorf("-epochs %v: the run has epochs 1 to %d", &given, epochs)
	}
	return e, nil
}

func verify(ctx context.Context, std streams, args []string) error {
	v, err := parseVerify(std, args)
	if err != nil {
		return err
	}
	return logged(v.logJSON, std, func(std streams) error { return v.verify(ctx, std) })
}

func (v *verifyFlags) verify(ctx context.Context, std streams) error {
	d, err := readDocument(v.dir)
	if err != nil {
		return err
	}
	span, err := v.epochs.within(len(d.Epochs))
	if err != nil {
		return err
	}
	r := &trainRun{trainFlags: newTrainFlags(), log: std.err, resumed: d}
	r.resume = v.dir
	if err := r.restore(d, nil); err != nil {
		return err
	}
	if v.data != "" {
		r.dataFlags.data = v.data
	}
	if r.engine, err = v.engine(); err != nil {
		return err
	}
	defer r.rows.close()
	if err := r.prepare(std); err != nil {
		return err
	}
	if err := r.marks().check(d.Epochs); err != nil {
		return err
	}
	models, err := r.recordedModels(v.dir, d, span)
	if err != nil {
		return err
	}
	m, from, err := loadState(v.dir, d, r.config, r.engine, span.from-1)
	if err != nil {
		return err
	}
	if m != nil {
		r.model = m
	} else {
		from = "the first weights"
	}
	if err := r.trainAgain(ctx, span, from); err != nil {
		return err
	}
	return printOut(std.out, fmt.Sprintf("verified: %s, bit for bit, on %s %s\nepochs %d to %d of %d, trained again from %s\n%s",
		count(span.to-span.from+1, "epoch"), r.engine.Set().Name(), d.trainedOn(span, r.engine.Set().Name()),
		span.from, span.to, len(d.Epochs), from, models))
}

// trainAgain trains until the end of a span, and compares every epoch with the run's.
func (r *trainRun) trainAgain(ctx context.Context, span epochRange, from string) error {
	fmt.Fprintf(r.log, "training again to the end of epoch %d, from %s, set %s, %s\n", span.to, from, r.engine.Set().Name(), count(r.engine.Threads(), "thread"))
	training := &stoppable{Context: ctx}
	images := r.rows.train.Len()
	show := newProgress(r.log, liveColumns(r.log), span.to, images, unit(r.config), thing(r.config))
	first, _ := r.model.Trained()
	show.before = first * images
	begin := time.Now()
	same := first // the last epoch that is
	var different error
	differ := func(epoch int, what, more string) {
		if same > first {
			what += fmt.Sprintf("; it is the first that does, of those from epoch %d on", first+1)
		}
		different = fmt.Errorf("epoch %d differs%s%s", epoch, what, more)
		training.stopped = true
	}
	marks := r.marks()
	o := r.options
	o.Resume, o.Epochs = true, span.to
	o.Progress = func(p vae.Progress) {
		show.step(p, float64((p.Epoch-1)*images+p.Images-show.before)/time.Since(begin).Seconds())
		mark, place := marks.at(p)
		if run := r.resumed.Epochs[p.Epoch-1].Steps; mark != nil && len(run) > 0 && !bytes.Equal(mark, run[place:place+markBytes]) {
			differ(p.Epoch, fmt.Sprintf(" from %s on: until there the mean loss is %v + %v, which is not that of %s", marks.text(p), p.Loss.Reconstruction, p.Loss.KL, documentName), "")
		}
	}
	o.EpochDone = func(e vae.Epoch) {
		held := r.best.judge(training, r.model, e.Epoch, o)
		if ctx.Err() != nil {
			return
		}
		here := newEpochDocument(record{Epoch: e, validation: held, weights: r.model.WeightsSHA256(), optimizer: r.model.OptimizerSHA256()})
		if what := differs(here, r.resumed.Epochs[e.Epoch-1]); what != "" {
			more := ""
			if len(r.resumed.Epochs[e.Epoch-1].Steps) > 0 {
				more = "; the losses of its steps are the same"
			}
			differ(e.Epoch, ": "+what, more)
			return
		}
		same = e.Epoch
		show.line(fmt.Sprintf("epoch %d/%d is the same", e.Epoch, span.to))
	}
	_, err := r.model.Train(training, r.rows.train, r.rows.test, o)
	show.close()
	switch {
	case different != nil:
		return different
	case ctx.Err() != nil:
		fmt.Fprintln(r.log, "interrupted: nothing is verified but the epochs above")
		return errInterrupted
	}
	return err
}

// trainedOn says on which sets the epochs of a span were trained.
func (d *runDocument) trainedOn(span epochRange, here string) string {
	var sets []string
	for i, s := range d.Sessions {
		end := math.MaxInt
		if i+1 < len(d.Sessions) {
			if end = d.Sessions[i+1].Epoch; d.Sessions[i+1].Rows == 0 {
				end--
			}
		}
		if s.Epoch > span.to || end < span.from {
			continue
		}
		for _, m := range append([]machine{s.machine}, s.Ranks...) {
			if !slices.Contains(sets, m.Set) {
				sets = append(sets, m.Set)
			}
		}
	}
	if slices.Equal(sets, []string{here}) {
		return "as it had trained"
	}
	return fmt.Sprintf("where %s had trained", strings.Join(sets, " and "))
}

// recordedModels says of which epochs the models in the folder are: those that run.json
// tells of.
func (r *trainRun) recordedModels(dir string, d *runDocument, span epochRange) (string, error) {
	var text strings.Builder
	for _, name := range []string{modelName, bestName} {
		path := filepath.Join(dir, name)
		m, err := vae.Load(path, r.engine)
		if name == bestName && errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return "", err
		}
		if err := sameColumns(r.dataFlags.data, m.Columns(), r.rows.columns); err != nil {
			return "", err
		}
		weights := m.WeightsSHA256()
		epoch := 1 + slices.IndexFunc(d.Epochs, func(e epochDocument) bool { return e.Weights == weights })
		switch {
		case epoch >= span.from && epoch <= span.to:
			fmt.Fprintf(&text, "%s is the model of epoch %d\n", name, epoch)
		case epoch > 0:
			fmt.Fprintf(&text, "%s is the model of epoch %d, which is not one of them\n", name, epoch)
		case d.Interrupted != nil && d.Interrupted.Weights == weights:
			fmt.Fprintf(&text, "%s is that of an interruption in epoch %d, which is not trained again\n", name, d.Interrupted.Epoch)
		default:
			return "", fmt.Errorf("%s is not the model of an epoch that %s tells of: the SHA-256 of its weights is %s", path, documentName, weights)
		}
	}
	return text.String(), nil
}
