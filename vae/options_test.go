package vae

import (
	"bytes"
	"math"
	"slices"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/dataset"
)

func TestSchedule(t *testing.T) {
	for _, c := range []struct {
		s    Schedule
		t    int
		want float64
	}{
		{Schedule{}, 1, 1},
		{Schedule{}, math.MaxInt32, 1},
		{Schedule{WarmUp: 4}, 1, 0.25},
		{Schedule{WarmUp: 4}, 4, 1},
		{Schedule{WarmUp: 4}, 5, 1},
		{Schedule{Cosine: 10}, 1, 1},
		{Schedule{Cosine: 10}, 6, 0.5},
		{Schedule{Cosine: 10}, 9, (1 + math.Cos(0.8*math.Pi)) / 2},
		{Schedule{Cosine: 10}, 11, 0},
		{Schedule{Cosine: 10}, 12, 0},
		{Schedule{Milestones: []int{3, 7}, Factor: 0.1}, 3, 1},
		{Schedule{Milestones: []int{3, 7}, Factor: 0.1}, 4, 0.1},
		{Schedule{Milestones: []int{3, 7}, Factor: 0.1}, 8, 0.01},
		{Schedule{WarmUp: 4, Milestones: []int{1}, Factor: 0.5}, 2, 0.25},
	} {
		if got := c.s.factor(c.t); !near(got, c.want, 1e-15) {
			t.Errorf("%+v: at step %d %v, want %v", c.s, c.t, got, c.want)
		}
	}
	for i := range 1001 {
		x := float64(i) / 1000
		if got := cosPi(x); !near(got, math.Cos(math.Pi*x), 4e-16) {
			t.Errorf("cosPi(%v) = %v", x, got)
		}
	}
	for _, bad := range []Options{
		{Schedule: Schedule{WarmUp: -1}}, {Schedule: Schedule{Cosine: -1}}, {Schedule: Schedule{Milestones: []int{-1}, Factor: 1}},
		{Schedule: Schedule{Milestones: []int{1}, Factor: math.NaN()}}, {Schedule: Schedule{Milestones: []int{1}, Factor: 2}},
		{Eps: -1}, {Eps: 1e-50}, {WeightDecay: math.NaN()}, {WeightDecay: 1e4}, {Clip: math.Inf(1)}, {FreeBits: -1},
		{Shards: -1}, {Shards: MaxShards + 1}, {Capacity: math.NaN()}, {Capacity: 1, FreeBits: 1}, {BetaSteps: -1}, {CapacitySteps: -1},
		{Corrupt: Corruption{Gaussian: math.NaN()}}, {Corrupt: Corruption{Mask: 1.1}}, {Corrupt: Corruption{Mask: 0.5, Gaussian: 0.5}},
	} {
		bad.Epochs, bad.Batch, bad.LR, bad.Beta = 1, 1, 1e-3, 1
		err := bad.Validate()
		if err == nil {
			t.Errorf("%+v is valid", bad)
			continue
		}
		wantLine(t, err, "vae: ")
	}
}

// gradientOf is what one step of a new model computes.
func gradientOf(t *testing.T, c mlp, x []float32, change func(o *Options)) []float32 {
	t.Helper()
	m := newTestModel(t, c, 1)
	o := Options{LR: 0.01, Beta: 2, Seed: 3}
	change(&o)
	m.step(x, &o)
	return m.grad
}

func norm(x []float32) float64 {
	var sum float64
	for _, v := range widen(x) {
		sum += v * v
	}
	return math.Sqrt(sum)
}

// TestClip: the gradient keeps its direction, and its norm is the bound; below the bound
// nothing changes.
func TestClip(t *testing.T) {
	c, x := kinds(3, 5)["bernoulli"], uniform(20*15, 1)
	whole := gradientOf(t, c, x, func(*Options) {})
	most := norm(whole) / 3
	clipped := gradientOf(t, c, x, func(o *Options) { o.Clip = most })
	if !near(norm(clipped), most, 1e-6*most) {
		t.Errorf("a norm of %v, want %v", norm(clipped), most)
	}
	for i, v := range whole {
		if !near(float64(clipped[i]), float64(v)/3, 1e-6*math.Abs(float64(v))+1e-12) {
			t.Fatalf("element %d of the gradient is %v of %v", i, clipped[i], v)
		}
	}
	if !sameBits(gradientOf(t, c, x, func(o *Options) { o.Clip = 4 * most }), whole) {
		t.Error("a gradient below the bound has changed")
	}
}

// TestKLWeight: the gradient is that of another beta while it grows, of none where all
// bits are free, and changes its sign below the capacity.
func TestKLWeight(t *testing.T) {
	c, x := kinds(3, 5)["bernoulli"], uniform(20*15, 1)
	beta := func(b float64) []float32 { return gradientOf(t, c, x, func(o *Options) { o.Beta = b }) }
	for name, got := range map[string]struct{ got, want []float32 }{
		"a quarter of the steps": {gradientOf(t, c, x, func(o *Options) { o.BetaSteps = 4 }), beta(0.5)},
		"free":                   {gradientOf(t, c, x, func(o *Options) { o.FreeBits = 100 }), beta(0)},
		"hardly free":            {gradientOf(t, c, x, func(o *Options) { o.FreeBits = 1e-9 }), beta(2)},
		"above the capacity":     {gradientOf(t, c, x, func(o *Options) { o.Capacity = 1e-9 }), beta(2)},
		"at first":               {gradientOf(t, c, x, func(o *Options) { o.Capacity, o.CapacitySteps = 1e-3, 1e9 }), beta(2)},
	} {
		if !sameBits(got.got, got.want) {
			t.Errorf("%s: another gradient", name)
		}
	}
	// Two gradients that differ by the KL's own are as far below none as above it.
	up, none, down := beta(2), beta(0), gradientOf(t, c, x, func(o *Options) { o.Capacity = 100 })
	for i := range up {
		if !near(float64(up[i]+down[i]), 2*float64(none[i]), 1e-6) {
			t.Fatalf("below the capacity element %d is %v, with the KL %v, without %v", i, down[i], up[i], none[i])
		}
	}
	if sameBits(up, none) {
		t.Error("the KL has no gradient")
	}
}

// TestFreeBits: components that tell less than the bound have the gradient of no KL,
// others the whole one.
func TestFreeBits(t *testing.T) {
	c, x := kinds(3, 5)["bernoulli"], uniform(20*15, 1)
	m := newTestModel(t, c, 1)
	mu, logvar, _ := m.Encode(x)
	kl := make([]float64, c.Latent)
	for i := range mu {
		kl[i%c.Latent] += divergence(widen(mu[i:][:1]), widen(logvar[i:][:1])) / 20
	}
	sorted := slices.Sorted(slices.Values(kl))
	bound := (sorted[1] + sorted[2]) / 2
	bias := func(change func(o *Options)) []float32 { // the logvar head's, a number for each component
		m := newTestModel(t, c, 1)
		o := Options{LR: 0.01, Beta: 2, Seed: 3}
		change(&o)
		m.step(x, &o)
		return m.net.logvar.grads[1]
	}
	got := bias(func(o *Options) { o.FreeBits = bound })
	none, whole := bias(func(o *Options) { o.Beta = 0 }), bias(func(*Options) {})
	for j := range got {
		want := whole[j]
		if kl[j] < bound {
			want = none[j]
		}
		if got[j] != want || none[j] == whole[j] {
			t.Errorf("component %d, of %v nats where %v are free: %v, want %v of %v and %v", j, kl[j], bound, got[j], want, none[j], whole[j])
		}
	}
}

// TestCapacityIsReached: the KL goes to the capacity, from below and from above.
func TestCapacityIsReached(t *testing.T) {
	images := testImages(40)
	for _, capacity := range []float64{1, 3} {
		m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
		h := train(t, m, images, Options{Epochs: 150, Batch: 20, LR: 0.01, Beta: 20, Seed: 1, Capacity: capacity, CapacitySteps: 100})
		l := h[len(h)-1].Train
		if !near(l.KL, capacity, 0.5) || l.Total != l.Reconstruction+float64(20*math.Abs(l.KL-capacity)) {
			t.Errorf("capacity %v: %+v", capacity, l)
		}
	}
}

// TestAdamSettings compares one step with the formula of AdamW.
func TestAdamSettings(t *testing.T) {
	m := newTestModel(t, kinds(3, 5)["ae"], 1)
	before := widen(m.weights)
	o := Options{LR: 0.01, Seed: 1, Eps: 1e-3, WeightDecay: 2, Schedule: Schedule{WarmUp: 2}}
	m.step(uniform(20*15, 1), &o)
	for i, w := range before {
		g := float64(m.grad[i])
		want := w*(1-0.005*2) - 0.005*g/(math.Abs(g)+1e-3)
		if !near(float64(m.weights[i]), want, 1e-6) {
			t.Fatalf("weight %d is %v, want %v", i, m.weights[i], want)
		}
	}
}

// TestCorrupt: what the noise is, and that the encoder sees it and the loss does not.
func TestCorrupt(t *testing.T) {
	e := engine()
	const n = 64 * 1000
	x := slices.Repeat([]float32{0.5}, n)
	noise := kernels.Noise{Seed: 1}
	var sum, squares float64
	for _, v := range widen(Corruption{Gaussian: 0.1}.Corrupted(e, x, noise)) {
		sum += (v - 0.5) / n
		squares += (v - 0.5) * (v - 0.5) / n
	}
	if !near(sum, 0, 5*0.1/math.Sqrt(n)) || !near(math.Sqrt(squares), 0.1, 1e-3) {
		t.Errorf("noise of mean %v and deviation %v", sum, math.Sqrt(squares))
	}
	for _, v := range (Corruption{Gaussian: 10}).Corrupted(e, x, noise) {
		if !(v >= 0 && v <= 1) {
			t.Fatalf("a pixel of %v", v)
		}
	}
	zeros := 0
	for _, v := range (Corruption{Mask: 0.3}).Corrupted(e, x, noise) {
		switch v {
		case 0:
			zeros++
		case 0.5:
		default:
			t.Fatalf("a pixel of %v", v)
		}
	}
	if !near(float64(zeros)/n, 0.3, 0.01) {
		t.Errorf("%d of %d pixels are 0", zeros, n)
	}

	m := newTestModel(t, kinds(3, 5)["ae"], 1)
	o := Options{LR: 0.01, Seed: 1, Corrupt: Corruption{Mask: 1}}
	images := testImages(20)
	m.step(Floats(images), &o)
	for _, g := range m.net.encoder[0].grads[0] {
		if g != 0 {
			t.Fatal("the encoder has seen the image")
		}
	}
	if norm(m.grad) == 0 {
		t.Error("nothing is learned")
	}
	dark := good(m.Evaluate(t.Context(), images, o))
	clear(images.Pixels[:15])
	o.Corrupt = Corruption{}
	if seen := good(m.Evaluate(t.Context(), images, o)); seen == dark {
		t.Error("Evaluate does not corrupt images")
	}
}

// TestLearnedVariance: a step has the variance that is best for its batch, which makes
// -log p n/2·(ln(2πv) + 1), and an epoch leaves that of all its steps.
func TestLearnedVariance(t *testing.T) {
	c := kinds(3, 5)["gaussian"].config()
	c.Likelihood = Gaussian{Variance: 1, Learned: true}
	m := good(New(c, engine(), 1))
	images := testImages(40)
	x := Floats(images)
	o := Options{Epochs: 1, Batch: 20, LR: 0.01, Beta: 1, Seed: 1}
	reconstruction, _, _ := m.step(x, &o)
	var squares float64
	for i, y := range widen(m.pass.output) {
		squares += (y - float64(x[i])) * (y - float64(x[i]))
	}
	v := squares / float64(len(x))
	if got := m.learned.Variance; !near(got, v, 1e-6*v) {
		t.Errorf("a variance of %v, want %v", got, v)
	}
	if want := float64(len(x)) / 2 * (math.Log(2*math.Pi*v) + 1); !near(reconstruction, want, 1e-5*math.Abs(want)) {
		t.Errorf("-log p = %v, want %v", reconstruction, want)
	}

	var steps []float64
	o.Progress = func(Progress) { steps = append(steps, m.learned.Variance) }
	train(t, m, images, o)
	if got := m.learned.Variance; len(steps) != 2 || !near(got, (steps[0]+steps[1])/2, 1e-9) {
		t.Errorf("a variance of %v after steps with %v", got, steps)
	}
	b := encoded(t, m)
	copied := good(Read(bytes.NewReader(b), engine()))
	if copied.Config().Likelihood != m.Config().Likelihood {
		t.Errorf("%v is saved as %v", m.learned, copied.learned)
	}
}

// TestBinarized: pixels are black or white, with the probability of their value.
func TestBinarized(t *testing.T) {
	const n = 64 * 1000
	for _, v := range []byte{0, 1, 77, 254, 255} {
		images := dataset.Images{Pixels: bytes.Repeat([]byte{v}, n), Rows: 1, Cols: 100}
		got := Binarized(images, kernels.Noise{Seed: 1})
		white := 0
		for _, p := range got.Pixels {
			if p == 255 {
				white++
			} else if p != 0 {
				t.Fatalf("a pixel of %d", p)
			}
		}
		p := float64(v) / 255
		if !near(float64(white)/n, p, 5*math.Sqrt(p*(1-p)/n)) {
			t.Errorf("%d of %d pixels of %d are white", white, n, v)
		}
		if images.Pixels[0] != v || got.Len() != images.Len() {
			t.Error("the images themselves have changed")
		}
	}
	whole := Binarized(testImages(2000), kernels.Noise{Seed: 1})
	part := Binarized(testImages(100), kernels.Noise{Seed: 1})
	if !bytes.Equal(whole.Pixels[:len(part.Pixels)], part.Pixels) {
		t.Error("a pixel depends on how many there are")
	}
}

// TestBinarizeAnew: every epoch has other pixels, the images stay as they are, and the
// bits are those of images that were made black and white before.
func TestBinarizeAnew(t *testing.T) {
	images := testImages(40)
	keep := bytes.Clone(images.Pixels)
	o := Options{Epochs: 1, Batch: 20, LR: 0.01, Beta: 1, Seed: 1, Binarize: true}
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	train(t, m, images, o)
	if !bytes.Equal(images.Pixels, keep) {
		t.Error("training changed the images")
	}
	o.Binarize = false
	same := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	train(t, same, Binarized(images, kernels.Noise{Seed: 1, Stream: streamBinarize + 1}), o)
	if m.WeightsSHA256() != same.WeightsSHA256() {
		t.Error("other pixels than those of the first epoch")
	}
	o.Epochs, o.Binarize = 2, true
	again := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	train(t, again, images, o)
	train(t, same, Binarized(images, kernels.Noise{Seed: 1, Stream: streamBinarize + 1}), Options{Epochs: 1, Batch: 20, LR: 0.01, Beta: 1, Seed: 1})
	if again.WeightsSHA256() == same.WeightsSHA256() {
		t.Error("the second epoch has the pixels of the first")
	}
}
