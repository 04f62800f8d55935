package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

const aboutScore = `Writes a score of each row of a table, or of each image, as CSV or as lines of JSON:
the larger, the less it is like those that the model was trained on. The score is

  elbo   the negative ELBO, decoded from the mean of the code (of an ae: its loss)
  error  the mean squared error of the reconstruction
  bound  with -k: the importance-weighted bound of -log p(x), of k codes (vae only)

A row above the threshold that train has fitted (its -quantile) is an anomaly. With
-label, a column that says which rows are known to be anomalies, it ends with how well
the scores tell them: ROC-AUC, average precision, and F1 at the threshold.

A row's score is a function of the model and the row alone: whatever rows are beside
it, in any order, on any machine, it has the same bits. Of a pipe each line is written
as soon as its row has come, and flushed. A row that cannot become numbers, for a word that
no row of the training had or a cell that is missing, ends it with an error.

  vae score -data new.csv -top 3 -id device -out scores.csv
  tail -n +1 -f log.csv | vae score -format json`

// scoreFlags are the flags of score.
type scoreFlags struct {
	inputFlags
	options   vae.ScoreOptions
	score     string
	header    string
	top       int
	id, label string
	threshold string
	format    string
	plot      string
	out       output
}

func parseScore(std streams, args []string) (*scoreFlags, *flag.FlagSet, error) {
	s := &scoreFlags{format: "csv", options: vae.ScoreOptions{Seed: 1}}
	f := newFlags("score")
	s.inputFlags.register(f, "score the first `n` rows or images; all where it is left out")
	f.Lookup("data").Usage = "a table: a CSV or NPY `file`, gzipped or not, or - for standard input, which it is\nwhere the flag is left out; or of a model of images digits or a folder"
	headerFlag(f, &s.header)
	f.Var(&word{&s.score, []string{string(vae.ELBOScore), string(vae.ErrorScore)}}, "score", "`elbo or error`; elbo for a vae and error for an ae where it is left out")
	f.Var(&whole{&s.options.Samples, 1, 1 << 24}, "k", "`codes` of each row for the bound of -log p(x), which is the score then")
	seedFlag(f, &s.options.Seed, "`seed` of the noise of -k")
	f.Var(&whole{&s.top, 1, 1 << 20}, "top", "name the `n` columns (or pixels) that add most to the reconstruction's part")
	f.StringVar(&s.id, "id", "", "the `column` whose cells name the rows; else they are numbered from 0")
	f.StringVar(&s.label, "label", "", "a `column` that is 1 or true of anomalies and 0 or false of others; or\ncolumn=word, of which anomalies have the word")
	f.StringVar(&s.threshold, "threshold", "", "`score` above which a row is an anomaly, instead of the model's threshold")
	f.Var(&word{&s.format, []string{"csv", "json"}}, "format", "`csv`, or json: an object in each line")
	f.StringVar(&s.plot, "plot", "", "draw the histogram of the scores, and with -label both curves, to this PNG `file`")
	s.out.register(f, std, "-", "CSV or JSON", ".csv", ".json", ".jsonl", ".ndjson", ".txt")
	return s, f, parse(f, std, args, aboutScore)
}

func score(ctx context.Context, std streams, args []string) error {
	s, f, err := parseScore(std, args)
	if err != nil {
		return err
	}
	m, _, err := s.modelFlags.load(std)
	if err != nil {
		return err
	}
	if err := s.complete(m); err != nil {
		return err
	}
	r := &scoreRun{scoreFlags: s, model: m, threshold: math.NaN()}
	if err := s.out.check(); err != nil {
		return err
	}
	plot := output{streams: std, flag: "plot", path: s.plot, what: "PNG", ends: []string{".png"}, from: f}
	if s.plot != "" {
		if err := plot.checkBeside(&s.out); err != nil {
			return err
		}
		if plot.standard() {
			s.out.out = std.err // where it says that it is written
		}
	}
	var all func() error
	if m.Columns() != nil {
		if err := imageFlags(f); err != nil {
			return err
		}
		if !given(f)["data"] {
			s.data = standardInput
		}
		in, err := r.openTable(std)
		if err != nil {
			return err
		}
		defer in.close()
		all = func() error { return r.table(ctx, in) }
	} else {
		if s.id != "" || s.label != "" {
			return fmt.Errorf("-id and -label are for tables, but %s is a model of images", s.checkpoint)
		}
		images, err := s.loadImages(std, m)
		if err != nil {
			return err
		}
		r.parts = pixelParts(images)
		all = func() error { return r.images(ctx, images) }
	}
	if err := r.findThreshold(std); err != nil {
		return err
	}
	var failed error // not in writing
	err = s.out.write(func(w io.Writer) error {
		r.w = bufio.NewWriter(w)
		r.csv = csv.NewWriter(r.w) // which is large enough to be its buffer
		r.begin()
		r.w.Flush() // a row may be long in coming; an error stays with the writer
		if failed = all(); failed != nil {
			r.w.Flush()
			return failed
		}
		return r.w.Flush()
	}, "")
	if failed != nil {
		err = failed
	}
	if err != nil {
		return s.blame(err)
	}
	return r.end(std, &plot)
}

// complete fills in what was left out, and checks what is given.
func (s *scoreFlags) complete(m *vae.Model) error {
	o, kind := &s.options, m.Config().Kind
	switch {
	case o.Samples > 0 && s.score != "":
		return errors.New("-k and -score: want one of them")
	case o.Samples > 0 && kind == vae.AE:
		return fmt.Errorf("-k is for a vae: %s is an autoencoder, which has no likelihood to bound", s.checkpoint)
	case o.Samples > 0:
		o.Score = vae.BoundScore
	case s.score != "":
		o.Score = vae.Score(s.score)
	case kind == vae.AE:
		o.Score = vae.ErrorScore
	default:
		o.Score = vae.ELBOScore
	}
	if c := m.Columns(); c != nil {
		o.Missing = c.Missing == table.Mask
	}
	return o.Validate(kind)
}

// A scoreRun is a run of score.
type scoreRun struct {
	*scoreFlags
	model     *vae.Model
	threshold float64 // NaN where there is none
	w         *bufio.Writer
	csv       *csv.Writer // to w, which has what it is given
	parts     rowParts
	scores    []float64
	labels    []bool // where there are any

	ids []string // of the rows of a batch
}

// findThreshold takes the threshold that is given, or the model's of this score.
func (r *scoreRun) findThreshold(std streams) error {
	if r.scoreFlags.threshold != "" {
		v, err := strconv.ParseFloat(r.scoreFlags.threshold, 64)
		if err != nil || v-v != 0 {
			return fmt.Errorf("-threshold %.64q: want a number", r.scoreFlags.threshold)
		}
		r.threshold = v
		return nil
	}
	for _, t := range r.model.Thresholds() {
		if t.Score == r.options.Score {
			r.threshold = t.Value
			return nil
		}
	}
	std.note(fmt.Sprintf("%s has no threshold of the score %s: no row is called an anomaly; give one with -threshold", r.checkpoint, r.options.Score))
	return nil
}

// openTable begins to read the table.
func (r *scoreRun) openTable(std streams) (*tableInput, error) {
	var beside []string
	label, _, _ := strings.Cut(r.label, "=")
	for _, name := range []string{r.id, label} {
		if name != "" {
			beside = append(beside, name)
		}
	}
	c := r.model.Columns()
	r.parts = columnParts(c)
	return openInput(std, r.data, r.header, c, beside...)
}

// table scores the rows of a table.
func (r *scoreRun) table(ctx context.Context, in *tableInput) error {
	id, label := -1, -1
	if r.id != "" {
		id = in.at(r.id)
	}
	column, word, named := strings.Cut(r.label, "=")
	if column != "" {
		label = in.at(column)
	}
	var wrong error
	keep := func(cells []table.Cell) {
		if id >= 0 {
			r.ids = append(r.ids, cells[id].String())
		}
		if label >= 0 {
			anomaly, err := isAnomaly(cells[label], word, named)
			if err != nil && wrong == nil {
				wrong = fmt.Errorf("%s: %w", in.name, in.r.Locate(&table.CellError{Column: column, Err: err}))
			}
			r.labels = append(r.labels, anomaly)
		}
	}
	return in.each(r.limit, keep, func(first int, x []float32) error {
		if err := ctx.Err(); err != nil {
			return errInterrupted
		}
		if wrong != nil {
			return wrong
		}
		if err := r.batch(first, x); err != nil {
			return err
		}
		if in.live {
			return r.w.Flush()
		}
		return nil
	})
}

// isAnomaly is what a label says.
func isAnomaly(cell table.Cell, word string, named bool) (bool, error) {
	switch {
	case named:
		return cell.String() == word, nil
	case cell.Number == 1 || strings.EqualFold(cell.Text, "true"):
		return true, nil
	case cell.Number == 0 || strings.EqualFold(cell.Text, "false"):
		return false, nil
	}
	return false, fmt.Errorf("the label %.64q: want 0 or 1, or say with -label column=word which word anomalies have", cell.String())
}

// images scores images.
func (r *scoreRun) images(ctx context.Context, images dataset.Images) error {
	first := 0
	for some := range batches(images) {
		if ctx.Err() != nil {
			return errInterrupted
		}
		if err := r.batch(first, vae.Floats(some)); err != nil {
			return err
		}
		first += some.Len()
	}
	return nil
}

// ofRow names the row whose outputs are not finite, of those from the first on.
func (r *scoreRun) ofRow(first int, x []float32, err error) error {
	if !errors.Is(err, vae.ErrNotFinite) {
		return err
	}
	size := r.model.Config().Input.Size()
	score := make([]float64, 1)
	for i := 0; i < len(x); i += size {
		if e := r.model.Score(score, nil, x[i:][:size], r.options); errors.Is(e, vae.ErrNotFinite) {
			return fmt.Errorf("row %d: %w", first+i/size, e)
		}
	}
	return err
}

// batch scores rows and writes their lines.
func (r *scoreRun) batch(first int, x []float32) error {
	size := r.model.Config().Input.Size()
	n := len(x) / size
	r.scores = append(r.scores, make([]float64, n)...)
	scores := r.scores[len(r.scores)-n:]
	var terms []float32
	if r.top > 0 {
		terms = make([]float32, len(x))
	}
	if err := r.model.Score(scores, terms, x, r.options); err != nil {
		return r.ofRow(first, x, err)
	}
	for i, v := range scores {
		id := ""
		if r.id != "" {
			id = r.ids[i]
		}
		var top []contribution
		if r.top > 0 {
			top = r.parts.most(terms[i*size:][:size], r.top)
		}
		if err := r.write(first+i, id, v, top); err != nil {
			return err
		}
	}
	r.ids = r.ids[:0]
	if r.label == "" && r.plot == "" {
		r.scores = r.scores[:0]
	}
	return nil
}
