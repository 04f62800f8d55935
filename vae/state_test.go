package vae

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// A countdown is a context that ends after its error was asked for n times.
type countdown struct {
	context.Context
	n int
}

func (c *countdown) Err() error {
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

// resumable are trainings with all that one can depend on.
func resumable() map[string]struct {
	config  Config
	options Options
} {
	o := Options{Epochs: 4, Batch: 40, LR: 1e-3, Beta: 1.1, Seed: 1}
	with := func(f func(*Options)) Options {
		changed := o
		f(&changed)
		return changed
	}
	dense := DenseConfig(VAE, Shape{28, 28, 1}, []int{12}, 5)
	return map[string]struct {
		config  Config
		options Options
	}{
		"vae":      {dense, o},
		"ae":       {DenseConfig(AE, Shape{28, 28, 1}, []int{7}, 4), with(func(o *Options) { o.Corrupt.Mask = 0.2 })},
		"variance": {convConfig(VAE, Gaussian{Variance: 1, Learned: true}), everyOption(o)},
		"shards":   {dense, with(func(o *Options) { o.Shards, o.Capacity, o.CapacitySteps = 3, 5, 7 })},
		"binarize": {dense, with(func(o *Options) { o.Binarize = true })},
	}
}

// TestResume trains without a stop, and then with one after every step or two, in the
// middle of epochs and of evaluations: the state goes through a file to another set, and to
// another number of threads. Losses, weights, moments and the file have the same bits.
func TestResume(t *testing.T) {
	data := testDigits(t)
	images, test := data.Train.Limit(100), data.Test.Limit(20)
	sets := testSets(t)
	for name, c := range resumable() {
		if brief() && name != "variance" && name != "shards" {
			continue // an emulator is slow
		}
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state")
			whole := good(New(c.config, engine(), 1))
			want := good(whole.Train(t.Context(), images, test, c.options))
			if err := whole.SaveState(path); err != nil {
				t.Fatal(err)
			}
			file := fileSHA256(t, path)

			m := good(New(c.config, engine(), 1))
			o := c.options
			o.Resume = true
			var got []Epoch
			stops, evaluations := 0, 0
			for len(got) < len(want) {
				history, err := m.Train(&countdown{t.Context(), 1 + stops%2}, images, test, o)
				got = append(got, history...)
				if err != nil && !errors.Is(err, context.Canceled) {
					t.Fatal(err)
				}
				if _, done := m.Trained(); done == images.Len() {
					evaluations++
				}
				if err := m.SaveState(path); err != nil {
					t.Fatal(err)
				}
				stops++
				m = good(LoadState(path, kernels.New(sets[stops%len(sets)], 1+stops%3)))
			}
			if stops < 5 || evaluations == 0 {
				t.Errorf("%d stops, %d of them in an evaluation", stops, evaluations)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("the epochs %v, without a stop %v", got, want)
			}
			if m.WeightsSHA256() != whole.WeightsSHA256() || m.OptimizerSHA256() != whole.OptimizerSHA256() {
				t.Error("other weights or moments")
			}
			if fileSHA256(t, path) != file {
				t.Error("the state has other bytes")
			}
			if epochs, done := m.Trained(); epochs != 4 || done != 0 {
				t.Errorf("trained for %d epochs and %d images", epochs, done)
			}

			// More epochs than were wanted at first.
			o.Epochs, c.options.Epochs = 6, 6
			again := good(New(c.config, engine(), 1))
			all := good(again.Train(t.Context(), images, test, c.options))
			if more := good(m.Train(t.Context(), images, test, o)); !reflect.DeepEqual(more, all[4:]) || m.WeightsSHA256() != again.WeightsSHA256() {
				t.Errorf("the epochs %v, without a stop %v", more, all)
			}
		})
	}
}

// TestResumeInPlace goes on with a model that is still there, and a training that does not
// resume begins with the first epoch.
func TestResumeInPlace(t *testing.T) {
	images := testImages(30)
	o := Options{Epochs: 3, Batch: 8, LR: 1e-3, Beta: 1, Seed: 4}
	c := kinds(3, 5)["bernoulli"]
	m, whole := newTestModel(t, c, 1), newTestModel(t, c, 1)
	want := train(t, whole, images, o)
	o.EpochDone = func(e Epoch) {
		if epochs, done := m.Trained(); epochs != e.Epoch || done != 0 {
			t.Errorf("after epoch %d it stands at %d and %d images", e.Epoch, epochs, done)
		}
	}
	first, err := m.Train(&countdown{t.Context(), 7}, images, images, o)
	if err == nil || len(first) != 1 {
		t.Fatal(first, err)
	}
	if epochs, done := m.Trained(); epochs != 1 || done != 16 {
		t.Errorf("it stands at %d epochs and %d images", epochs, done)
	}
	if _, err := m.Train(t.Context(), testImages(15), images, Options{Epochs: 3, Batch: 8, LR: 1e-3, Resume: true}); err == nil || !strings.Contains(err.Error(), "stands after row 16 of an epoch, but there are 15") {
		t.Errorf("fewer images: %v", err)
	}
	o.Resume = true
	if got := append(first, train(t, m, images, o)...); !reflect.DeepEqual(got, want) || m.OptimizerSHA256() != whole.OptimizerSHA256() {
		t.Errorf("%v, without a stop %v", got, want)
	}
	if more := train(t, m, images, o); more != nil {
		t.Errorf("epochs above the last: %v", more)
	}
	o.Resume, o.EpochDone = false, nil
	if more := train(t, m, images, o); len(more) != 3 || more[0].Epoch != 1 {
		t.Errorf("a training that does not resume: %v", more)
	}
}

// TestOptimizerSHA256: it tells apart all that training goes on from.
func TestOptimizerSHA256(t *testing.T) {
	c := DenseConfig(VAE, Shape{3, 5, 1}, []int{4}, 2)
	c.Likelihood = Gaussian{Variance: 1, Learned: true}
	m := good(New(c, engine(), 1))
	seen := map[string]string{m.OptimizerSHA256(): "a new model"}
	for _, change := range []struct {
		what string
		f    func()
	}{
		{"the last m", func() { m.m[len(m.m)-1] = 1 }},
		{"the first v", func() { m.v[0] = 1 }},
		{"steps", func() { m.steps++ }},
		{"the variance", func() { m.learned.Variance = math.Nextafter(1, 2) }},
	} {
		change.f()
		h := m.OptimizerSHA256()
		if seen[h] != "" {
			t.Errorf("%s changes nothing since %s", change.what, seen[h])
		}
		seen[h] = change.what
	}
}

// stateBytes is the state of a small model in the middle of an epoch.
func stateBytes(t testing.TB) []byte {
	t.Helper()
	m := newTestModel(t, mlp{Kind: VAE, Rows: 3, Cols: 5, Hidden: []int{2}, Latent: 1}, 1)
	images := testImages(30)
	m.Train(&countdown{t.Context(), 7}, images, images, Options{Epochs: 3, Batch: 8, LR: 1e-3, Beta: 1, Seed: 4})
	var b bytes.Buffer
	if err := m.writeState(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestBadStates(t *testing.T) {
	state := stateBytes(t)
	n := binary.LittleEndian.Uint64(state)
	header, data := state[8:8+n], state[8+n:]
	replace := func(old, by string) []byte {
		if !bytes.Contains(header, []byte(old)) {
			t.Fatalf("%s is not in %s", old, header)
		}
		text := bytes.TrimRight(bytes.Replace(header, []byte(old), []byte(by), 1), " ")
		for len(text)%8 != 0 {
			text = append(text, ' ')
		}
		return (&forged{header: text, data: data}).encode()
	}
	number := func(i int, v float32) []byte {
		b := bytes.Clone(state)
		binary.LittleEndian.PutUint32(b[8+int(n)+4*i:], math.Float32bits(v))
		return b
	}
	weights := len(data) / 12
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, b := range map[string][]byte{
		"empty":                      nil,
		"a checkpoint":               forge().encode(),
		"a longer file":              append(bytes.Clone(state), 0),
		"a header of 2^63":           binary.LittleEndian.AppendUint64(nil, 1<<63),
		"a header of megabytes":      binary.LittleEndian.AppendUint64(nil, 1<<21),
		"another format":             replace("lanewise state", "lanewise"),
		"a wider model":              replace(`\"out\":2`, `\"out\":3`),
		"a huge model":               replace(`\"out\":2`, `\"out\":65536`),
		"a model of no kind":         replace(`\"kind\":\"vae\"`, `\"kind\":\"gan\"`),
		"negative steps":             replace(`\"steps\":6`, `\"steps\":-6`),
		"steps above all":            replace(`\"steps\":6`, `\"steps\":6000000000`),
		"steps that are no number":   replace(`\"steps\":6`, `\"steps\":{}`),
		"negative epochs":            replace(`\"epochs\":1`, `\"epochs\":-1`),
		"negative rows":              replace(`\"rows\":16`, `\"rows\":-16`),
		"a loss that is no number":   replace(`\"sum\":{`, `\"sum\":{\"kl\":1e999,`),
		"another field":              replace(`\"steps\":6`, `\"steps\":6,\"more\":1`),
		"a tensor of another place":  replace(`"data_offsets":[`, `"data_offsets":[4,`),
		"a tensor of another name":   replace(`"adam.m.mu.bias"`, `"adam.m.mu.size"`),
		"spaces":                     replace(`{"__metadata__":`, `{  "__metadata__":`),
		"a weight that is NaN":       number(0, nan),
		"a moment that is infinite":  number(weights, inf),
		"a moment that is NaN":       number(2*weights-1, nan),
		"a second moment below 0":    number(2*weights, -1),
		"a second moment of no size": number(3*weights-1, inf),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "bad")
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			e := engine()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			m, err := LoadState(path, e)
			runtime.ReadMemStats(&after)
			if m != nil || err == nil {
				t.Fatal("it is read")
			}
			wantLine(t, err, path)
			if got := after.TotalAlloc - before.TotalAlloc; got > 1<<17+64*uint64(len(b)) {
				t.Errorf("%d bytes allocated for a file of %d", got, len(b))
			}
		})
	}
	for i := range len(state) {
		if _, err := readState(bytes.NewReader(state[:i]), int64(i), engine()); err == nil {
			t.Fatalf("cut to %d bytes of %d: it is read", i, len(state))
		}
	}
	refused(t, state) // a state is no checkpoint
	for _, path := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		_, err := LoadState(path, engine())
		wantLine(t, err, path)
	}
}

// TestSaveStateFails: what training could not go on from is not saved, and what was there
// stays.
func TestSaveStateFails(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for name, spoil := range map[string]func(m *Model){
		"weight":   func(m *Model) { m.weights[3] = float32(math.NaN()) },
		"moment":   func(m *Model) { m.prepareMoments(); m.m[3] = float32(math.Inf(-1)) },
		"variance": func(m *Model) { m.prepareMoments(); m.v[3] = -1 },
		"loss":     func(m *Model) { m.at.Sum.KL = math.NaN() },
		"squares":  func(m *Model) { m.at.Squares = math.NaN() },
		"known":    func(m *Model) { m.at.Known = -1 },
	} {
		m := newTestModel(t, checkpointConfigs[0], 1)
		if err := m.SaveState(path); err != nil {
			t.Fatal(err)
		}
		before := fileSHA256(t, path)
		spoil(m)
		wantLine(t, m.SaveState(path), path)
		if fileSHA256(t, path) != before {
			t.Errorf("%s: the file is another", name)
		}
	}
	wantFiles(t, filepath.Dir(path), "state")
}
