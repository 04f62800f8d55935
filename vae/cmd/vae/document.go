package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/internal/strictjson"
)

// A runDocument is run.json: all that it takes to go on with a run, and to verify it.
type runDocument struct {
	Format   string            `json:"format"`
	Command  string            `json:"command"`  // repeats the run from its beginning
	Settings map[string]string `json:"settings"` // the flags that have a value
	Model    json.RawMessage   `json:"model"`    // its description, before the first step
	Data     dataDocument      `json:"data"`
	Sessions []session         `json:"sessions"`

	// The epoch that an interruption has ended, if one has.
	Interrupted *epochDocument `json:"interrupted,omitempty"`

	Epochs []epochDocument `json:"epochs,omitempty"` // the complete ones, from the first
}

const documentFormat = "lanewise run"

// A session is what a process has added to a run.
type session struct {
	Epoch   int    `json:"from_epoch"`
	Rows    int    `json:"from_row,omitempty"` // of that epoch
	Version string `json:"version"`            // of this program
	machine
	Ranks []machine `json:"ranks,omitempty"` // of several, the first of which is the one above

	// What it goes on with, within an epoch: the state is that until it has saved another.
	Interrupted *epochDocument `json:"interrupted,omitempty"`
}

// A machine is what a process runs on.
type machine struct {
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
	Set     string `json:"set"`
	Threads int    `json:"threads"`
}

// recordRanks notes on what each of several ranks runs.
func (r *trainRun) recordRanks() error {
	s := &r.about.Sessions[len(r.about.Sessions)-1]
	own, err := json.Marshal(s.machine)
	if err != nil {
		return err
	}
	all, err := r.ranks.texts(string(own))
	if err != nil || len(all) < 2 {
		return err
	}
	s.Ranks = make([]machine, len(all))
	for i, text := range all {
		if err := json.Unmarshal([]byte(text), &s.Ranks[i]); err != nil {
			return fmt.Errorf("rank %d: what it runs on: %w", i, err)
		}
	}
	return nil
}

// An epochDocument is a line of the run's history, with the hashes of what it ended with.
type epochDocument struct {
	Epoch     int       `json:"epoch"`
	Train     vae.Loss  `json:"train"`
	Test      *vae.Loss `json:"test,omitempty"`
	HeldOut   *float64  `json:"held_out,omitempty"`
	Images    int       `json:"rows"`
	Seconds   float64   `json:"seconds"`
	Weights   string    `json:"weights_sha256"`
	Optimizer string    `json:"optimizer_sha256"`
	Steps     []byte    `json:"steps,omitempty"` // stepMarks
}

func newEpochDocument(r record) epochDocument {
	e := epochDocument{Epoch: r.Epoch.Epoch, Train: r.Train, HeldOut: known(r.validation), Images: r.images, Seconds: r.seconds, Weights: r.weights, Optimizer: r.optimizer, Steps: r.steps}
	if known(r.Test.Total) != nil {
		e.Test = &r.Test
	}
	return e
}

// record is the line of the history.
func (e *epochDocument) record() record {
	r := record{vae.Epoch{Epoch: e.Epoch, Train: e.Train, Test: notEvaluated()}, math.NaN(), e.Images, e.Seconds, e.Weights, e.Optimizer, e.Steps}
	if e.Test != nil {
		r.Test = *e.Test
	}
	if e.HeldOut != nil {
		r.validation = *e.HeldOut
	}
	return r
}

// known is nil for what JSON has no number for.
func known(v float64) *float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// document begins the document of a run.
func (r *trainRun) document() (*runDocument, error) {
	model, err := json.Marshal(r.config)
	if err != nil {
		return nil, err
	}
	d := &runDocument{
		Format: documentFormat, Command: repeatCommand(r.flags), Settings: recordedSettings(r.flags),
		Model: model, Data: r.source,
	}
	s := session{Epoch: 1, Version: programVersion(), machine: machine{runtime.Version(), runtime.GOOS, runtime.GOARCH, r.engine.Set().Name(), r.engine.Threads()}}
	if from := r.resumed; from != nil {
		epochs, rows := r.model.Trained()
		s.Epoch, s.Rows = epochs+1, rows
		if rows > 0 {
			s.Interrupted = from.at(epochs, rows)
		}
		for _, old := range from.Sessions {
			if old.Epoch < s.Epoch || old.Epoch == s.Epoch && old.Rows < s.Rows {
				d.Sessions = append(d.Sessions, old)
			}
		}
	}
	d.Sessions = append(d.Sessions, s)
	return d, nil
}

func programVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info.Main.Version
	}
	return "unknown"
}

// save writes the document with the epochs of a history, the last of which may be one that
// was interrupted. There is one on each line.
func (d *runDocument) save(path string, history []record, images int) error {
	head := *d
	var lines [][]byte
	for _, r := range history {
		e := newEpochDocument(r)
		if r.images < images || e.Test == nil {
			head.Interrupted = &e
			break
		}
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		lines = append(lines, append([]byte("    "), line...))
	}
	text, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		text = append(bytes.TrimSuffix(text, []byte("\n}")), ",\n  \"epochs\": [\n"...)
		text = append(append(text, bytes.Join(lines, []byte(",\n"))...), "\n  ]\n}"...)
	}
	return save.File(path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
}

// maxDocument bounds what is read of a run.json, which has some 700 bytes for an epoch, and
// up to 1,400 for the marks of its steps.
const maxDocument = 1 << 29

// readDocument reads the run.json of a folder.
func readDocument(dir string) (*runDocument, error) {
	path := filepath.Join(dir, documentName)
	text, err := readBounded(path, maxDocument, "document of a run")
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("no %s: %s is no folder of a run, or no epoch of it was saved", path, dir)
	case err != nil:
		if info, e := os.Stat(dir); e == nil && !info.IsDir() {
			err = fmt.Errorf("%s is a file: name the folder of a run", dir)
		}
		return nil, err
	}
	d := &runDocument{}
	if err := strictjson.Unmarshal(text, d); err != nil {
		return nil, fmt.Errorf("%s is cut short, or not what vae train has written: %w", path, err)
	}
	if err := d.check(); err != nil {
		return nil, fmt.Errorf("%s: %w: it is not what vae train has written", path, err)
	}
	return d, nil
}

func (d *runDocument) check() error {
	if d.Format != documentFormat {
		return fmt.Errorf("its format is %.64q", d.Format)
	}
	if len(d.Sessions) == 0 || len(d.Model) == 0 {
		return errors.New("it lacks the sessions or the model")
	}
	for i := range d.Epochs {
		e := &d.Epochs[i]
		if e.Epoch != i+1 || e.Test == nil || !isSHA256(e.Weights) || !isSHA256(e.Optimizer) {
			return fmt.Errorf("epoch %d of its list is none, or has no losses or hashes", i+1)
		}
	}
	if e := d.Interrupted; e != nil && (e.Epoch != len(d.Epochs)+1 || !isSHA256(e.Weights)) {
		return errors.New("what was interrupted is not the epoch after those that are complete")
	}
	return nil
}

func isSHA256(s string) bool {
	return len(s) == 64 && !slices.ContainsFunc([]byte(s), func(c byte) bool {
		return (c < '0' || c > '9') && (c < 'a' || c > 'f')
	})
}
