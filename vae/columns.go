package vae

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"github.com/lanewise/lanewise/vae/dataset/table"
	"github.com/lanewise/lanewise/vae/internal/strictjson"
)

// A Threshold is a quantile of the scores of rows that a model was not trained on: a row
// with a larger score is an anomaly.
type Threshold struct {
	Score    Score   `json:"score"`
	Quantile float64 `json:"quantile"` // the share of those rows whose score is at most Value
	Value    float64 `json:"value"`
	Rows     int     `json:"rows"` // how many there were
}

// NewThreshold is the least of the scores that is at least as large as a quantile of them,
// above 0 and at most 1. It sorts the scores.
func NewThreshold(score Score, scores []float64, quantile float64) Threshold {
	if len(scores) == 0 || !(quantile > 0 && quantile <= 1) {
		panic("vae: no scores, or a quantile that is not above 0 and at most 1")
	}
	slices.Sort(scores)
	i := int(math.Ceil(float64(quantile*float64(len(scores))))) - 1
	return Threshold{score, quantile, scores[min(max(i, 0), len(scores)-1)], len(scores)}
}

// beside is what a model has beside its weights, in its file too: how rows of a table
// become rows of its numbers, and from which scores on they are anomalies.
type beside struct {
	columns    *table.Columns
	thresholds []Threshold
}

// Columns say how rows of a table become rows of the model's numbers, if the model is of a
// table; else they are nil. They are not to be changed.
func (b *beside) Columns() *table.Columns { return b.columns }

// Thresholds are those that were set, of several scores; or none. They are not to be changed.
func (b *beside) Thresholds() []Threshold { return b.thresholds }

// SetColumns sets what [Model.Columns] gives and the model's file keeps. It is an error if
// the columns make no sense, are not as many numbers as a row of the model has, or are too
// many for a file.
func (m *Model) SetColumns(c *table.Columns) error {
	if err := checkColumns(c, m.cfg); err != nil {
		return fmt.Errorf("vae: %w", err)
	}
	text, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("vae: columns: %w", err)
	}
	text, err = json.Marshal(string(text)) // as a file has it
	if err != nil {
		return fmt.Errorf("vae: columns: %w", err)
	}
	if n := len(text); n > maxColumns {
		return fmt.Errorf("vae: the columns take %d bytes of a model's file, which has room for %d: use fewer, or shorter names", n, maxColumns)
	}
	m.columns = c
	return nil
}

// maxColumns bounds the text of columns: it leaves room for the layers in a header.
const maxColumns = maxHeader / 4 * 3

func checkColumns(c *table.Columns, cfg Config) error {
	if err := c.Validate(); err != nil {
		return fmt.Errorf("columns: %w", err)
	}
	if got, want := c.Width(), cfg.Input.Size(); got != want {
		return fmt.Errorf("columns of %d numbers for a model of %d", got, want)
	}
	return nil
}

// SetThresholds sets what [Model.Thresholds] gives and the model's file keeps. It is an
// error if a threshold makes no sense.
func (m *Model) SetThresholds(t ...Threshold) error {
	if err := checkThresholds(t, m.cfg); err != nil {
		return fmt.Errorf("vae: %w", err)
	}
	m.thresholds = slices.Clone(t)
	return nil
}

// maxThresholds is more than there are scores.
const maxThresholds = 16

func checkThresholds(all []Threshold, c Config) error {
	if len(all) > maxThresholds {
		return fmt.Errorf("%d thresholds: want at most %d", len(all), maxThresholds)
	}
	for _, t := range all {
		switch {
		case t.Score != ErrorScore && t.Score != ELBOScore && t.Score != BoundScore:
			return fmt.Errorf("a threshold of the score %.64q", t.Score)
		case !(t.Quantile > 0 && t.Quantile <= 1) || t.Value-t.Value != 0 || t.Rows < 1:
			return fmt.Errorf("a threshold of %v, the quantile %v of %d rows", t.Value, t.Quantile, t.Rows)
		}
	}
	return nil
}

// Keys of a file's metadata.
const (
	columnsKey    = "columns"
	thresholdsKey = "thresholds"
)

// describe adds what there is to the metadata of a file.
func (b *beside) describe(md map[string]string) error {
	put := func(key string, v any) error {
		text, err := json.Marshal(v)
		md[key] = string(text)
		return err
	}
	if b.columns != nil {
		if err := put(columnsKey, b.columns); err != nil {
			return err
		}
	}
	if len(b.thresholds) > 0 {
		return put(thresholdsKey, b.thresholds)
	}
	return nil
}

// parse reads what describe wrote, of a model.
func (b *beside) parse(md map[string]string, c Config) error {
	if text := md[columnsKey]; text != "" {
		columns := &table.Columns{}
		if err := strictjson.Decode([]byte(text), columns); err != nil {
			return fmt.Errorf("columns: %w", err)
		}
		if err := checkColumns(columns, c); err != nil {
			return err
		}
		b.columns = columns
	}
	if text := md[thresholdsKey]; text != "" {
		var all []Threshold
		if err := strictjson.Decode([]byte(text), &all); err != nil {
			return fmt.Errorf("thresholds: %w", err)
		}
		if err := checkThresholds(all, c); err != nil {
			return err
		}
		b.thresholds = all
	}
	return nil
}
