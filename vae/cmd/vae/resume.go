package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
)

// notRecorded are the flags that say nothing of a run itself.
var notRecorded = [...]string{"out", "json", "log-json", "threads", "resume", "preset", "silence"}

// recordedSettings are the others that have a value.
func recordedSettings(f *flag.FlagSet) map[string]string {
	all := map[string]string{}
	f.VisitAll(func(x *flag.Flag) {
		if value := x.Value.String(); value != "" && !slices.Contains(notRecorded[:], x.Name) {
			all[x.Name] = value
		}
	})
	return all
}

// mayChange are the recorded flags that a run may be resumed with otherwise, beside -epochs,
// which may grow. Where the data are does not matter, but what they are.
var mayChange = [...]string{"data", "keep", "patience"}

// takeUp reads the run that is to be resumed, and gives the flags its settings. It is an
// error if flags say otherwise.
func (t *trainFlags) takeUp() (*runDocument, error) {
	d, err := readDocument(t.resume)
	if err != nil {
		return nil, err
	}
	here := given(t.flags)
	if err := t.sameSettings(d, here); err != nil {
		return nil, err
	}
	if !here["out"] {
		t.out = t.resume
	}
	t.named = here["model"] && !t.dense()
	return d, t.restore(d, here)
}

// sameSettings is an error that names a flag that says something else than the run.
func (t *trainFlags) sameSettings(d *runDocument, here map[string]bool) (err error) {
	t.flags.Visit(func(x *flag.Flag) {
		value, run := x.Value.String(), d.Settings[x.Name]
		switch {
		case err != nil || slices.Contains(notRecorded[:], x.Name):
		case x.Name == "epochs":
			err = t.growEpochs(run, d.Settings["cosine"] == "true")
		case value != run && !slices.Contains(mayChange[:], x.Name):
			if run == "" {
				run = "none"
			}
			err = fmt.Errorf("-%s is %s, but %s in the run that %s holds: a run goes on as it began", x.Name, value, run, t.resume)
		}
	})
	return err
}

func (t *trainFlags) growEpochs(run string, cosine bool) error {
	epochs, err := strconv.Atoi(run)
	switch {
	case err != nil:
		return nil // restore tells
	case t.options.Epochs < epochs:
		return fmt.Errorf("-epochs is %d, but %d in the run that %s holds: they may only grow", t.options.Epochs, epochs, t.resume)
	case t.options.Epochs > epochs && cosine:
		return fmt.Errorf("-epochs is %d, but with -cosine the learning rate of the run that %s holds falls to 0 in epoch %d: they cannot grow", t.options.Epochs, t.resume, epochs)
	}
	return nil
}

// restore gives the flags that are not given the values of a run.
func (t *trainFlags) restore(d *runDocument, here map[string]bool) error {
	for name, value := range d.Settings {
		x := t.flags.Lookup(name)
		if x == nil {
			return fmt.Errorf("%s: vae train has no flag -%.64s", documentName, name)
		}
		// What has its default is not to count as given.
		if here[name] || x.Value.String() == value {
			continue
		}
		if err := t.flags.Set(name, value); err != nil {
			return fmt.Errorf("%s: -%s %.64q: %w", documentName, name, value, err)
		}
	}
	return nil
}

// sameModel is the model of a run; a description in a file that is named again has to be
// the same.
func (r *trainRun) sameModel() error {
	config, err := vae.ParseConfig(r.resumed.Model)
	if err == nil {
		err = config.Validate()
	}
	if err != nil {
		return fmt.Errorf("%s: model: %w", documentName, err)
	}
	if shape := r.rows.shape(); config.Input != shape {
		return fmt.Errorf("%s: a model for %s, but -data has %s", documentName, rowsOf(config.Input), rowsOf(shape))
	}
	if r.named {
		file, err := r.architectureFlags.config(r.flags, config.Input)
		if err != nil {
			return err
		}
		if !sameConfig(file, config) {
			return fmt.Errorf("-model %s is not the model that the run in %s began with", r.architectureFlags.model, r.resume)
		}
	}
	r.config = config
	return nil
}

// sameConfig compares models, but for a variance that they learn.
func sameConfig(a, b vae.Config) bool {
	for _, c := range []*vae.Config{&a, &b} {
		if g, ok := c.Likelihood.(vae.Gaussian); ok && g.Learned {
			c.Likelihood = vae.Gaussian{Variance: 1, Learned: true}
		}
	}
	x, err := a.MarshalJSON()
	y, e := b.MarshalJSON()
	return err == nil && e == nil && bytes.Equal(x, y)
}

// loadState reads the state of a run that stands after at most so many epochs, if there
// is one: its last one, or else one that it has kept.
func loadState(dir string, d *runDocument, config vae.Config, engine *kernels.Engine, most int) (*vae.Model, string, error) {
	for _, name := range append([]string{stateName}, keptNames(dir)...) {
		path := filepath.Join(dir, name)
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		m, err := vae.LoadState(path, engine)
		if err != nil {
			return nil, "", err
		}
		epochs, rows := m.Trained()
		if epochs > most || epochs == most && rows > 0 || name != stateName && epochs > len(d.Epochs) {
			continue
		}
		if !sameConfig(m.Config(), config) {
			return nil, "", fmt.Errorf("%s is of another model than the run that %s tells of", path, documentName)
		}
		if !d.has(epochs, rows, m.WeightsSHA256(), m.OptimizerSHA256()) {
			return nil, "", fmt.Errorf("%s is not the state after epoch %d that %s tells of; without it, what was saved before is taken", path, epochs, documentName)
		}
		return m, name, nil
	}
	return nil, "", nil
}

// at is where the run tells of having stood, or nil.
func (d *runDocument) at(epochs, rows int) *epochDocument {
	if rows == 0 && epochs > 0 && epochs <= len(d.Epochs) {
		return &d.Epochs[epochs-1]
	}
	for _, e := range []*epochDocument{d.Interrupted, d.Sessions[len(d.Sessions)-1].Interrupted} {
		if rows > 0 && e != nil && e.Epoch == epochs+1 && e.Images == rows {
			return e
		}
	}
	return nil
}

// has tells whether the run has stood there with such hashes.
func (d *runDocument) has(epochs, rows int, weights, optimizer string) bool {
	e := d.at(epochs, rows)
	return e != nil && e.Weights == weights && e.Optimizer == optimizer
}

// goOn takes the model and the history from the run that is resumed.
func (r *trainRun) goOn() error {
	d := r.resumed
	model, name, err := loadState(r.resume, d, r.config, r.engine, len(d.Epochs)+1)
	if err != nil {
		return err
	}
	if model == nil {
		if _, err := os.Lstat(filepath.Join(r.resume, stateName)); err == nil {
			return fmt.Errorf("%s is of more epochs than the %d that %s tells of: they are of two runs", filepath.Join(r.resume, stateName), len(d.Epochs), documentName)
		}
		fmt.Fprintf(r.log, "%s has no %s: the run begins again\n", r.resume, stateName)
		r.replay = d.Epochs
		return nil
	}
	if err := sameColumns(r.dataFlags.data, model.Columns(), r.rows.columns); err != nil {
		return err
	}
	r.model = model
	epochs, rows := model.Trained()
	for i := range d.Epochs[:epochs] {
		r.history = append(r.history, d.Epochs[i].record())
	}
	r.replay = d.Epochs[epochs:]
	if rows > 0 {
		e := d.at(epochs, rows)
		r.part = vae.Progress{Epoch: epochs + 1, Images: rows, Loss: e.Train}
		r.secondsBefore, r.steps = e.Seconds, e.Steps
	}
	if err := r.best.takeUp(r.resume, r.out, r.history); err != nil {
		return err
	}
	fmt.Fprintf(r.log, "going on with %s after epoch %d", filepath.Join(r.resume, name), epochs)
	if rows > 0 {
		fmt.Fprintf(r.log, " and %s", count(rows, thing(r.config)))
	}
	fmt.Fprintln(r.log)
	return nil
}

// repeated is an error where an epoch that the run has had already ends otherwise.
func (r *trainRun) repeated(e record) error {
	if len(r.replay) == 0 || r.replay[0].Epoch != e.Epoch.Epoch {
		return nil
	}
	old := r.replay[0]
	r.replay = r.replay[1:]
	if what := differs(newEpochDocument(e), old); what != "" {
		return fmt.Errorf("epoch %d does not repeat: %s; the program or the machine is not what it was", e.Epoch.Epoch, what)
	}
	return nil
}

// differs says what is not the same of an epoch as in run.json, or nothing.
func differs(here, run epochDocument) string {
	number := func(p *float64) string {
		if p == nil {
			return "none"
		}
		return strconv.FormatFloat(*p, 'g', -1, 64)
	}
	loss := func(l *vae.Loss) string {
		if l == nil {
			return "none"
		}
		return fmt.Sprintf("%v + %v", l.Reconstruction, l.KL)
	}
	for _, c := range []struct{ what, here, run string }{
		{"the weights have the SHA-256", here.Weights, run.Weights},
		{"Adam's moments have the SHA-256", here.Optimizer, run.Optimizer},
		{"the training loss is", loss(&here.Train), loss(&run.Train)},
		{"the test loss is", loss(here.Test), loss(run.Test)},
		{"the loss of the images held out is", number(here.HeldOut), number(run.HeldOut)},
	} {
		if c.here != c.run {
			return fmt.Sprintf("%s %s, in %s %s", c.what, c.here, documentName, c.run)
		}
	}
	return ""
}
