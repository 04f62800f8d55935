package kernels

import "github.com/lanewise/lanewise/internal/ref"

// Noise is a field of independent draws from N(0, 1): element i depends on
// nothing but Seed, Stream and First + i. It comes from Philox4x32-10 (Salmon
// et al., SC'11) by the Box–Muller transform, the same on every machine.
type Noise struct {
	Seed, Stream uint64
	First        uint64 // a multiple of 64
}

// Bits is element i as it is before it becomes normal: uniform on all uint32.
func (s Noise) Bits(i uint64) uint32 { return ref.Bits(s.Seed, s.Stream, s.First+i) }

// Uniform is the upper 24 bits of [Noise.Bits] as a number in [0, 1).
func (s Noise) Uniform(i uint64) float32 { return ref.Uniform(s.Seed, s.Stream, s.First+i) }

const noiseGroup = 64 // elements that 16 Philox counters yield together

// counter is the first Philox counter of element i, a multiple of noiseGroup.
func (s Noise) counter(i int) uint64 { return (s.First + uint64(i)) / noiseGroup * ref.SumLanes }

// check panics unless the field has n elements from First.
func (s Noise) check(n int) {
	if s.First%noiseGroup != 0 {
		panic("kernels: Noise.First is not a multiple of 64")
	}
	// There the counters of the sets would go different ways.
	if n > 0 && s.First+uint64(n-1) < s.First {
		panic("kernels: Noise has no element 2^64")
	}
}

// Normal sets dst to elements of the noise field.
func (e *Engine) Normal(dst []float32, noise Noise) {
	noise.check(len(dst))
	raceWrite(dst)
	e.enter()
	e.reparam = reparamJob{set: e.set, z: dst, noise: noise, per: chunk, kind: drawNoise, sums: e.reparam.sums, scratch: e.reparam.scratch}
	e.reparam.run(e, len(dst))
	e.leave()
}

// Reparameterize draws z from the posterior N(mu, exp(logvar)) of each sample
// and measures its divergence from the prior N(0, 1), in nats, in one pass:
//
//	z  = mu + exp(logvar/2)·eps
//	kl = ½ Σ exp(logvar) - 1 - logvar + mu²   over the sample's components
//
// It returns the sum of kl over all samples (Kingma & Welling, "Auto-Encoding
// Variational Bayes", 2014, appendix B). eps is element i of the noise field
// for z[i]. The samples are the rows of mu and logvar,
// len(mu)/samples components each.
//
// kl, one value per sample, and eps, which receives the noise, may be nil. z may be mu or
// logvar itself. Nothing is allocated once the workspace has grown.
func (e *Engine) Reparameterize(samples int, z, kl, eps, mu, logvar []float32, noise Noise) float64 {
	noise.check(len(mu))
	return e.reparameterize(samples, z, kl, eps, mu, logvar, noise, drawForward)
}

// ReparameterizeWith is [Engine.Reparameterize] with given noise.
func (e *Engine) ReparameterizeWith(samples int, z, kl, mu, logvar, eps []float32) float64 {
	checkMap(z, eps)
	return e.reparameterize(samples, z, kl, eps, mu, logvar, Noise{}, givenForward)
}

// ReparameterizeGrad is the backward pass of [Engine.Reparameterize] with the
// same noise, drawn again: from dz, the gradient with respect to z, it computes
//
//	dmu     = dz + beta·mu
//	dlogvar = ½ dz·eps·exp(logvar/2) + ½ beta·(exp(logvar) - 1)
//
// where beta is the weight of the KL term. dmu and dlogvar may be any of the
// inputs themselves.
func (e *Engine) ReparameterizeGrad(dmu, dlogvar, dz, mu, logvar []float32, beta float32, noise Noise) {
	noise.check(len(mu))
	e.reparameterizeGrad(dmu, dlogvar, dz, mu, logvar, nil, beta, noise, drawBackward)
}

// ReparameterizeGradWith is [Engine.ReparameterizeGrad] with given noise.
func (e *Engine) ReparameterizeGradWith(dmu, dlogvar, dz, mu, logvar, eps []float32, beta float32) {
	checkMap(dmu, eps)
	checkMap(dlogvar, eps)
	e.reparameterizeGrad(dmu, dlogvar, dz, mu, logvar, eps, beta, Noise{}, givenBackward)
}

func (e *Engine) reparameterize(samples int, z, kl, eps, mu, logvar []float32, noise Noise, kind reparamKind) float64 {
	checkMap(z, mu, logvar)
	if samples < 0 || samples == 0 && len(mu) > 0 || samples > 0 && len(mu)%samples != 0 {
		panic("kernels: Reparameterize of samples of unequal length")
	}
	if kl != nil {
		checkLen(len(kl), samples)
		for _, x := range [][]float32{z, eps, mu, logvar} {
			checkDisjoint(kl, x)
		}
		raceWrite(kl)
	}
	if eps != nil {
		checkLen(len(eps), len(z))
		checkDisjoint(eps, z)
		if kind == drawForward {
			checkAlias(eps, mu)
			checkAlias(eps, logvar)
			raceWrite(eps)
		}
	}
	e.enter()
	if len(mu) == 0 {
		clear(kl)
		e.leave()
		return 0
	}
	dim := len(mu) / samples
	// A part is whole samples and whole groups of noise, or everything.
	rows := noiseGroup / gcd(noiseGroup, dim)
	if rows < samples {
		rows *= ceilDiv(chunk/4, rows*dim)
	} else {
		rows = samples
	}
	j := &e.reparam
	*j = reparamJob{
		set: e.set, kind: kind, noise: noise, dim: dim, per: rows * dim,
		z: z, kl: kl, eps: eps, mu: mu, logvar: logvar,
		sums: grow(j.sums, samples), scratch: j.scratch,
	}
	j.run(e, len(mu))
	var total float64
	for _, s := range j.sums {
		total += s
	}
	e.leave()
	return total
}

func (e *Engine) reparameterizeGrad(dmu, dlogvar, dz, mu, logvar, eps []float32, beta float32, noise Noise, kind reparamKind) {
	checkMap(dmu, dz, mu, logvar)
	checkMap(dlogvar, dz, mu, logvar)
	checkDisjoint(dmu, dlogvar)
	e.enter()
	e.reparam = reparamJob{
		set: e.set, kind: kind, noise: noise, per: chunk, beta: beta,
		dmu: dmu, dlogvar: dlogvar, z: dz, mu: mu, logvar: logvar, eps: eps,
		sums: e.reparam.sums, scratch: e.reparam.scratch,
	}
	e.reparam.run(e, len(dmu))
	e.leave()
}

type reparamKind int

const (
	drawNoise reparamKind = iota
	drawForward
	givenForward
	drawBackward
	givenBackward
)

// A reparamJob is any of the kernels around the reparameterization.
type reparamJob struct {
	set          Set
	kind         reparamKind
	noise        Noise
	beta         float32
	dim          int // components of a sample
	per          int // elements per part, whole groups of noise
	z, kl, eps   []float32
	mu, logvar   []float32
	dmu, dlogvar []float32
	sums         []float64 // the KL of each sample
	scratch      []reparamScratch
}

// reparamScratch is a worker's: the KL of single elements, a sum, and where the
// noise is.
type reparamScratch struct {
	kl    []float32
	sum   float32
	noise [3]uint64
}

func (j *reparamJob) run(e *Engine, n int) {
	parts := ceilDiv(n, j.per)
	j.scratch = grow(j.scratch, e.pool.threads)
	if j.kind == drawForward || j.kind == givenForward {
		// Here, not where it is used: which worker gets a part is chance, and
		// none may allocate later.
		for i := range min(parts, len(j.scratch)) {
			j.scratch[i].kl = grow(j.scratch[i].kl, j.per)
		}
	}
	e.pool.run(j, parts)
	*j = reparamJob{sums: j.sums, scratch: j.scratch}
}

func (j *reparamJob) do(worker, part int) {
	lo := part * j.per
	hi := min(lo+j.per, len(j.z))
	s := &j.scratch[worker]
	forward := j.kind == drawForward || j.kind == givenForward
	// One call of a kernel gets a chunk at most.
	for i := lo; i < hi; i += chunk {
		n := min(chunk, hi-i)
		s.noise = [3]uint64{j.noise.Seed, j.noise.Stream, j.noise.counter(i)}
		switch j.kind {
		case drawNoise:
			j.set.normal(&j.z[i], n, &s.noise)
		case drawForward:
			var eps *float32
			if j.eps != nil {
				eps = &j.eps[i]
			}
			j.set.reparamNoise(&j.z[i], &s.kl[i-lo], eps, &j.mu[i], &j.logvar[i], n, &s.noise)
		case givenForward:
			j.set.reparam(&j.z[i], &s.kl[i-lo], &j.mu[i], &j.logvar[i], &j.eps[i], n)
		case drawBackward:
			j.set.reparamGradNoise(&j.dmu[i], &j.dlogvar[i], &j.z[i], &j.mu[i], &j.logvar[i], n, j.beta, &s.noise)
		case givenBackward:
			j.set.reparamGrad(&j.dmu[i], &j.dlogvar[i], &j.z[i], &j.mu[i], &j.logvar[i], &j.eps[i], n, j.beta)
		}
	}
	if !forward {
		return
	}
	for i := lo; i < hi; i += j.dim {
		row := s.kl[i-lo:][:j.dim]
		var total float64
		for b := 0; b < j.dim; b += sumBlock {
			j.set.sum(&row[b], min(sumBlock, j.dim-b), &s.sum)
			total += float64(s.sum)
		}
		j.sums[i/j.dim] = total
		if j.kl != nil {
			j.kl[i/j.dim] = float32(total)
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
