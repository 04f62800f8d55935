package vae

import (
	"fmt"
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
)

// TestShuffle: every epoch has an order of its own, with every image once; and
// a seed has orders of its own.
func TestShuffle(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(3) {
		for epoch := range uint64(3) {
			order := make([]int, 100)
			shuffle(order, kernels.Noise{Seed: seed, Stream: streamShuffle + epoch})
			var count [100]int
			for _, i := range order {
				count[i]++
			}
			for i, c := range count {
				if c != 1 {
					t.Fatalf("image %d comes %d times", i, c)
				}
			}
			seen[fmt.Sprint(order)] = true
		}
	}
	if len(seen) != 9 {
		t.Errorf("%d orders in nine epochs", len(seen))
	}
	// Where an image goes is uniform: 6 orders of 3, 6000 draws, each count
	// within five standard deviations of 1000.
	counts := map[[3]int]int{}
	for seed := range uint64(6000) {
		var order [3]int
		shuffle(order[:], kernels.Noise{Seed: seed})
		counts[order]++
	}
	for order, n := range counts {
		if !near(float64(n), 1000, 5*math.Sqrt(1000*5/6.)) || len(counts) != 6 {
			t.Errorf("order %v comes %d times in 6000", order, n)
		}
	}
}

// TestSeeds: each seed is a run of its own, for the weights and in training.
func TestSeeds(t *testing.T) {
	images := testImages(20)
	seen := map[string]bool{}
	for init := range uint64(2) {
		for seed := range uint64(2) {
			for range 2 { // twice the same
				m := newTestModel(t, kinds(3, 5)["bernoulli"], init)
				train(t, m, images, Options{Epochs: 1, Batch: 20, LR: 1e-3, Beta: 1, Seed: seed})
				seen[m.WeightsSHA256()] = true
			}
		}
	}
	if len(seen) != 4 {
		t.Errorf("four pairs of seeds give %d models", len(seen))
	}
}

// TestInit: the weights are from U(±1/√fan_in).
func TestInit(t *testing.T) {
	m := newTestModel(t, mlp{Kind: VAE, Rows: 10, Cols: 10, Hidden: []int{50}, Latent: 20}, 1)
	for _, u := range m.net.units {
		bound := 1 / math.Sqrt(float64(u.in.Size()))
		for _, part := range u.weights {
			var sum, squares float64
			for _, v := range widen(part) {
				if !(math.Abs(v) <= bound*(1+0x1p-23)) {
					t.Fatalf("%s: %v is beyond %v", u.name, v, bound)
				}
				sum += v / bound
				squares += v * v / (bound * bound)
			}
			// Mean 0 and variance 1/3, of the square 4/45, within five deviations.
			n := float64(len(part))
			if !near(sum/n, 0, 5*math.Sqrt(1/(3*n))) || !near(squares/n, 1./3, 5*math.Sqrt(4/(45*n))) {
				t.Errorf("%s: mean %v, mean square %v, in units of the bound", u.name, sum/n, squares/n)
			}
		}
	}
}

// TestGlorotInit: weights from U(±√(6/(fan_in + fan_out))), biases of 0, and fans of
// convolutions as Keras counts them.
func TestGlorotInit(t *testing.T) {
	m := good(New(convConfig(VAE, Bernoulli{}), engine(), 1))
	for i, fans := range []int{9 + 36, 16*4 + 16*6, 294 + 9, 9 + 3, 9 + 3, 3 + 9, 9 + 294, 9*6 + 9*4, 16*4 + 16} {
		u := m.net.units[i]
		bound, largest := math.Sqrt(6/float64(fans)), 0.0
		for _, v := range widen(u.weights[0]) {
			largest = max(largest, math.Abs(v))
		}
		if !(largest <= bound*(1+0x1p-23) && largest > 0.8*bound) {
			t.Errorf("%s: weights to %v, want %v", u.name, largest, bound)
		}
		for _, b := range u.weights[1] {
			if b != 0 {
				t.Errorf("%s: a bias of %v", u.name, b)
			}
		}
	}
}
