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
				continue // an emulator takes its time
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
						"709e49e3165848ad54578e115fa5a6d73a221c97f1c438af6b961c25d6676a85",
						"9d9f2130fe34c133496a08056991cdd9f7e911923cd921f4fa2b25e424a2cd58",
						"ac77ab7d0c7544c91f1d2680f9c2b032d37578d8923c028558c76646750eca77",
					},
					{
						"gaussian", Config{Kind: VAE, Hidden: []int{6, 9}, Latent: 3, Variance: 0.1},
						"1c5d09cfc4d30e04e5754d7378af0a6a539f64ad5787bb34b1a32b0ee1762002",
						"8c2c003ae50c1f98d0d5f450fff4084f7de69f6100c26841a6867fbc0caedd94",
						"0f22872e0ad51fbad05aa80bb999e2224d08ff4442a4b437b22ff15c32be5dc3",
					},
					{
						"linear", Config{Kind: VAE, Latent: 2, Variance: 0.25},
						"39e6233d96adbf2960cd0df879a5727eb112635e42998fdea1cbb7a69d9d35b7",
						"cf3be15c044d85f122a38b097ee4c075201ab9a61af08684f9435d7aa0e9639c",
						"c7ce2feccde33a81dad657351d00d798833f7e8df2cfc845f12748ec9fd27baf",
					},
					{
						"ae", Config{Kind: AE, Hidden: []int{7}, Latent: 4},
						"134be39f4aca6886480804b4c032aaac68ae87999e7476fa0b7aedcd063fb8a4",
						"46e5b9b726d766b3e6cdb8270de4ec539cc81ada43d121f3663e27f6aa958b1c",
						"3159b5f7a6bbb88573727da17ff3d4868d745253d3b29b3e84b572118e2d8289",
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
					latents, err := m.Latents(test)
					if err != nil {
						t.Fatal(err)
					}
					samples, _ := m.Sample(3, 1) // of an autoencoder there are none
					rest := fmt.Sprint(history, latents, samples, m.Reconstruct(Floats(test)))
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
