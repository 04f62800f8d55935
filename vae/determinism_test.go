package vae

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

func testDigits(t testing.TB) dataset.Split {
	t.Helper()
	s, err := digits.Load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// testSets are those of this machine. LANEWISE_REQUIRE names sets, separated
// by commas, whose absence is a failure.
func testSets(t testing.TB) []kernels.Set {
	t.Helper()
	sets := kernels.Sets()
	for _, want := range strings.Split(os.Getenv("LANEWISE_REQUIRE"), ",") {
		if want == "" {
			continue
		}
		if !slices.ContainsFunc(sets, func(s kernels.Set) bool { return s.Name() == want }) {
			_, err := kernels.Lookup(want)
			t.Fatalf("LANEWISE_REQUIRE: %v", err)
		}
	}
	return sets
}

// TestSameBitsEverywhere trains each kind of model for three steps, the last of
// a part of a batch. Weights and losses are the same in every set, on any
// number of threads, and, as the constants say, on every machine.
func TestSameBitsEverywhere(t *testing.T) {
	sets := testSets(t)
	data := testDigits(t)
	for _, c := range []struct {
		name   string
		config Config
		sha256 string
		loss   string
	}{
		{
			"bernoulli", Config{Kind: VAE, Hidden: []int{12}, Latent: 5},
			"ec3d82ab20bbdd8eeb274ea85c6f5fdfc9db1522fc1ca5644bd01a60f4227e80",
			"{548.9727754720052 0.15699919159213702 549.1454745827565} {544.4977607727051 0.1999586582183838 544.7177152967453}",
		},
		{
			"gaussian", Config{Kind: VAE, Hidden: []int{6, 9}, Latent: 3, Variance: 0.1},
			"ef45fa282546b902f18f03405eef3ac8ae612f393dc9988e6f303125daafa7db",
			"{677.6440242727672 0.08195609385768572 677.7341759760106} {589.7630567510998 0.07518784329295158 589.845763378722}",
		},
		{
			"linear", Config{Kind: VAE, Latent: 2, Variance: 0.25},
			"015b3ee832f4696e28c8d79b8a2b31c8e3fa0ad479660b84950b1cbf36a43e61",
			"{1169.6463850323855 0.062313275039196016 1169.7149296349287} {1015.6390331443647 0.07745973612181842 1015.7242388540988}",
		},
		{
			"ae", Config{Kind: AE, Hidden: []int{7}, Latent: 4},
			"09a072996aa8d144e6b72cfba3029b06bf34e2ea3861f463bce51bf7ca7c3de5",
			"{119.01059140523274 0 119.01059140523274} {113.06444187164307 0 113.06444187164307}",
		},
	} {
		for _, set := range sets {
			for _, threads := range []int{1, 2, 7} {
				if brief() && threads != 2 {
					continue // an emulator takes its time
				}
				t.Run(fmt.Sprintf("%s/%s/threads=%d", c.name, set.Name(), threads), func(t *testing.T) {
					config := c.config
					config.Rows, config.Cols = 28, 28
					m, err := New(config, kernels.New(set, threads), 1)
					if err != nil {
						t.Fatal(err)
					}
					o := Options{Epochs: 1, Batch: 128, LR: 1e-3, Beta: 1.1, Seed: 1}
					history, err := m.Train(context.Background(), data.Train.Limit(300), data.Test.Limit(20), o)
					if err != nil {
						t.Fatal(err)
					}
					if got := m.WeightsSHA256(); got != c.sha256 {
						t.Errorf("SHA-256 of the weights %s, want %s", got, c.sha256)
					}
					if got := fmt.Sprint(history[0].Train, history[0].Test); got != c.loss {
						t.Errorf("losses %s, want %s", got, c.loss)
					}
				})
			}
		}
	}
}
