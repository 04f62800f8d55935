package vae

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// scoreKinds are the scores of a kind of model.
func scoreKinds(c Config) []ScoreOptions {
	all := []ScoreOptions{{Score: ErrorScore}, {Score: ELBOScore}}
	if c.Kind == VAE {
		all = append(all, ScoreOptions{Score: BoundScore, Samples: 1, Seed: 3}, ScoreOptions{Score: BoundScore, Samples: 150, Seed: 3})
	}
	return all
}

// TestScore compares scores with their formulas, in float64, from codes and
// reconstructions, and a bound with that of a set of one row.
func TestScore(t *testing.T) {
	images := testImages(6)
	x := Floats(images)
	for name, kind := range kinds(3, 5) {
		m := newTestModel(t, kind, 1)
		size, d := m.cfg.Input.Size(), m.cfg.Latent
		mu, logvar, err := m.Encode(x)
		if err != nil {
			t.Fatal(err)
		}
		mean, err := m.Decode(mu)
		if err != nil {
			t.Fatal(err)
		}
		term := func(i int) (squared, loss float64) {
			v, p := float64(x[i]), float64(mean[i])
			squared = (v - p) * (v - p)
			switch name {
			case "bernoulli":
				return squared, -v*math.Log(p) - (1-v)*math.Log(1-p)
			case "gaussian":
				return squared, squared/(2*0.1) + math.Log(2*math.Pi*0.1)/2
			}
			return squared, squared
		}
		for _, o := range scoreKinds(m.cfg) {
			got, terms := make([]float64, images.Len()), make([]float32, len(x))
			if err := m.Score(got, terms, x, o); err != nil {
				t.Fatal(err)
			}
			for i := range got {
				var squares, loss, kl float64
				for j := i * size; j < (i+1)*size; j++ {
					s, l := term(j)
					squares, loss = squares+s, loss+l
					want := l
					if o.Score == ErrorScore {
						want = s
					}
					if !near(float64(terms[j]), want, 1e-4) {
						t.Errorf("%s, %s: number %d adds %v, want %v", name, o.Score, j, terms[j], want)
					}
				}
				for j := i * d; j < (i+1)*d && logvar != nil; j++ {
					m, l := float64(mu[j]), float64(logvar[j])
					kl += (math.Exp(l) - 1 - l + m*m) / 2
				}
				switch want := map[Score]float64{ErrorScore: squares / float64(size), ELBOScore: loss + kl}[o.Score]; {
				case o.Score == BoundScore:
					one := images
					one.Pixels = images.Image(i)
					if bound, _ := importanceOf(t, m, one, o); bound != -got[i] {
						t.Errorf("%s: the bound of row %d is %v, as the only one %v", name, i, -got[i], bound)
					}
				case !near(got[i], want, 1e-4):
					t.Errorf("%s: %s of row %d is %v, want %v", name, o.Score, i, got[i], want)
				}
			}
		}
	}
}

func importanceOf(t *testing.T, m *Model, rows dataset.Source, o ScoreOptions) (float64, []float64) {
	t.Helper()
	mean, each, err := m.ImportanceBound(t.Context(), rows, o.Samples, o.Seed)
	if err != nil {
		t.Fatal(err)
	}
	return mean, each
}

// TestScoreOfARow depends on the row alone: not on the batch, the order, or whether terms
// are wanted.
func TestScoreOfARow(t *testing.T) {
	images := testImages(2*evalBatch + 7)
	x, n := Floats(images), images.Len()
	for name, kind := range kinds(3, 5) {
		m := newTestModel(t, kind, 1)
		size := m.cfg.Input.Size()
		for _, o := range scoreKinds(m.cfg) {
			want, err := m.Scores(t.Context(), images, o)
			if err != nil {
				t.Fatal(err)
			}
			if o.Samples > 1 && brief() {
				n = 40
			}
			reversed, got := make([]float32, 0, len(x)), make([]float64, n)
			for i := n - 1; i >= 0; i-- {
				reversed = append(reversed, x[i*size:][:size]...)
			}
			if err := m.Score(got, make([]float32, len(reversed)), reversed, o); err != nil {
				t.Fatal(err)
			}
			slices.Reverse(got)
			if !slices.Equal(got, want[:n]) {
				t.Errorf("%s, %s: other scores in another order", name, o.Score)
			}
			for _, batch := range []int{1, 3, 64} {
				for first := 0; first < n; first += batch {
					some := got[first:min(first+batch, n)]
					if err := m.Score(some, nil, x[first*size:][:len(some)*size], o); err != nil {
						t.Fatal(err)
					}
				}
				if !slices.Equal(got, want[:n]) {
					t.Errorf("%s, %s: other scores in batches of %d", name, o.Score, batch)
				}
			}
		}
	}
}

// TestSameBitsOfScores: on every machine, in every set, on any number of threads.
func TestSameBitsOfScores(t *testing.T) {
	const want = "59333a693710ffb5a6d0844fdc75c0cb963a9d95302a1b321626502e36066c78"
	images := testDigits(t).Test.Limit(5)
	for _, set := range testSets(t) {
		for _, threads := range []int{1, 7} {
			if brief() && threads != 7 {
				continue
			}
			var all []byte
			for _, c := range []Config{
				mlp{Rows: 28, Cols: 28, Kind: VAE, Hidden: []int{12}, Latent: 5}.config(),
				convConfig(VAE, Gaussian{Variance: 0.1}),
				mlp{Rows: 28, Cols: 28, Kind: AE, Hidden: []int{12}, Latent: 5}.config(),
			} {
				m, err := New(c, kernels.New(set, threads), 1)
				if err != nil {
					t.Fatal(err)
				}
				for _, o := range scoreKinds(c) {
					o.Samples = min(o.Samples, 3)
					scores, terms := make([]float64, images.Len()), make([]float32, len(images.Pixels))
					if err := m.Score(scores, terms, Floats(images), o); err != nil {
						t.Fatal(err)
					}
					for _, v := range scores {
						all = binary.LittleEndian.AppendUint64(all, math.Float64bits(v))
					}
					var b bytes.Buffer
					writeFloats(&b, terms)
					all = append(all, b.Bytes()...)
				}
			}
			if got := sum256(all); got != want {
				t.Errorf("%s, %d threads: SHA-256 of the scores %s, want %s", set.Name(), threads, got, want)
			}
		}
	}
}

// TestScoreOptions: what makes no sense is refused, and what is not finite.
func TestScoreOptions(t *testing.T) {
	for _, o := range []ScoreOptions{
		{}, {Score: "loss"}, {Score: ErrorScore, Samples: 1}, {Score: ELBOScore, Samples: 1}, {Score: BoundScore}, {Score: BoundScore, Samples: -1},
	} {
		if err := o.Validate(VAE); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	if err := (ScoreOptions{Score: BoundScore, Samples: 1}).Validate(AE); !errors.Is(err, ErrNoPrior) {
		t.Errorf("a bound of an autoencoder: %v", err)
	}
	m := newTestModel(t, kinds(3, 5)["gaussian"], 1)
	x := Floats(testImages(3))
	x[20] = float32(math.NaN())
	if err := m.Score(make([]float64, 3), nil, x, ScoreOptions{Score: ErrorScore}); !errors.Is(err, ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	x[20] = math.MaxFloat32
	for _, o := range scoreKinds(m.cfg) {
		if err := m.Score(make([]float64, 3), nil, x, o); !errors.Is(err, ErrNotFinite) {
			t.Errorf("%s of a huge number: %v", o.Score, err)
		}
	}
}
