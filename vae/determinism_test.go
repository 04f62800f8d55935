package vae

import (
	"bytes"
	"context"
	"crypto/sha256"
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
					shards                    int
					weights, checkpoint, rest string
				}{
					{
						"bernoulli", mlp{Rows: 28, Cols: 28, Kind: VAE, Hidden: []int{12}, Latent: 5}.config(), 1,
						"3959725de459e3be71e08e2cc8754ee3f1dbb27cc42582beb3f4b4a6a4442d4b",
						"aa7b1a6b9e8dca8bb034af20ebf3a962e5856f1b6a2df0403073cb774086a269",
						"ef80ac1234ae3a5c6ba6cea9390bca0f26711da5aef63698a9ebac6274be6f28",
					},
					{
						"gaussian", mlp{Rows: 28, Cols: 28, Kind: VAE, Hidden: []int{6, 9}, Latent: 3, Variance: 0.1}.config(), 1,
						"bba4e73b82a067068cb66fef443959838e01e5dca20c0e2a43f401811a9f6a29",
						"590d56e7038c5a5ebe28474b0c483949d1ee77bf81256ac7d1b6f7c451c54684",
						"17c5a6ac45d5ba7e4bd6e545f55a1c3905e16d59a4a665f06d14e3ed5fc8ab87",
					},
					{
						"linear", mlp{Rows: 28, Cols: 28, Kind: VAE, Latent: 2, Variance: 0.25}.config(), 1,
						"7470c2f6a1e93d32d44271acce66ecbfc01903a397a854464fb666735b051f3d",
						"cef269e9246c42a95d9ef1f56a8c4db4643a8f0184a30b39d3ff966859b54618",
						"719a218825f0f4c265755b76f9d2520e2dd4e8bbbaae62895d4c22b480ab7378",
					},
					{
						"ae", mlp{Rows: 28, Cols: 28, Kind: AE, Hidden: []int{7}, Latent: 4}.config(), 1,
						"540e28e1582bc757745c10cb1cd6c76ebd8124b1a73b9e8f03bb19cb96a84898",
						"87bf958670862261cb84a84d727963ec5744c08e683948bbfde36fdda66e0c30",
						"88a049ce9e29c2aaae12a80ed87648a3e25562301207354acab8f1c962e7f6a0",
					},
					{
						"convolutions", convConfig(VAE, Bernoulli{}), 1,
						"16d5342ca5ea52144e3d6b5abe8927c90b51e452ff9ce60a20d574ffae1bbcb1",
						"0c41b72181f8119ae51ce76e1a34b2f793aadea8fa3ee53e1aa00ca4b8fa3444",
						"54076e9bf48fabd9a68b59d1811dfcc1fae6cdc71626ea8b4874946e324c11fe",
					},
					{
						"learned variance", convConfig(VAE, Gaussian{Variance: 1, Learned: true}), 1,
						"ec33dbcdda03e8dabc8b753834907d4c74d987f0979b0445c4cd453db48077a8",
						"3eba6b222eda75c2b04b3522abf9a4bccfe331ec008cee48d229578adc3c224c",
						"eaee1be68d5f92b6ce46f7b60c3efef7ef15f385263ddb1fb0d85162a4a9586b",
					},
					{
						"shards", mlp{Rows: 28, Cols: 28, Kind: VAE, Hidden: []int{12}, Latent: 5}.config(), 3,
						"c8d8662667fac293cddd3be991dc0117d02065cce7c2195504e226dbda6b55a3",
						"a61f4fda58d75ac0f1512d4b062bf49b2615a83258974eeb4b9f1c5a4a67e239",
						"2e6e8b468a7491db52a9361e8320860e586cb35356e2b0a7f74a03deaceace5f",
					},
				} {
					m, err := New(c.config, kernels.New(set, threads), 1)
					if err != nil {
						t.Fatal(err)
					}
					o := Options{Epochs: 2, Batch: 40, LR: 1e-3, Beta: 1.1, Seed: 1, Shards: c.shards}
					if len(c.config.Encoder) > 4 {
						o = everyOption(o)
					}
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

// convConfig has every kind of layer.
func convConfig(kind Kind, l Likelihood) Config {
	return Config{
		Kind: kind, Input: Shape{28, 28, 1}, Latent: 3, Likelihood: l, Init: GlorotInit,
		Encoder: []Layer{
			Conv2D{Filters: 4, Kernel: 3, Stride: 2, Same: true}, ReLU,
			Conv2D{Filters: 6, Kernel: 4, Stride: 2, Pad: PadAll(1)}, LeakyReLU{0.2},
			Dense{9}, SiLU,
		},
		Decoder: []Layer{
			Dense{9}, Tanh, Dense{7 * 7 * 6}, GELU, Reshape{7, 7, 6},
			ConvTranspose2D{Filters: 4, Kernel: 3, Stride: 2, Same: true}, Sigmoid,
			ConvTranspose2D{Filters: 1, Kernel: 4, Stride: 2, Pad: PadAll(1)},
		},
	}
}

// everyOption is o with all that can be set together.
func everyOption(o Options) Options {
	o.Eps, o.WeightDecay, o.Clip = 1e-7, 0.01, 50
	o.Schedule = Schedule{WarmUp: 2, Cosine: 9, Milestones: []int{3}, Factor: 0.5}
	o.BetaSteps, o.FreeBits = 4, 0.01
	o.Corrupt = Corruption{Gaussian: 0.3}
	return o
}

func sum256(b []byte) string { return fmt.Sprintf("%x", sha256.Sum256(b)) }
