package vae

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// kinds of models for images of rows×cols.
func kinds(rows, cols int) map[string]mlp {
	return map[string]mlp{
		"bernoulli": {Kind: VAE, Rows: rows, Cols: cols, Hidden: []int{16}, Latent: 4},
		"gaussian":  {Kind: VAE, Rows: rows, Cols: cols, Hidden: []int{8, 8}, Latent: 3, Variance: 0.1},
		"ae":        {Kind: AE, Rows: rows, Cols: cols, Hidden: []int{16}, Latent: 4},
	}
}

// testImages is n images of 3×5 pixels, of which some are all black or white.
func testImages(n int) dataset.Images {
	pixels := make([]byte, n*15)
	for i := range pixels {
		switch i / 15 % 5 {
		case 3:
		case 4:
			pixels[i] = 255
		default:
			pixels[i] = byte(kernels.Noise{Seed: 8}.Bits(uint64(i)))
		}
	}
	return dataset.Images{Pixels: pixels, Rows: 3, Cols: 5}
}

func train(t *testing.T, m *Model, images dataset.Images, o Options) []Epoch {
	t.Helper()
	history, err := m.Train(context.Background(), images, images, o)
	if err != nil {
		t.Fatal(err)
	}
	return history
}

// TestTrainLearns: the loss on digits that it has not seen falls.
func TestTrainLearns(t *testing.T) {
	data := testDigits(t)
	const n, batch = 200, 10
	test := data.Test.Limit(50)
	for name, c := range kinds(28, 28) {
		t.Run(name, func(t *testing.T) {
			m := newTestModel(t, c, 1)
			before, err := m.Evaluate(t.Context(), test, Options{Beta: 1, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			o := DefaultOptions()
			o.Epochs, o.Batch, o.LR = 2, batch, 5e-3
			pixels := bytes.Clone(data.Train.Pixels)
			history, err := m.Train(context.Background(), data.Train.Limit(n), test, o)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(pixels, data.Train.Pixels) {
				t.Error("training changed the images")
			}
			if len(history) != 2 || history[0].Epoch != 1 || history[1].Epoch != 2 {
				t.Fatalf("history %+v", history)
			}
			a, b := history[0], history[1]
			if !(b.Train.Total < a.Train.Total && b.Test.Total < a.Test.Total && b.Test.Total < before.Total-0.3*math.Abs(before.Total)) {
				t.Errorf("the loss does not fall: %v before, then %+v", before, history)
			}
			for _, l := range []Loss{a.Train, b.Train, a.Test, b.Test} {
				if l.Total != l.Reconstruction+l.KL || !(l.KL >= 0) || (c.Kind == AE) != (l.KL == 0) {
					t.Errorf("a loss of %+v", l)
				}
			}
			t.Log(before, b.Test)
		})
	}
}

// TestBeta weighs the KL, in the gradient and in the total.
func TestBeta(t *testing.T) {
	images := testImages(60)
	kl := map[float64]float64{}
	for _, beta := range []float64{0, 1, 10} {
		m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
		h := train(t, m, images, Options{Epochs: 20, Batch: 20, LR: 0.01, Beta: beta, Seed: 1})
		l := h[len(h)-1].Train
		kl[beta] = l.KL
		if l.Total != l.Reconstruction+float64(beta*l.KL) {
			t.Errorf("beta %v: %+v", beta, l)
		}
	}
	if !(kl[10] < kl[1] && kl[1] < kl[0]) {
		t.Errorf("KL by beta: %v", kl)
	}
}

// TestCancel: the epochs that are complete come back, and the model goes on.
func TestCancel(t *testing.T) {
	images := testImages(30)
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	ctx, cancel := context.WithCancel(context.Background())
	o := DefaultOptions()
	o.Epochs, o.Batch = 5, 10
	steps := 0
	o.Progress = func(p Progress) {
		steps++
		if p.Epoch == 3 && p.Images == 20 {
			cancel()
		}
	}
	h, err := m.Train(ctx, images, images, o)
	if !errors.Is(err, context.Canceled) || len(h) != 2 || steps != 8 {
		t.Errorf("%d epochs, %d steps, error %v", len(h), steps, err)
	}
	if again, err := m.Train(ctx, images, images, o); !errors.Is(err, context.Canceled) || len(again) != 0 || steps != 8 {
		t.Errorf("cancelled before it began: %d epochs, %d steps, error %v", len(again), steps, err)
	}
	o.Progress = nil
	if more := train(t, m, images, o); !(more[4].Train.Total < h[1].Train.Total) {
		t.Errorf("the cancelled model does not learn: %+v after %+v", more, h)
	}
}

// TestExplosion: a learning rate that is too large is an error, at the last
// step too, which only the test images see.
func TestExplosion(t *testing.T) {
	for name, c := range kinds(3, 5) {
		for _, batch := range []int{5, 30} {
			t.Run(fmt.Sprintf("%s/batch=%d", name, batch), func(t *testing.T) {
				images := testImages(30)
				m := newTestModel(t, c, 1)
				o := Options{Epochs: 1, Batch: batch, LR: 1e30, Beta: 1, Seed: 1}
				steps := 0
				o.Progress = func(p Progress) {
					steps++
					if !(math.Abs(p.Loss.Total) <= math.MaxFloat64) {
						t.Errorf("progress with a loss of %v", p.Loss)
					}
				}
				h, err := m.Train(context.Background(), images, images, o)
				if err == nil || !strings.Contains(err.Error(), "learning rate") || len(h) != 0 || steps != 1 {
					t.Errorf("history %+v after %d steps, error %v", h, steps, err)
				}
			})
		}
	}
}

// TestProgress counts steps and images where batches do not divide the images.
func TestProgress(t *testing.T) {
	images := testImages(23)
	for _, batch := range []int{1, 5, 22, 23, 24, 1 << 20, math.MaxInt} {
		m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
		var got [][2]int
		var last Loss
		var done []Epoch
		o := Options{Epochs: 2, Batch: batch, LR: 1e-3, Beta: 2, Seed: 1}
		o.Progress = func(p Progress) {
			got = append(got, [2]int{p.Epoch, p.Images})
			if !(p.Loss.Total == p.Loss.Reconstruction+2*p.Loss.KL && p.Loss.Total > 0) {
				t.Errorf("batch %d: %+v", batch, p)
			}
			if p.Epoch == 1 {
				last = p.Loss
			}
		}
		o.EpochDone = func(e Epoch) { done = append(done, e) }
		h := train(t, m, images, o)
		var want [][2]int
		for e := 1; e <= 2; e++ {
			for i := 0; i < 23; {
				i = min(23, i+min(batch, 23))
				want = append(want, [2]int{e, i})
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("batch %d: progress %v, want %v", batch, got, want)
		}
		if h[0].Train != last {
			t.Errorf("batch %d: the epoch's loss %+v, the last progress %+v", batch, h[0].Train, last)
		}
		if !reflect.DeepEqual(done, h) {
			t.Errorf("batch %d: EpochDone had %+v, want %+v", batch, done, h)
		}
	}
}

// TestStepAllocatesNothing, nor does a smaller batch after it.
func TestStepAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	configs := map[string]Config{}
	if !brief() {
		configs["convolutions"] = convConfig(VAE, Bernoulli{})
		configs["learned"] = convConfig(VAE, Gaussian{Variance: 1, Learned: true})
	}
	for name, c := range kinds(3, 5) {
		configs[name] = c.config()
	}
	for name, c := range configs {
		for _, on := range []struct{ threads, shards int }{{1, 1}, {3, 1}, {1, 2}, {3, 5}} {
			m, err := New(c, kernels.New(kernels.Default(), on.threads), 1)
			if err != nil {
				t.Fatal(err)
			}
			size := c.Input.Size()
			x := uniform(64*size, 1)
			o := DefaultOptions()
			if c.Kind == VAE {
				o = everyOption(o)
			}
			o.Shards = on.shards
			m.Step(x, o)
			if n := testing.AllocsPerRun(20, func() { m.Step(x, o); m.Step(x[:17*size], o) }); n != 0 {
				t.Errorf("%s on %d threads, %d shards: %v allocations", name, on.threads, on.shards, n)
			}
		}
	}
}
