package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/lanewise/lanewise/internal/ref"
)

// latents draws posteriors of a batch.
func latents(rng *rand.Rand, n int) (mu, logvar []float32) {
	mu, logvar = make([]float32, n), make([]float32, n)
	for i := range mu {
		mu[i], logvar[i] = float32(rng.NormFloat64()*2), float32(rng.NormFloat64()*3)
	}
	return mu, logvar
}

// TestReparameterize compares with the definition, sample by sample: z, the
// noise and the divergences; with noise drawn, kept, and given back.
func TestReparameterize(t *testing.T) {
	rng := rand.New(rand.NewPCG(41, 42))
	es := testEngines(t)
	fields := []Noise{{}, {Seed: 1 << 63, Stream: 3, First: 64}, {Seed: 5, Stream: 1 << 40, First: 64 * (1<<28 - 3)}}
	for nth, shape := range [][2]int{
		{1, 1}, {257, 1}, {100, 2}, {3, 2}, {131, 3}, {33, 16}, {128, 20}, {129, 20}, {65, 33}, {70, 64}, {31, 100}, {5, 1500},
		{1, 1500}, {3, chunk + 3}, {1, 2*chunk + 77}, {6000, 3}, {3, 0}, {64, 1001},
	} {
		samples, dim := shape[0], shape[1]
		n := samples * dim
		if brief() && n > 6000 {
			continue
		}
		mu, logvar := latents(rng, n)
		field := fields[nth%3]
		eps, z, kl := make([]float32, n), make([]float32, n), make([]float32, samples)
		terms := make([]float32, n)
		for i := range z {
			eps[i] = ref.Normal(field.Seed, field.Stream, field.First+uint64(i))
			z[i] = ref.Reparameterize(mu[i], logvar[i], eps[i])
			terms[i] = ref.KL(mu[i], logvar[i])
		}
		var total, exact float64
		for s := range samples {
			sum := treeSum(terms[s*dim:][:dim])
			kl[s] = float32(sum)
			total += sum
		}
		for i := range mu {
			m, l := float64(mu[i]), float64(logvar[i])
			exact += (math.Expm1(l) - l + m*m) / 2
		}
		if !(math.Abs(total-exact) <= 1e-5*exact) {
			t.Fatalf("%v: KL = %v, in float64 %v", shape, total, exact)
		}
		want := [][]float32{z, kl, eps}
		dz := make([]float32, n)
		fill(dz, rng, false)
		dmu, dlogvar := make([]float32, n), make([]float32, n)
		ref.ReparamGradAll(&ref.Args{
			Out: [3]*float32{unsafe.SliceData(dmu), unsafe.SliceData(dlogvar)},
			In:  [4]*float32{unsafe.SliceData(dz), unsafe.SliceData(mu), unsafe.SliceData(logvar), unsafe.SliceData(eps)},
			N:   n, Scalars: [8]float32{0.3},
		})
		for _, e := range es {
			if e.tooMuch(20 * n) { // six passes of a hundred operations
				continue
			}
			gz, gkl, geps := make([]float32, n), make([]float32, samples), make([]float32, n)
			sum := e.Reparameterize(samples, gz, gkl, mu, logvar, Kept(geps, field))
			checkSame(t, [][]float32{gz, gkl, geps}, want, sum, total, e, shape, "kept")

			clear(gz)
			sum = e.Reparameterize(samples, gz, nil, mu, logvar, Drawn(field))
			checkSame(t, [][]float32{gz}, want, sum, total, e, shape, "drawn")

			clear(gz)
			clear(gkl)
			sum = e.Reparameterize(samples, gz, gkl, mu, logvar, Given(geps))
			checkSame(t, [][]float32{gz, gkl}, want[:2], sum, total, e, shape, "given")

			clear(geps)
			e.Normal(geps, field)
			checkSame(t, [][]float32{geps}, want[2:], 0, 0, e, shape, "normal")

			gm, gl := make([]float32, n), make([]float32, n)
			for _, source := range []Eps{Drawn(field), Kept(geps, field), Given(geps)} {
				clear(gm)
				clear(gl)
				e.ReparameterizeGrad(gm, gl, dz, mu, logvar, source, 0.3)
				checkSame(t, [][]float32{gm, gl, geps}, [][]float32{dmu, dlogvar, eps}, 0, 0, e, shape, "gradient", source.source)
			}
		}
	}
}

// TestNoiseIsAField draws one field in pieces.
func TestNoiseIsAField(t *testing.T) {
	for _, e := range testEngines(t) {
		whole := make([]float32, 2000)
		field := Noise{Seed: 9, Stream: 8, First: 128}
		e.Normal(whole, field)
		for _, at := range []int{64, 640, 1984} {
			part, f := make([]float32, 2000-at), field
			f.First += uint64(at)
			e.Normal(part, f)
			checkSame(t, [][]float32{part}, [][]float32{whole[at:]}, 0, 0, e, at)
		}
		for i, other := range []Noise{{Seed: 10, Stream: 8, First: 128}, {Seed: 9 | 1<<40, Stream: 8, First: 128},
			{Seed: 9, Stream: 9, First: 128}, {Seed: 9, Stream: 8 | 1<<40, First: 128}, {Seed: 9, Stream: 8, First: 128 | 1<<50}} {
			x := make([]float32, 2000)
			e.Normal(x, other)
			equal := 0
			for j := range x {
				if x[j] == whole[j] {
					equal++
				}
			}
			if equal > 10 {
				t.Fatalf("%v: field %d equals another in %d of 2000 elements", e, i, equal)
			}
		}
	}
}

// TestReparameterizeGrad compares with finite differences in float64 of
// Σ dz·z + beta·KL.
func TestReparameterizeGrad(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	const n, beta = 500, 0.7
	mu, logvar := latents(rng, n)
	dz, eps := make([]float32, n), make([]float32, n)
	fill(dz, rng, false)
	fill(eps, rng, false)
	dmu, dlogvar := make([]float32, n), make([]float32, n)
	for _, e := range testEngines(t) {
		e.ReparameterizeGrad(dmu, dlogvar, dz, mu, logvar, Given(eps), beta)
		for i := range dmu {
			m, l := float64(mu[i]), float64(logvar[i])
			f := func(m, l float64) float64 {
				return float64(dz[i])*(m+math.Exp(l/2)*float64(eps[i])) + beta*(math.Expm1(l)-l+m*m)/2
			}
			const h = 1e-5
			wantM, wantL := (f(m+h, l)-f(m-h, l))/(2*h), (f(m, l+h)-f(m, l-h))/(2*h)
			scale := 1 + math.Abs(f(m, l))
			if !(math.Abs(float64(dmu[i])-wantM) <= 1e-5*scale) || !(math.Abs(float64(dlogvar[i])-wantL) <= 1e-5*scale) {
				t.Fatalf("%v: gradient at (%v, %v) = %v, %v, finite differences %v, %v", e, m, l, dmu[i], dlogvar[i], wantM, wantL)
			}
		}
	}
}
