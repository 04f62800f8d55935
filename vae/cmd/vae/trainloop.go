package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lanewise/lanewise/vae"
)

// train trains, and saves the model as it goes. Where it is interrupted, the last
// record is that of the epoch that was under way, not evaluated.
func (r *trainRun) train(ctx context.Context) error {
	fmt.Fprintf(r.log, "training %s of %s on %s (%d to test), set %s, %s\n",
		strings.ToUpper(string(r.config.Kind)), r.shape(), r.rows.text(), r.rows.test.Len(),
		r.engine.Set().Name(), r.ranks.text(count(r.engine.Threads(), "thread")))
	if r.folder.used {
		fmt.Fprintf(r.log, "%s holds an earlier run, which this one replaces\n", r.out)
	}
	show := newProgress(r.log, liveColumns(r.log), r.options.Epochs, r.rows.train.Len(), unit(r.config), thing(r.config))
	show.before = len(r.history)*r.rows.train.Len() + r.part.Images
	r.folder.begin = time.Now()
	begin := r.folder.begin.Add(-seconds(r.secondsBefore)) // of the epoch
	r.seconds = r.secondsBefore
	if n := len(r.history); n > 0 && r.part.Images == 0 && math.IsNaN(r.history[n-1].validation) { // its evaluation was interrupted
		r.history[n-1].validation = r.best.judge(ctx, r.model, n, r.options)
	}
	if r.ended = r.best.exhausted(len(r.history), r.patience); r.ended {
		return nil
	}
	training := &stoppable{Context: ctx}
	var failed error
	marks := r.marks()
	o := r.options
	o.Resume = true
	o.Progress = func(p vae.Progress) {
		r.steps = marks.add(r.steps, p)
		r.part, r.seconds = p, time.Since(begin).Seconds()
		show.step(p, float64(p.Images)/max(r.seconds, 1e-9))
	}
	o.EpochDone = func(e vae.Epoch) {
		r.fitThresholds(ctx)
		held := r.best.judge(ctx, r.model, e.Epoch, o)
		rec := record{e, held, r.part.Images, r.seconds, r.model.WeightsSHA256(), r.model.OptimizerSHA256(), r.steps}
		if failed = r.repeated(rec); failed != nil {
			training.stopped = true
			return
		}
		r.history = append(r.history, rec)
		rate := float64(r.part.Images) / max(r.seconds, 1e-9)
		r.part, r.steps = vae.Progress{}, nil
		// Where it was interrupted the thresholds may not be this model's: finish fits them.
		show.epoch(r.last(), rate, ctx.Err() == nil && r.saveIfDue())
		if r.ranks.leads() {
			r.measureLatents(ctx)
		}
		r.ended = r.best.exhausted(e.Epoch, r.patience)
		training.stopped = r.ended
		begin = time.Now()
	}
	_, err := r.model.Train(training, r.rows.train, r.rows.test, o)
	show.close()
	switch {
	case failed != nil:
		return failed
	case err == nil || r.ended:
		return nil
	case !errors.Is(err, context.Canceled) && (ctx.Err() == nil || !errors.Is(err, ctx.Err())):
		if r.folder.epochs > 0 {
			err = fmt.Errorf("%w; %s", err, r.folder.state())
		}
		return err
	}
	r.interrupted = true
	if r.part.Images > 0 {
		e := vae.Epoch{Epoch: r.part.Epoch, Train: r.part.Loss, Test: notEvaluated()}
		r.history = append(r.history, record{e, math.NaN(), r.part.Images, r.seconds, r.model.WeightsSHA256(), r.model.OptimizerSHA256(), r.steps})
	}
	return nil
}

// saveIfDue tells whether the model is saved. A failure is told once: what has
// failed is tried again, and at the end it is an error.
func (r *trainRun) saveIfDue() bool {
	if len(r.history) < r.options.Epochs && !r.folder.due() && !r.keeps() {
		return false
	}
	told := r.folder.failed
	err := r.folder.save(r)
	if err != nil && !told && len(r.history) < r.options.Epochs { // else finish tells
		fmt.Fprintf(r.log, "epoch %d is not saved: %s; training goes on, and tries again\n", r.last().Epoch.Epoch, errorText(err))
	}
	return err == nil
}

// finish saves the model, evaluates it where that is still to be done, draws the
// pictures, and returns the names of all files.
func (r *trainRun) finish(ctx context.Context) ([]string, error) {
	if r.folder.epochs < len(r.history) || r.folder.failed {
		r.fitThresholds(ctx)
		if err := r.folder.save(r); err != nil {
			return nil, fmt.Errorf("%w; %s", err, r.folder.state())
		}
	}
	if last := &r.history[len(r.history)-1]; math.IsNaN(last.Test.Total) {
		test, err := r.model.Evaluate(ctx, r.rows.test, r.options)
		switch {
		case errors.Is(err, context.Canceled): // it stays unknown
		case err != nil:
			return nil, err
		case math.IsNaN(test.Total) || math.IsInf(test.Total, 0):
			return nil, fmt.Errorf("interrupted, and the test loss is %v: try a smaller -lr; %s", test.Total, r.folder.state())
		default:
			last.Test = test
			if !r.ranks.leads() {
				break
			}
			if err := r.folder.history.replace(r.history); err != nil {
				return nil, fmt.Errorf("%w; %s", err, r.folder.state())
			}
		}
	}
	if !r.ranks.leads() {
		return nil, nil
	}
	drawn, err := r.draw(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, r.folder.state())
	}
	files := []string{modelName, historyName, documentName, stateName}
	if r.best.epoch > 0 {
		files = append(files, bestName)
	}
	files = append(files, drawn...)
	if ctx.Err() != nil {
		return files, nil
	}
	if err := r.writePage(drawn); err != nil {
		return nil, fmt.Errorf("%w; %s", err, r.folder.state())
	}
	return append(files, pageName), nil
}
