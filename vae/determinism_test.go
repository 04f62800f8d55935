package vae

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math"
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

// TestSameBitsEverywhere trains each kind of model for two epochs of three
// steps, the last of a part of a batch. The weights, the checkpoint's bytes,
// and the rest, which is losses, latents and samples, are the same in every
// set, on any number of threads, and, as the constants say, on every machine.
// The one hash of all checkpoints together is logged: .ci/run makes a table.
func TestSameBitsEverywhere(t *testing.T) {
	data := testDigits(t)
	for _, set := range testSets(t) {
		for _, threads := range []int{1, 2, 7} {
			if brief() && threads != 2 {
				continue // an emulator is slow
			}
			t.Run(fmt.Sprintf("%s/threads=%d", set.Name(), threads), func(t *testing.T) {
				all := sha256.New()
				for _, c := range []struct {
					name                      string
					config                    Config
					weights, checkpoint, rest string
				}{
					{
						"bernoulli", Config{Kind: VAE, Hidden: []int{12}, Latent: 5},
						"3959725de459e3be71e08e2cc8754ee3f1dbb27cc42582beb3f4b4a6a4442d4b",
						"53a82ac6af6c546ca01fee22904b150c23385a40ff6b6596be2100aa5b5ab4a8",
						"ef80ac1234ae3a5c6ba6cea9390bca0f26711da5aef63698a9ebac6274be6f28",
					},
					{
						"gaussian", Config{Kind: VAE, Hidden: []int{6, 9}, Latent: 3, Variance: 0.1},
						"bba4e73b82a067068cb66fef443959838e01e5dca20c0e2a43f401811a9f6a29",
						"d0b1b2ad6e44ab393a90f2e68b19847d730fe20671c0b7949229670875c48cef",
						"17c5a6ac45d5ba7e4bd6e545f55a1c3905e16d59a4a665f06d14e3ed5fc8ab87",
					},
					{
						"linear", Config{Kind: VAE, Latent: 2, Variance: 0.25},
						"7470c2f6a1e93d32d44271acce66ecbfc01903a397a854464fb666735b051f3d",
						"995ff0cb165aaeb72896c5c9544428574e5b2ad9c5217b31a21e2a745f56f7a7",
						"719a218825f0f4c265755b76f9d2520e2dd4e8bbbaae62895d4c22b480ab7378",
					},
					{
						"ae", Config{Kind: AE, Hidden: []int{7}, Latent: 4},
						"540e28e1582bc757745c10cb1cd6c76ebd8124b1a73b9e8f03bb19cb96a84898",
						"23296bd02982c8bfd386a182a15eb7afdeb97ebae2200101d542142ae24aa91e",
						"88a049ce9e29c2aaae12a80ed87648a3e25562301207354acab8f1c962e7f6a0",
					},
				} {
					config := c.config
					config.Rows, config.Cols = 28, 28
					m, err := New(config, kernels.New(set, threads), 1)
					if err != nil {
						t.Fatal(err)
					}
					o := Options{Epochs: 2, Batch: 40, LR: 1e-3, Beta: 1.1, Seed: 1}
					test := data.Test.Limit(20)
					history, err := m.Train(context.Background(), data.Train.Limit(100), test, o)
					if err != nil {
						t.Fatal(err)
					}
					var file bytes.Buffer
					if _, err := m.WriteTo(&file); err != nil {
						t.Fatal(err)
					}
					latents, err := m.Latents(t.Context(), test)
					if err != nil {
						t.Fatal(err)
					}
					samples, _ := m.Sample(3, 1) // of an autoencoder there are none
					rest := fmt.Sprint(history, latents, samples, good(m.Reconstruct(Floats(test))))
					for _, h := range []struct{ what, got, want string }{
						{"weights", m.WeightsSHA256(), c.weights},
						{"checkpoint", sum256(file.Bytes()), c.checkpoint},
						{"rest", sum256([]byte(rest)), c.rest},
					} {
						if h.got != h.want {
							t.Errorf("%s: SHA-256 of the %s %s, want %s", c.name, h.what, h.got, h.want)
						}
					}
					if t.Failed() {
						t.Log(history, latents)
					}
					all.Write(file.Bytes())
				}
				t.Logf("golden %s %d %x", set.Name(), threads, all.Sum(nil))
			})
		}
	}
}

func sum256(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }

// TestLn compares the logarithm with that of package math.
func TestLn(t *testing.T) {
	check := func(x float64) {
		if got, want := ln(x), math.Log(x); !near(got, want, 0x1p-51*math.Abs(want)) {
			t.Errorf("ln(%v) = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{1, math.Nextafter(1, 0), math.Nextafter(1, 2), math.Sqrt2 / 2, math.Sqrt2, 2 * math.Pi, math.MaxFloat64, 0x1p-1022} {
		check(x)
	}
	// There math.Log of amd64 gives -709.
	if got := ln(0x1p-1074); !near(got, -1074*math.Ln2, 1e-12) {
		t.Errorf("ln(2^-1074) = %v", got)
	}
	for i, u := range uniform(2000, 3) {
		check(math.Ldexp(1+float64(u), i%200-100))
	}
}
