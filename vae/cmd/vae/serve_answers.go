package main

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/lanewise/lanewise/vae"
)

// A modelAnswer says what the model is.
type modelAnswer struct {
	Kind       vae.Kind        `json:"kind"`
	Input      []int           `json:"input"` // height, width, channels
	Latent     int             `json:"latent"`
	Likelihood string          `json:"likelihood"`
	Layers     []layerAnswer   `json:"layers"`
	Weights    string          `json:"weights_sha256"`
	Columns    []columnAnswer  `json:"columns,omitempty"`
	Thresholds []vae.Threshold `json:"thresholds,omitempty"`
	Scores     []vae.Score     `json:"scores"`
}

type layerAnswer struct {
	Part    string `json:"part"`
	Kind    string `json:"kind"`
	Output  string `json:"output"`
	Weights int    `json:"weights"`
}

type columnAnswer struct {
	Name  string   `json:"name"`
	Words []string `json:"words,omitempty"`
}

func describeModel(m *vae.Model) (modelAnswer, error) {
	c := m.Config()
	a := modelAnswer{
		Kind: c.Kind, Input: []int{c.Input.Height, c.Input.Width, c.Input.Channels}, Latent: c.Latent,
		Likelihood: likelihoodText(c.Likelihood), Weights: m.WeightsSHA256(), Thresholds: m.Thresholds(),
		Scores: []vae.Score{vae.ELBOScore, vae.ErrorScore},
	}
	if c.Kind == vae.VAE {
		a.Scores = append(a.Scores, vae.BoundScore)
	}
	layers, err := c.Layers()
	for _, l := range layers {
		a.Layers = append(a.Layers, layerAnswer{l.Part, l.Kind, l.Out.String(), l.Weights})
	}
	if columns := m.Columns(); columns != nil {
		for _, column := range columns.Columns {
			a.Columns = append(a.Columns, columnAnswer{column.Name, column.Words})
		}
	}
	return a, err
}

// filledRows is what /encode and /reconstruct are asked for.
func (s *server) filledRows(body []byte) ([]float32, error) {
	var r struct {
		Rows list `json:"rows"`
	}
	if err := parseBody(body, &r); err != nil {
		return nil, err
	}
	x, missing, err := s.rows(r.Rows)
	if missing {
		fillGaps(x)
	}
	return x, err
}

func (s *server) encode(ctx context.Context, body []byte) ([]byte, error) {
	x, err := s.filledRows(body)
	if err != nil {
		return nil, err
	}
	d := s.config.Latent
	mu, logvar := make([]float32, len(x)/s.config.Input.Size()*d), []float32(nil)
	if s.config.Kind == vae.VAE {
		logvar = make([]float32, len(mu))
	}
	if err := s.model.Encode(ctx, mu, logvar, x); err != nil {
		return nil, err
	}
	b := appendRows([]byte(`{"mu":`), mu, d, appendNumbers)
	if logvar != nil {
		b = appendRows(append(b, `,"logvar":`...), logvar, d, appendNumbers)
	}
	return append(b, "}\n"...), nil
}

func (s *server) reconstruct(ctx context.Context, body []byte) ([]byte, error) {
	x, err := s.filledRows(body)
	if err != nil {
		return nil, err
	}
	if err := s.model.Reconstruct(ctx, x, x); err != nil {
		return nil, err
	}
	return append(appendRows([]byte(`{"rows":`), x, s.config.Input.Size(), s.appendRow), "}\n"...), nil
}

func (s *server) decode(ctx context.Context, body []byte) ([]byte, error) {
	var r struct {
		Codes list `json:"codes"`
	}
	if err := parseBody(body, &r); err != nil {
		return nil, err
	}
	z, err := s.codes(r.Codes)
	if err != nil {
		return nil, err
	}
	x := make([]float32, r.Codes.n*s.config.Input.Size())
	if err := s.model.Decode(ctx, x, z); err != nil {
		return nil, err
	}
	return append(appendRows([]byte(`{"rows":`), x, s.config.Input.Size(), s.appendRow), "}\n"...), nil
}

// maxServedSamples bounds the codes that are decoded for a request.
const maxServedSamples = 1 << 20

func (s *server) score(ctx context.Context, body []byte) ([]byte, error) {
	r := struct {
		Rows    list      `json:"rows"`
		Score   vae.Score `json:"score"`
		Samples int       `json:"samples"`
		Seed    uint64    `json:"seed"`
		Top     int       `json:"top"`
	}{Score: vae.ELBOScore}
	if err := parseBody(body, &r); err != nil {
		return nil, err
	}
	if r.Top < 0 {
		return nil, fmt.Errorf("top %d: want 0 or more", r.Top)
	}
	x, missing, err := s.rows(r.Rows)
	if err != nil {
		return nil, err
	}
	o := vae.ScoreOptions{Score: r.Score, Samples: r.Samples, Seed: r.Seed, Missing: missing}
	if err := o.Validate(s.config.Kind); err != nil {
		return nil, err
	}
	if r.Samples > maxServedSamples/r.Rows.n {
		return nil, fmt.Errorf("%d samples for %d rows: want at most %d in all", r.Samples, r.Rows.n, maxServedSamples)
	}
	scores, terms := make([]float64, r.Rows.n), []float32(nil)
	if r.Top > 0 {
		terms = make([]float32, len(x))
	}
	if err := s.model.Score(ctx, scores, terms, x, o); err != nil {
		return nil, err
	}
	answer := struct {
		Score     vae.Score `json:"score"`
		Threshold *float64  `json:"threshold,omitempty"`
		Rows      []scored  `json:"rows"`
	}{Score: r.Score, Rows: make([]scored, len(scores))}
	for _, t := range s.model.Thresholds() {
		if t.Score == r.Score {
			answer.Threshold = &t.Value
		}
	}
	size := s.config.Input.Size()
	for i, v := range scores {
		row := &answer.Rows[i]
		row.Score = v
		if answer.Threshold != nil {
			anomaly := v > *answer.Threshold
			row.Anomaly = &anomaly
		}
		if terms != nil {
			row.Top = s.parts.most(terms[i*size:][:size], r.Top)
		}
	}
	text, err := json.Marshal(answer)
	return append(text, '\n'), err
}
