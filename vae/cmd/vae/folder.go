package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The files that train leaves.
const (
	modelName           = "model.safetensors"
	documentName        = "run.json"
	bestName            = "best.safetensors" // with -validate
	historyName         = "history.csv"
	reconstructionsName = "reconstructions.png"
	samplesName         = "samples.png"
	traversalName       = "traversal.png"
	lossName            = "loss.png"
	pageName            = "report.html"
)

// besideModel are the files that a run may leave beside its model: an earlier run's would
// pass for this one's.
func besideModel() []string {
	return []string{bestName, documentName, stateName, reconstructionsName, samplesName, traversalName, lossName, pageName}
}

// savingShare is the part of a run's time that saving may take, but for the
// first time and the last.
const savingShare = 0.05

// A runFolder holds a run: its model, its history and its pictures.
type runFolder struct {
	dir     string
	used    bool // by an earlier run, until the first save
	resumed bool // it holds what this run goes on with
	history historyFile
	epochs  int // of this run whose model is in the file

	follows bool // this is not rank 0, which alone writes

	begin       time.Time     // of the training
	spent, last time.Duration // saving; the last time
	failed      bool          // the last time
}

// openFolder makes the folder and tells whether a run can be saved in it. What
// is in it may be an earlier run's, but not another program's. A run that is resumed may
// be in the folder itself.
func openFolder(std streams, dir, data, resumed string) (*runFolder, error) {
	if dir == "" {
		return nil, errors.New("-out is empty: want the name of a folder")
	}
	if err := makeFolder(dir, "out"); err != nil {
		return nil, err
	}
	if sameFolder(dir, data) {
		return nil, fmt.Errorf("-out %s is the folder of -data, whose images the pictures would join"+mend, dir)
	}
	f := &runFolder{dir: dir, used: isRun(dir)}
	f.history.path = f.path(historyName)
	for _, name := range slices.Concat(besideModel(), keptNames(dir), []string{modelName, historyName}) {
		if err := probe(f.path(name), "out"); err != nil {
			return nil, err
		}
		if sameFolder(f.path(name), data) || data == standardInput && std.reads(f.path(name)) {
			return nil, fmt.Errorf("-out %s: the run would replace %s, the file of -data"+mend, dir, f.path(name))
		}
		if _, err := os.Lstat(f.path(name)); err == nil && !f.used {
			return nil, fmt.Errorf("%s is there already, and not from an earlier run"+mend, f.path(name))
		}
	}
	if f.resumed = resumed != "" && sameFolder(dir, resumed); f.resumed {
		f.used = false
	}
	return f, nil
}

// isRun tells whether a folder holds a run of ours.
func isRun(dir string) bool {
	starts := func(name, with string) bool {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
			return false
		}
		f, err := os.Open(path)
		if err != nil {
			return false
		}
		defer f.Close()
		b, _ := io.ReadAll(io.LimitReader(f, 4096))
		return bytes.Contains(b, []byte(with))
	}
	return starts(modelName, `"format":"lanewise"`) || starts(historyName, historyHeader)
}

func (f *runFolder) path(name string) string { return filepath.Join(f.dir, name) }

// due tells whether saving now would keep to its share of the run's time.
func (f *runFolder) due() bool {
	return float64(f.spent+f.last) <= savingShare*float64(time.Since(f.begin))
}

// save saves the model, the best one if it is another than in the file, the epochs that
// the history on the disk does not have, and what it takes to go on. The state comes last:
// there is no state of an epoch that run.json does not know.
func (f *runFolder) save(r *trainRun) (err error) {
	if f.follows {
		f.epochs = len(r.history)
		return nil
	}
	start := time.Now()
	defer func() {
		f.last = time.Since(start)
		f.spent += f.last
		f.failed = err != nil
	}()
	if err := r.model.Save(f.path(modelName)); err != nil {
		return err
	}
	f.epochs = len(r.history)
	if f.used {
		for _, name := range append(besideModel(), keptNames(f.dir)...) {
			if err := os.Remove(f.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
		f.used = false
	}
	if err := r.best.save(f.path(bestName)); err != nil {
		return err
	}
	if err := f.history.save(r.history); err != nil {
		return err
	}
	if err := r.about.save(f.path(documentName), r.history, r.rows.train.Len()); err != nil {
		return err
	}
	if err := r.model.SaveState(f.path(stateName)); err != nil {
		return err
	}
	if r.keeps() {
		return r.model.SaveState(f.path(keptName(f.epochs)))
	}
	return nil
}

// state says what the model in the folder is, after a failure.
func (f *runFolder) state() string {
	switch {
	case f.epochs > 0:
		return fmt.Sprintf("%s is the model of epoch %d", f.path(modelName), f.epochs)
	case f.resumed:
		return fmt.Sprintf("%s is what the run had saved before", f.path(modelName))
	case f.used:
		return fmt.Sprintf("%s is that of an earlier run", f.path(modelName))
	}
	return "nothing was saved"
}
