package vae

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
)

var nan = float32(math.NaN())

// gappy is rows of 15 numbers, of which column 4 is missing, and every seventh number.
func gappy(n int) dataset.Floats {
	rows := floatsOf(testImages(n))
	for i := range rows.Data {
		if i%15 == 4 || i%7 == 0 {
			rows.Data[i] = nan
		}
	}
	rows.Missing = true
	return rows
}

// missingConfigs are models of rows of 15 numbers.
func missingConfigs() map[string]Config {
	all := map[string]Config{}
	for name, c := range kinds(3, 5) {
		all[name] = c.config()
	}
	c := kinds(3, 5)["gaussian"].config()
	c.Likelihood = Gaussian{Variance: 1, Learned: true}
	all["learned"] = c
	return all
}

// TestMissingNumbers are left out of the loss: what is in their place makes no
// difference, an output of which nothing is known does not learn, and the loss is that of
// the numbers that are known.
func TestMissingNumbers(t *testing.T) {
	rows := gappy(60)
	for name, c := range missingConfigs() {
		for _, shards := range []int{1, 3} {
			o := Options{Epochs: 3, Batch: 20, LR: 0.01, Beta: 1, Seed: 1, Shards: shards}
			m, err := New(c, engine(), 1)
			if err != nil {
				t.Fatal(err)
			}
			output := m.net.units[len(m.net.units)-1]
			before := slices.Concat(output.weights...)
			h, err := m.Train(t.Context(), rows, rows, o)
			if err != nil {
				t.Fatal(err)
			}
			weights, in := len(output.weights[0]), len(output.weights[0])/15
			var learned [15]bool
			for i, w := range slices.Concat(output.weights...) {
				column := i / in
				if i >= weights { // a bias
					column = i - weights
				}
				learned[column] = learned[column] || w != before[i]
			}
			for column, learned := range learned {
				if learned != (column != 4) {
					t.Errorf("%s: column %d learned: %v", name, column, learned)
				}
			}
			if first, last := h[0].Test.Total, h[2].Test.Total; !(last < first) {
				t.Errorf("%s: a loss of %v, and then %v", name, first, last)
			}
			checkKnownLoss(t, name, m, rows)
		}
	}
}

// checkKnownLoss compares scores with those of the numbers that are known.
func checkKnownLoss(t *testing.T, name string, m *Model, rows dataset.Floats) {
	t.Helper()
	scores, err := m.Scores(t.Context(), rows, ScoreOptions{Score: ErrorScore})
	if err != nil {
		t.Fatal(err)
	}
	input := filled(new([]float32), rows.Data)
	y, err := m.Reconstruct(input)
	if err != nil {
		t.Fatal(err)
	}
	var squares, n float64 // of all
	for i := range scores {
		var sum, known float64
		for j, v := range rows.Row(i) {
			if v == v {
				d := float64(v) - float64(y[i*15+j])
				sum, known = sum+d*d, known+1
			}
		}
		if !near(scores[i], sum/known, 1e-5) {
			t.Errorf("%s: a score of %v, want %v", name, scores[i], sum/known)
		}
		squares, n = squares+sum, n+known
	}
	if m.cfg.Kind == AE {
		loss, err := m.Evaluate(t.Context(), rows, Options{})
		if err != nil || !near(loss.Reconstruction, squares/float64(len(scores)), 1e-4) {
			t.Errorf("%s: a loss of %v, %v; want %v", name, loss.Reconstruction, err, squares/float64(len(scores)))
		}
	}
	terms := make([]float32, len(rows.Data))
	if err := m.Score(scores, terms, rows.Data, ScoreOptions{Score: ELBOScore, Missing: true}); err != nil {
		t.Fatal(err)
	}
	for i, v := range rows.Data {
		if (v == v) != (terms[i] != 0) {
			t.Fatalf("%s: number %d of %v adds %v", name, i, v, terms[i])
		}
	}
}

// TestNothingMissing: rows of which nothing is missing have the bits that they had, and a
// row of which everything is missing teaches nothing.
func TestNothingMissing(t *testing.T) {
	rows := floatsOf(testImages(60))
	marked := rows
	marked.Missing = true
	o := Options{Epochs: 2, Batch: 20, LR: 0.01, Beta: 1, Seed: 1}
	for name, c := range missingConfigs() {
		var hashes []string
		for _, r := range []dataset.Source{rows, marked, dataset.Some(marked, 0, 60)} {
			m, err := New(c, engine(), 1)
			if err != nil {
				t.Fatal(err)
			}
			train := func(rows dataset.Source) {
				if _, err := m.Train(t.Context(), rows, rows, o); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			train(r)
			hashes = append(hashes, m.WeightsSHA256())
			if c.Kind == AE {
				train(dataset.Floats{Data: slices.Repeat([]float32{nan}, 30), Height: 3, Width: 5, Missing: true})
			}
		}
		if hashes[0] != hashes[1] || hashes[0] != hashes[2] {
			t.Errorf("%s: rows that may have gaps, and have none, train another model", name)
		}
	}
	m := newTestModel(t, kinds(3, 5)["gaussian"], 1)
	gaps := gappy(20)
	gaps.Missing = false
	if _, err := m.Evaluate(t.Context(), dataset.Some(gaps, 0, 20), o); err == nil || !strings.Contains(err.Error(), "row 0: number 0 is NaN") {
		t.Errorf("NaN in rows without gaps: %v", err)
	}
}
