package vae

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// A memory is a rank of an exchange between goroutines.
type memory struct {
	rank  int
	pipes [][]chan []float32 // [from][to]
	swaps int                // until it fails, if it is not 0
}

var errCut = errors.New("the line is cut")

func (m *memory) Rank() int  { return m.rank }
func (m *memory) Ranks() int { return len(m.pipes) }

func (m *memory) Swap(rank int, send, recv []float32) error {
	if m.swaps--; m.swaps == 0 || rank == m.rank {
		return errCut
	}
	if len(send) > 0 {
		m.pipes[m.rank][rank] <- slices.Clone(send) // there is room for more than one that has ended leaves
	}
	if len(recv) == 0 {
		return nil
	}
	got, ok := <-m.pipes[rank][m.rank]
	if !ok {
		return errCut
	}
	if len(got) != len(recv) {
		panic("another length")
	}
	copy(recv, got)
	return nil
}

// together runs f as so many ranks at once. What one sends ends with it, as that of a process
// does.
func together(n int, f func(rank int, e *memory)) {
	pipes := make([][]chan []float32, n)
	for i := range pipes {
		for range n {
			pipes[i] = append(pipes[i], make(chan []float32, 64))
		}
	}
	var wait sync.WaitGroup
	for i := range n {
		wait.Go(func() {
			defer func() {
				for _, pipe := range pipes[i] {
					close(pipe)
				}
			}()
			f(i, &memory{rank: i, pipes: pipes})
		})
	}
	wait.Wait()
}

// A trained model, and what else its training has told.
type trained struct {
	weights, optimizer string
	history            []Epoch
	err                error
}

func trainRank(t testing.TB, c Config, engine *kernels.Engine, rows, test dataset.Source, o Options) trained {
	m, err := New(c, engine, 1)
	if err != nil {
		t.Error(err)
		return trained{}
	}
	history, err := m.Train(t.Context(), rows, test, o)
	return trained{m.WeightsSHA256(), m.OptimizerSHA256(), history, err}
}

// TestRanks: any number of processes that divides the shards learns what one does, bit for
// bit, in batches that leave shards without an image too, in different sets at once.
func TestRanks(t *testing.T) {
	data := testDigits(t)
	base := Options{Epochs: 2, Batch: 40, LR: 1e-3, Beta: 1.1, Seed: 1}
	capacity := base
	capacity.Capacity, capacity.CapacitySteps = 5, 3
	binarize := base
	binarize.Binarize = true
	dense := DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5)
	for _, c := range []struct {
		name   string
		config Config
		o      Options
	}{
		{"plain", dense, base},
		{"capacity", dense, capacity},
		{"binarize", dense, binarize},
		{"every option", convConfig(VAE, Gaussian{Variance: 1, Learned: true}), everyOption(base)},
	} {
		t.Run(c.name, func(t *testing.T) {
			sets := testSets(t)
			train, test := data.Train.Limit(83), data.Test.Limit(3*evalBatch+20)
			hashes := map[string]int{}
			for _, shards := range []int{1, 2, 6, 8, 12} {
				if brief() && (shards != 6 || c.name != "every option") {
					continue
				}
				o := c.o
				o.Shards = shards
				want := trainRank(t, c.config, kernels.New(kernels.Default(), 2), train, test, o)
				if want.err != nil {
					t.Fatal(want.err)
				}
				if other, ok := hashes[want.weights]; ok {
					t.Errorf("%d shards have the weights of %d", shards, other)
				}
				hashes[want.weights] = shards
				for _, n := range []int{1, 2, 3, 4, 6, 8} {
					if shards%n != 0 {
						continue
					}
					together(n, func(rank int, e *memory) {
						o := o
						o.Exchange = e
						got := trainRank(t, c.config, kernels.New(sets[rank%len(sets)], 1+rank%2), train, test, o)
						if !reflect.DeepEqual(got, want) {
							t.Errorf("%d shards, rank %d of %d: %+v, want %+v", shards, rank, n, got, want)
						}
					})
				}
			}
		})
	}
}

// TestRanksStep: what Step returns, too.
func TestRanksStep(t *testing.T) {
	x := Floats(testDigits(t).Train.Limit(37))
	config := DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5)
	step := func(o Options) string {
		m := good(New(config, kernels.New(kernels.Default(), 1), 1))
		r, kl, err := m.Step(x, o)
		return fmt.Sprint(math.Float64bits(r), math.Float64bits(kl), err, m.WeightsSHA256())
	}
	o := Options{LR: 1e-3, Beta: 1, Seed: 3, Shards: 6}
	want := step(o)
	together(3, func(rank int, e *memory) {
		o := o
		o.Exchange = e
		if got := step(o); got != want {
			t.Errorf("rank %d: %s, want %s", rank, got, want)
		}
	})
}

// TestRanksDiffer: what is not the same on all ranks is told on each of them, by the rank
// that has it.
func TestRanksDiffer(t *testing.T) {
	data := testDigits(t)
	dense := DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5)
	for what, change := range map[string]func(c *Config, rows, test *dataset.Images, o *Options){
		"settings": func(_ *Config, _, _ *dataset.Images, o *Options) { o.Beta = 2 },
		"training images": func(_ *Config, rows, _ *dataset.Images, _ *Options) {
			rows.Pixels = slices.Clone(rows.Pixels)
			rows.Pixels[len(rows.Pixels)-1]++
		},
		"test images": func(_ *Config, _, test *dataset.Images, _ *Options) { *test = test.Limit(19) },
		"weights":     func(c *Config, _, _ *dataset.Images, _ *Options) { c.Init = GlorotInit },
	} {
		together(3, func(rank int, e *memory) {
			c, train, test := dense, data.Train.Limit(50), data.Test.Limit(20)
			o := Options{Epochs: 1, Batch: 40, LR: 1e-3, Beta: 1.1, Seed: 1, Shards: 3, Exchange: e}
			if rank == 2 {
				change(&c, &train, &test, &o)
			}
			want := "vae: rank 2: its " + what + " are not those of rank 0"
			got := trainRank(t, c, kernels.New(kernels.Default(), 1), train, test, o)
			if what == "weights" {
				want = strings.Replace(want, what, "settings", 1) // the description says how they begin
			}
			if got.err == nil || got.err.Error() != want {
				t.Errorf("%s, rank %d: %v, want %s", what, rank, got.err, want)
			}
		})
	}
}

// TestRanksWeights: a bit of one rank that flips in training is found at the end of the epoch.
func TestRanksWeights(t *testing.T) {
	data := testDigits(t)
	together(2, func(rank int, e *memory) {
		m := good(New(DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), kernels.New(kernels.Default(), 1), 1))
		o := Options{Epochs: 2, Batch: 40, LR: 1e-3, Beta: 1, Seed: 1, Shards: 2, Exchange: e}
		o.Progress = func(p Progress) {
			if rank == 1 && p.Epoch == 2 {
				m.m[7] = math.Nextafter32(m.m[7], 1)
			}
		}
		history, err := m.Train(t.Context(), data.Train.Limit(40), data.Test.Limit(20), o)
		if len(history) != 1 || err == nil || err.Error() != "vae: rank 1: its weights are not those of rank 0" {
			t.Errorf("rank %d: %d epochs, %v", rank, len(history), err)
		}
	})
}

// A bad source fails once, after so many calls.
type badSource struct {
	dataset.Source
	calls int
}

var errDisk = errors.New("the disk is gone")

func (b *badSource) Gather(dst []float32, index []int) error {
	if b.calls--; b.calls == 0 {
		return errDisk
	}
	return b.Source.Gather(dst, index)
}

// TestRanksFail: where the rows of one rank fail, in comparing them, in training or in an
// evaluation, or an exchange, all ranks end with an error that names the rank.
func TestRanksFail(t *testing.T) {
	data := testDigits(t)
	config := convConfig(VAE, Gaussian{Variance: 1, Learned: true}) // whose shards meet in a step
	o := Options{Epochs: 2, Batch: 20, LR: 1e-3, Beta: 1.1, Seed: 1, Shards: 3}
	run := func(name string, rows, test, swaps int) {
		together(3, func(rank int, e *memory) {
			o := o
			var images, tests dataset.Source = data.Train.Limit(50), data.Test.Limit(3 * evalBatch)
			if rank == 1 {
				images, tests = &badSource{images, rows}, &badSource{tests, test}
				e.swaps = swaps
			}
			o.Exchange = e
			got := trainRank(t, config, kernels.New(kernels.Default(), 1), images, tests, o)
			var r *RankError
			switch {
			case swaps > 0:
				if !errors.As(got.err, &r) || !errors.Is(got.err, errCut) {
					t.Errorf("%s, rank %d: %v", name, rank, got.err)
				}
			case rank == 1 && !errors.Is(got.err, errDisk),
				rank != 1 && (!errors.As(got.err, &r) || r.Rank != 1 || !errors.Is(got.err, ErrFailed)):
				t.Errorf("%s, rank %d: %v", name, rank, got.err)
			}
		})
	}
	run("comparing", 1, 0, 0)
	run("comparing tests", 0, 1, 0)
	run("first step", 2, 0, 0)
	run("last batch", 4, 0, 0)
	run("evaluation", 0, 4, 0)
	for swaps := 1; swaps < 20; swaps += 4 {
		run(fmt.Sprint("swap ", swaps), 0, 0, swaps)
	}
}

// TestRanksStop: where the context of one rank ends, all stop after the same step, or in the
// same evaluation, with equal weights.
func TestRanksStop(t *testing.T) {
	data := testDigits(t)
	for _, after := range []int{0, 1, 3, 4, 6} { // steps; an epoch has three
		var weights [3]string
		var steps [3]int
		together(3, func(rank int, e *memory) {
			m := good(New(DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), kernels.New(kernels.Default(), 1), 1))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			o := Options{Epochs: 20, Batch: 20, LR: 1e-3, Beta: 1, Seed: 1, Shards: 3, Exchange: e}
			o.Progress = func(Progress) {
				if steps[rank]++; rank == 1 && steps[rank] == after {
					cancel()
				}
			}
			if rank == 1 && after == 0 {
				cancel()
			}
			_, err := m.Train(ctx, data.Train.Limit(50), data.Test.Limit(20), o)
			if err != context.Canceled {
				t.Errorf("rank %d: %v", rank, err)
			}
			weights[rank] = m.WeightsSHA256()
			if _, err := m.Evaluate(context.WithoutCancel(ctx), data.Test.Limit(20), o); err != nil {
				t.Errorf("rank %d: evaluation after it: %v", rank, err)
			}
		})
		if weights[1] != weights[0] || weights[2] != weights[0] || steps[0] != steps[1] || steps[0] != steps[2] || steps[0] < after || steps[0] > after+1 {
			t.Errorf("after %d steps: weights %v, steps %v", after, weights, steps)
		}
	}
}

// TestRanksStopBetweenEpochs: where the contexts end in EpochDone no other step follows, as in one
// process.
func TestRanksStopBetweenEpochs(t *testing.T) {
	data := testDigits(t)
	together(2, func(rank int, e *memory) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		m := good(New(DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), kernels.New(kernels.Default(), 1), 1))
		o := Options{Epochs: 5, Batch: 20, LR: 1e-3, Beta: 1, Seed: 1, Shards: 2, Exchange: e}
		steps := 0
		o.Progress = func(Progress) { steps++ }
		o.EpochDone = func(Epoch) {
			if rank == 0 {
				cancel()
			}
		}
		if history, err := m.Train(ctx, data.Train.Limit(40), data.Test.Limit(20), o); len(history) != 1 || err != context.Canceled || steps != 2 {
			t.Errorf("rank %d: %d epochs, %d steps, %v", rank, len(history), steps, err)
		}
	})
}

func TestRanksDivideShards(t *testing.T) {
	o := DefaultOptions()
	o.Shards = 4
	o.Exchange = &memory{pipes: make([][]chan []float32, 3)}
	if err := o.Validate(); err == nil || err.Error() != "vae: 4 shards on 3 ranks: want a multiple of the ranks, such as -shards 6" {
		t.Error(err)
	}
}

// TestWords: the bits of any float64 survive, as numbers that are whole.
func TestWords(t *testing.T) {
	var words [4]float32
	for _, bits := range []uint64{0, 1, math.MaxUint64, 0x7ff0000000000001, 0xfff8000000000000, 0x0123456789abcdef, math.Float64bits(-math.Pi)} {
		put(words[:], math.Float64frombits(bits))
		if got := math.Float64bits(get(words[:])); got != bits {
			t.Errorf("%#x became %#x", bits, got)
		}
	}
}

// TestRanksBeginEqual: weights that differ are found before the first step.
func TestRanksBeginEqual(t *testing.T) {
	data := testDigits(t)
	together(2, func(rank int, e *memory) {
		m := good(New(DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5), kernels.New(kernels.Default(), 1), 1))
		m.weights[7] += float32(rank)
		o := Options{Epochs: 1, Batch: 40, LR: 1e-3, Beta: 1, Seed: 1, Shards: 2, Exchange: e}
		o.Progress = func(Progress) { t.Errorf("rank %d makes a step", rank) }
		_, err := m.Train(t.Context(), data.Train.Limit(40), data.Test.Limit(20), o)
		if err == nil || err.Error() != "vae: rank 1: its weights are not those of rank 0" {
			t.Errorf("rank %d: %v", rank, err)
		}
	})
}
