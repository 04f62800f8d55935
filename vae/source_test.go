package vae

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
)

// floatsOf are images as a source of floats.
func floatsOf(images dataset.Images) dataset.Floats {
	return dataset.Floats{Data: Floats(images), Height: images.Rows, Width: images.Cols, Channels: images.Channels()}
}

// TestSources: images that became floats have the bits of those that are bytes, in
// training, black and white, in the loss and in what is said of a code.
func TestSources(t *testing.T) {
	for v := range 256 {
		if x := float32(v) / 255; x*255 != float32(v) {
			t.Errorf("byte %d is %v as a number, and then %v", v, x, x*255)
		}
	}
	images, test := testImages(70), testImages(9)
	for name, c := range kinds(3, 5) {
		for _, binarize := range []bool{false, true} {
			o := Options{Epochs: 2, Batch: 20, LR: 0.01, Beta: 1, Seed: 1, Binarize: binarize}
			of := func(rows, test dataset.Source) (string, Epoch, Codes) {
				m := newTestModel(t, c, 1)
				h, err := m.Train(t.Context(), rows, test, o)
				if err != nil {
					t.Fatal(err)
				}
				codes, err := m.Codes(t.Context(), test)
				if err != nil {
					t.Fatal(err)
				}
				return m.WeightsSHA256(), h[1], codes
			}
			weights, loss, codes := of(images, test)
			others := map[string]dataset.Source{"floats": floatsOf(images), "some": dataset.Some(floatsOf(testImages(75)), 0, 70)}
			for kind, rows := range others {
				w, l, cs := of(rows, floatsOf(test))
				if w != weights || l != loss || math.Float64bits(cs.MeanCorrelation) != math.Float64bits(codes.MeanCorrelation) {
					t.Errorf("%s, black and white %v: %s train another model: %v and %v", name, binarize, kind, l, loss)
				}
			}
		}
	}
}

// A broken source fails from a row on, or has a number that is none.
type broken struct {
	dataset.Floats
	row   int
	value float32
	err   error
}

func (b broken) Gather(dst []float32, index []int) error {
	b.Floats.Gather(dst, index)
	for i, j := range index {
		if j == b.row && b.err != nil {
			return b.err
		} else if j == b.row {
			dst[i*b.Size()+2] = b.value
		}
	}
	return nil
}

// TestBrokenSources: an error says where, and nothing has been learned of the batch.
func TestBrokenSources(t *testing.T) {
	rows := floatsOf(testImages(300))
	disk := errors.New("the disk is gone")
	for _, c := range []struct {
		name, kind string
		rows       broken
		want       string
	}{
		{"failing", "gaussian", broken{rows, 280, 0, disk}, "the disk is gone"},
		{"NaN", "gaussian", broken{rows, 280, float32(math.NaN()), nil}, "vae: row 280: number 2 is NaN"},
		{"infinite", "ae", broken{rows, 280, float32(math.Inf(-1)), nil}, "vae: row 280: number 2 is -Inf"},
		{"above 1", "bernoulli", broken{rows, 280, 1.5, nil}, "vae: row 280: pixel 2 is 1.5"},
	} {
		m := newTestModel(t, kinds(3, 5)[c.kind], 1)
		before := m.WeightsSHA256()
		o := Options{Epochs: 1, Batch: 300, LR: 0.01, Beta: 1, Seed: 1}
		h, err := m.Train(t.Context(), c.rows, rows, o)
		if err == nil || !strings.Contains(err.Error(), c.want) || len(h) > 0 || m.WeightsSHA256() != before {
			t.Errorf("%s: history %v, error %v; want %q", c.name, h, err, c.want)
		}
		o.Binarize = true
		if _, err := m.Train(t.Context(), c.rows, rows, o); err == nil || !strings.Contains(err.Error(), strings.TrimPrefix(c.want, "vae: row 280: number ")) {
			t.Errorf("%s: black and white: error %v; want %q", c.name, err, c.want)
		}
		if _, err := m.Evaluate(t.Context(), c.rows, o); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: evaluated: error %v; want %q", c.name, err, c.want)
		}
	}
}
