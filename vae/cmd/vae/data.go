package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"strings"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

const (
	maxCount   = 1 << 30 // of images
	maxThreads = 1024
)

// dataFlags say which images a command reads.
type dataFlags struct {
	data   string
	limit  int // 0 for all
	size   imageSize
	colour bool
}

func (d *dataFlags) register(f *flag.FlagSet, limit string) {
	f.StringVar(&d.data, "data", "digits", "digits for the embedded ones, or a `folder` of IDX files (gzipped or not) or of\nPNG or JPEG images")
	d.limitFlag(f, limit)
	f.Var(&d.size, "size", "scale images to this `size`, such as 64 or, wide and high, 64x48: what has\nanother ratio loses its edges; left out, images stay as they are")
}

func (d *dataFlags) limitFlag(f *flag.FlagSet, limit string) {
	f.Var(&whole{&d.limit, 1, maxCount}, "limit", limit)
}

// tablesToo is for commands that take rows of a table as well.
func (d *dataFlags) tablesToo(f *flag.FlagSet) {
	f.Lookup("data").Usage += "; or a table: a CSV or NPY file (gzipped or not), or - for\nstandard input"
}

// colourFlag is for commands that have no model whose images are in colour or not.
func (d *dataFlags) colourFlag(f *flag.FlagSet) {
	f.BoolVar(&d.colour, "colour", false, "read images in colour, instead of making them grey")
}

const embedded = "digits"

func (d *dataFlags) load(std streams) (dataset.Split, error) {
	note := std.note
	switch d.data {
	case "":
		return dataset.Split{}, errors.New("-data is empty: want digits or a folder")
	case embedded:
		if info, err := os.Stat(embedded); err == nil && info.IsDir() {
			note("-data digits is what is embedded; the folder of this name is -data ./digits")
		}
		s, err := digits.Load()
		if err == nil && d.limit > 0 {
			s.Train, s.Test = s.Train.Limit(d.limit), s.Test.Limit(d.limit)
		}
		if err == nil && d.colour {
			err = errors.New("-colour: the embedded digits are grey; name a folder with -data")
		}
		if err != nil {
			return s, err
		}
		return d.size.resize(s)
	}
	return dataset.LoadDir(d.data, d.size.options(dataset.Options{
		Limit: d.limit, Memory: int64(min(availableMemory().bytes, 1<<62)), Note: note, Colour: d.colour,
	}))
}

// shapeOf is the shape of images, for a model.
func shapeOf(m dataset.Images) vae.Shape {
	return vae.Shape{Height: m.Rows, Width: m.Cols, Channels: m.Channels()}
}

// openFile opens a regular file, and says how many bytes it has.
func openFile(path string) (*os.File, int64, error) {
	info, err := os.Stat(path) // before Open, which waits for the writer of a pipe
	if err != nil {
		return nil, 0, err
	}
	if !info.Mode().IsRegular() {
		return nil, 0, fmt.Errorf("%s is not a file", path)
	}
	f, err := os.Open(path)
	return f, info.Size(), err
}

// jpegRecord is what a record says of images that another decoder may read as other
// pixels: see [dataset.Split].
type jpegRecord struct {
	Images  int    `json:"jpeg_images,omitempty"`
	Decoder string `json:"jpeg_decoder,omitempty"`
}

func recordJPEG(s dataset.Split) (r jpegRecord) {
	if r.Images = s.JPEG; r.Images > 0 {
		r.Decoder = "image/jpeg of " + runtime.Version()
	}
	return r
}

// engineFlags say what the kernels run on.
type engineFlags struct{ threads int }

func (e *engineFlags) register(f *flag.FlagSet) {
	f.Var(&whole{&e.threads, 0, maxThreads}, "threads", "`threads` to run on; 0 for as many as the machine has.\nThe results do not depend on them")
}

func (e *engineFlags) engine() (*kernels.Engine, error) {
	set, err := kernels.FromEnvironment()
	if err != nil {
		return nil, err
	}
	return kernels.New(set, e.threads), nil
}

// modelFlags name a checkpoint.
type modelFlags struct {
	engineFlags
	checkpoint string
}

func (m *modelFlags) register(f *flag.FlagSet) {
	m.engineFlags.register(f)
	f.StringVar(&m.checkpoint, "checkpoint", "vae-run/"+modelName, "the model, a `file` that vae train or vae import has written")
}

// load reads the model. One that another program wrote may be converted, which is noted.
func (m *modelFlags) load(std streams) (*vae.Model, *kernels.Engine, error) {
	engine, err := m.engine()
	if err != nil {
		return nil, nil, err
	}
	model, err := vae.Import{Note: std.note}.Load(m.checkpoint, engine)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil, fmt.Errorf("no checkpoint %s: run vae train first, or name one with -checkpoint", m.checkpoint)
	case err != nil:
		return nil, nil, fmt.Errorf("%w; -checkpoint wants a file that vae train or vae import has written", err)
	}
	return model, engine, m.checkUse(model, 1)
}

// checkUse names the checkpoint where the model is too large for so many rows at a time.
func (m *modelFlags) checkUse(model *vae.Model, rows int) error {
	if err := checkUse(model.Config(), rows); err != nil {
		return fmt.Errorf("%s: %w", m.checkpoint, err)
	}
	return nil
}

// needImages is an error where the model is of a table, for a command that is not.
func (m *modelFlags) needImages(model *vae.Model) error {
	if model.Columns() == nil {
		return nil
	}
	return fmt.Errorf("%s is a model of the rows of a table, and this is for images: vae score reads tables, among others", m.checkpoint)
}

// blame names the checkpoint where the model is of no use.
func (m *modelFlags) blame(err error) error {
	if errors.Is(err, vae.ErrNotFinite) {
		return fmt.Errorf("%s: %s", m.checkpoint, strings.ReplaceAll(err.Error(), "vae: ", ""))
	}
	return err
}

// inputFlags are those of a command that shows images to a model.
type inputFlags struct {
	modelFlags
	dataFlags
	split             string
	jpeg              jpegRecord
	training, testing dataset.Images
}

func (i *inputFlags) register(f *flag.FlagSet, limit string) {
	i.modelFlags.register(f)
	i.dataFlags.register(f, limit)
	i.split = "test"
	f.Var(&word{&i.split, []string{"train", "test"}}, "split", "which of the images: `train or test`")
}

func (i *inputFlags) load(std streams) (*vae.Model, *kernels.Engine, dataset.Images, error) {
	m, engine, err := i.modelFlags.load(std)
	if err != nil {
		return nil, nil, dataset.Images{}, err
	}
	images, err := i.loadImages(std, m)
	return m, engine, images, err
}

// loadImages reads the images of the split, which are to fit the model.
func (i *inputFlags) loadImages(std streams, m *vae.Model) (dataset.Images, error) {
	if err := i.needImages(m); err != nil {
		return dataset.Images{}, err
	}
	in := m.Config().Input
	if i.data != "" && isTable(i.data) {
		return dataset.Images{}, fmt.Errorf("-data %s is a table, but %s is a model of images of %v: give a folder of those, or the -checkpoint of a table's model", i.data, i.checkpoint, in)
	}
	i.colour = in.Channels == 3
	s, err := i.dataFlags.load(std)
	if err != nil {
		return dataset.Images{}, err
	}
	i.jpeg = recordJPEG(s)
	i.training, i.testing = s.Train, s.Test
	if got := shapeOf(i.images()); got != in {
		return dataset.Images{}, fmt.Errorf("%s has images of %v, but the model in %s is for %v: give the -data that it was trained on%s",
			i.data, got, i.checkpoint, in, resizing(", or %s", in, got))
	}
	return i.images(), i.checkUse(m, min(i.images().Len(), encodeBatch))
}

// images are those of the split.
func (i *inputFlags) images() dataset.Images {
	if i.split == "train" {
		return i.training
	}
	return i.testing
}
