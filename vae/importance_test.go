package vae

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

// importance is the bound with k samples of each image.
func importance(t *testing.T, m *Model, images dataset.Images, k int) (float64, []float64) {
	t.Helper()
	mean, each, err := m.ImportanceBound(t.Context(), images, k, 9)
	if err != nil {
		t.Fatal(err)
	}
	return mean, each
}

// TestImportanceBound compares with the float64 reference, whose noise is one field over
// all images for each sample: where the batches are cut does not show.
func TestImportanceBound(t *testing.T) {
	const n = evalBatch + 45
	images := testImages(n)
	for name, c := range kinds(3, 5) {
		m := newTestModel(t, c, 1)
		if c.Kind == AE {
			if _, _, err := m.ImportanceBound(t.Context(), images, 1, 1); !errors.Is(err, ErrNoPrior) {
				t.Errorf("%s: error %v, want ErrNoPrior", name, err)
			}
			continue
		}
		for range 30 {
			m.Step(Floats(images.Limit(40)), Options{LR: 0.01, Beta: 1, Seed: 1})
		}
		x := widen(Floats(images))
		r := newReference(c, widen(m.weights))
		for _, k := range []int{1, 2, 7} {
			var eps [][]float64
			for i := range k {
				eps = append(eps, drawn(m.engine, n*c.Latent, kernels.Noise{Seed: 9, Stream: streamEval + uint64(i)}))
			}
			mean, each := importance(t, m, images, k)
			var total float64
			for i, got := range each {
				var own [][]float64
				for _, e := range eps {
					own = append(own, e[i*c.Latent:][:c.Latent])
				}
				want := r.importance(x[i*15:][:15], own)
				if !near(got, want, 1e-5*max(1, math.Abs(want))) {
					t.Fatalf("%s, k = %d, image %d: %v, want %v", name, k, i, got, want)
				}
				total += got
			}
			if mean != total/n {
				t.Errorf("%s, k = %d: mean %v of images of which it is %v", name, k, mean, total/n)
			}
			if _, few := importance(t, m, images.Limit(3), k); few[2] != each[2] {
				t.Errorf("%s, k = %d: image 2 has %v, and %v among fewer", name, k, each[2], few[2])
			}
		}
	}
}

// importance is the bound with a sample for each of eps, by densities as they are written.
func (r *reference) importance(x []float64, eps [][]float64) float64 {
	mu, logvar := r.encode(x)
	normal := func(x, mean, variance float64) float64 {
		return -((x-mean)*(x-mean)/variance + math.Log(2*math.Pi*variance)) / 2
	}
	logs := make([]float64, len(eps))
	for i, e := range eps {
		z := make([]float64, len(mu))
		for j := range z {
			z[j] = mu[j] + math.Exp(logvar[j]/2)*e[j]
			logs[i] += normal(z[j], 0, 1) - normal(z[j], mu[j], math.Exp(logvar[j]))
		}
		logs[i] -= r.reconstruction(x, z)
	}
	top := logs[0]
	for _, l := range logs {
		top = max(top, l)
	}
	var sum float64
	for _, l := range logs {
		sum += math.Exp(l - top)
	}
	return top + math.Log(sum/float64(len(logs)))
}

// TestImportanceBoundLimits: the mean over many images that are one and the same is the
// ELBO for k = 1, grows with k, and comes near log p(x), which is known in closed form
// of a linear model and by quadrature of a Bernoulli one.
func TestImportanceBoundLimits(t *testing.T) {
	linear := mlp{Kind: VAE, Rows: 2, Cols: 3, Latent: 2, Variance: 0.05}
	deep := mlp{Kind: VAE, Rows: 3, Cols: 4, Hidden: []int{8}, Latent: 1}
	for name, c := range map[string]mlp{"linear": linear, "bernoulli": deep} {
		t.Run(name, func(t *testing.T) {
			m := newTestModel(t, c, 3)
			size := c.pixels()
			pixels := make([]byte, 16*size)
			for i, v := range uniform(len(pixels), 5) {
				pixels[i] = 255 * byte(math.Round(float64(v))) // black and white: p(x) is a probability
			}
			images := dataset.Images{Pixels: pixels, Rows: c.Rows, Cols: c.Cols}
			for range 50 {
				m.Step(Floats(images), Options{LR: 0.05, Beta: 1, Seed: 1})
			}
			r := newReference(c, widen(m.weights))
			x := widen(Floats(images.Limit(1)))
			var elbo, logp float64
			if c.Variance != 0 {
				elbo, logp = r.linearELBO(x), r.linearLogLikelihood(x)
			} else {
				elbo, logp = r.quadrature(x)
			}
			const copies = 1000
			var same []byte
			for range copies {
				same = append(same, images.Image(0)...)
			}
			images.Pixels = same
			last := math.Inf(-1)
			for _, k := range []int{1, 10, 100} {
				mean, each := importance(t, m, images, k)
				e := &estimate{}
				for _, v := range each {
					e.add(v)
				}
				t.Logf("k = %d: %.4f ± %.4f, ELBO %.4f, log p(x) %.4f", k, mean, e.error(), elbo, logp)
				if k == 1 && !near(mean, elbo, e.error()) {
					t.Errorf("k = 1: %v ± %v, want the ELBO %v", mean, e.error(), elbo)
				}
				if k == 100 && !near(mean, logp, 0.1*(logp-elbo)+e.error()) {
					t.Errorf("k = %d: %v ± %v is far from log p(x) %v", k, mean, e.error(), logp)
				}
				if !(mean > last && mean < logp+e.error()) {
					t.Errorf("k = %d: %v ± %v is not between %v and log p(x) %v", k, mean, e.error(), last, logp)
				}
				last = mean
			}
		})
	}
}

// TestImportanceBoundTight: with the exact posterior every sample has the weight p(x).
func TestImportanceBoundTight(t *testing.T) {
	// z ~ N(0, 1), x = z + noise: z|x ~ N(x/(1+v), v/(1+v)).
	c := mlp{Kind: VAE, Rows: 1, Cols: 1, Latent: 1, Variance: 0.5}
	m := newTestModel(t, c, 1)
	m.net.mu.weights[0][0], m.net.mu.weights[1][0] = 1/1.5, 0
	m.net.logvar.weights[0][0], m.net.logvar.weights[1][0] = 0, float32(math.Log(0.5/1.5))
	m.net.decoder[0].weights[0][0], m.net.decoder[0].weights[1][0] = 1, 0
	images := dataset.Images{Pixels: []byte{0, 20, 128, 255}, Rows: 1, Cols: 1}
	for _, k := range []int{1, 3, 1000} {
		_, each := importance(t, m, images, k)
		for i, p := range images.Pixels {
			x := float64(p) / 255
			want := -(x*x/1.5 + math.Log(2*math.Pi*1.5)) / 2
			if !near(each[i], want, 2e-6) {
				t.Errorf("k = %d, image %d: %v, want log p(x) = %v", k, i, each[i], want)
			}
		}
	}
}

// TestLogSum has weights that a sum of exponentials could not hold.
func TestLogSum(t *testing.T) {
	e := engine()
	for _, c := range []struct {
		logs []float64
		want float64
	}{
		{[]float64{-1e5}, -1e5},
		{[]float64{-1e5, -1e5}, -1e5},
		{[]float64{-1e5, -2e5, -1e6}, -1e5 - math.Log(3)},
		{[]float64{-2e5, -1e5, 3e4}, 3e4 - math.Log(3)},
		{[]float64{0, 1, 2, 1}, math.Log((1 + 2*math.E + math.E*math.E) / 4)},
		{[]float64{2, 1, 1, 0}, math.Log((1 + 2*math.E + math.E*math.E) / 4)},
	} {
		sums, work := make([]logSum, 1), make([]float32, 1)
		for _, l := range c.logs {
			addLogs(e, sums, []float64{l}, work)
		}
		if got := sums[0].log(len(c.logs)); !near(got, c.want, 2e-7+1e-15*math.Abs(c.want)) {
			t.Errorf("%v: %v, want %v", c.logs, got, c.want)
		}
	}
}

// TestImportanceBoundEnds: a context ends a long run between two samples; bad input is an
// error.
func TestImportanceBoundEnds(t *testing.T) {
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	images := testImages(300)
	for _, k := range []int{0, -1} {
		if _, _, err := m.ImportanceBound(t.Context(), images, k, 1); err == nil {
			t.Errorf("k = %d is no error", k)
		}
	}
	if _, _, err := m.ImportanceBound(t.Context(), dataset.Images{Rows: 3, Cols: 5}, 1, 1); err == nil {
		t.Error("no images are no error")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := m.ImportanceBound(ctx, images, 1, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: error %v", err)
	}
	m.weights[0] = math.MaxFloat32
	m.weights[1] = -math.MaxFloat32
	if _, _, err := m.ImportanceBound(t.Context(), images, 1, 1); !errors.Is(err, ErrNotFinite) {
		t.Errorf("huge weights: error %v", err)
	}
}

// TestImportanceBoundAllocatesLittle: not for each sample, and not for each image.
func TestImportanceBoundAllocatesLittle(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	allocs := func(n, k int) float64 {
		images := testImages(n)
		return testing.AllocsPerRun(5, func() { importance(t, m, images, k) })
	}
	allocs(2*evalBatch, 1) // the workspace grows
	if few, many := allocs(1, 1), allocs(2*evalBatch, 20); few != many {
		t.Errorf("%v allocations, and %v for more", few, many)
	}
}

// TestSameBitsOfImportanceBound: on every machine, in every set, on any number of threads.
func TestSameBitsOfImportanceBound(t *testing.T) {
	const want = "52eedba72f54e286ab48c7de031243bad4b155a7752da5d331ff900c8d322124"
	images := testDigits(t).Test.Limit(20)
	for _, set := range testSets(t) {
		for _, threads := range []int{1, 2, 7} {
			if brief() && threads != 2 {
				continue
			}
			var all []byte
			for _, c := range []Config{
				mlp{Rows: 28, Cols: 28, Kind: VAE, Hidden: []int{12}, Latent: 5}.config(),
				convConfig(VAE, Gaussian{Variance: 0.1}),
			} {
				m, err := New(c, kernels.New(set, threads), 1)
				if err != nil {
					t.Fatal(err)
				}
				mean, each := importance(t, m, images, 5)
				for _, v := range append(each, mean) {
					all = binary.LittleEndian.AppendUint64(all, math.Float64bits(v))
				}
			}
			if got := sum256(all); got != want {
				t.Errorf("%s, %d threads: SHA-256 of the bounds %s, want %s", set.Name(), threads, got, want)
			}
		}
	}
}
