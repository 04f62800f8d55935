package kernels

import (
	"unsafe"

	"github.com/lanewise/lanewise/kernels/asm"
)

// Normal sets dst to elements of the noise field.
func (e *Engine) Normal(dst []float32, noise Noise) {
	noise.check(len(dst))
	raceWrite(dst)
	j := e.elementwise(asm.Normal, len(dst))
	j.whole.Out[0] = unsafe.SliceData(dst)
	j.whole.Noise = noise.words()
	e.run(j)
	e.leave()
}

// Reparameterize draws z from the posterior N(mu, exp(logvar)) of each sample
// and measures its divergence from the prior N(0, 1), in nats, in one pass:
//
//	z  = mu + exp(logvar/2)·eps
//	kl = ½ Σ exp(logvar) - 1 - logvar + mu²   over the sample's components
//
// It returns the sum of kl over all samples (Kingma & Welling, "Auto-Encoding
// Variational Bayes", 2014, appendix B). The samples are the rows of mu and logvar,
// len(mu)/samples components each.
//
// kl, one value per sample, may be nil. z may be mu or logvar itself, but not the
// noise's array. Nothing is allocated once the workspace has grown.
func (e *Engine) Reparameterize(samples int, z, kl, mu, logvar []float32, eps Eps) float64 {
	checkMap(z, mu, logvar)
	if samples < 0 || samples == 0 && len(mu) > 0 || samples > 0 && len(mu)%samples != 0 {
		panic("kernels: Reparameterize of samples of unequal length")
	}
	if kl != nil {
		checkLen(len(kl), samples)
		for _, x := range [...][]float32{z, eps.values, mu, logvar} {
			checkDisjoint(kl, x)
		}
		raceWrite(kl)
	}
	op := asm.ReparamNoise
	if eps.source == given {
		op = asm.Reparam
		checkMap(z, eps.values)
		checkDisjoint(z, eps.values)
	} else {
		eps.noise.check(len(mu))
	}
	if eps.source == kept {
		checkMap(eps.values, mu, logvar)
		checkDisjoint(eps.values, z)
	}
	j := e.elementwise(op, len(z))
	if len(z) == 0 {
		clear(kl)
		e.leave()
		return 0
	}
	j.whole.Out[0], j.whole.In[0], j.whole.In[1] = unsafe.SliceData(z), unsafe.SliceData(mu), unsafe.SliceData(logvar)
	if eps.source == given {
		j.whole.In[2] = unsafe.SliceData(eps.values)
	} else {
		j.whole.Out[2] = unsafe.SliceData(eps.values)
		j.whole.Noise = eps.noise.words()
	}
	e.sumSamples(j, samples, kl)
	e.run(j)
	var total float64
	for _, s := range j.samples.sums {
		total += s
	}
	j.samples.dim, j.samples.kl = 0, nil
	e.leave()
	return total
}

// ReparameterizeGrad is the backward pass of [Engine.Reparameterize] with the same eps:
// from dz, the gradient with respect to z, it computes
//
//	dmu     = dz + beta·mu
//	dlogvar = ½ dz·eps·exp(logvar/2) + ½ beta·(exp(logvar) - 1)
//
// where beta is the weight of the KL term. dmu and dlogvar may be any of the
// inputs themselves, the noise's array too.
func (e *Engine) ReparameterizeGrad(dmu, dlogvar, dz, mu, logvar []float32, eps Eps, beta float32) {
	checkMap(dmu, dz, mu, logvar)
	checkMap(dlogvar, dz, mu, logvar)
	checkDisjoint(dmu, dlogvar)
	op := asm.ReparamGradNoise
	if eps.source == drawn {
		eps.noise.check(len(mu))
	} else {
		op = asm.ReparamGrad
		checkMap(dmu, eps.values)
		checkMap(dlogvar, eps.values)
	}
	j := e.elementwise(op, len(dmu))
	j.whole.Out[0], j.whole.Out[1] = unsafe.SliceData(dmu), unsafe.SliceData(dlogvar)
	j.whole.In[0], j.whole.In[1], j.whole.In[2] = unsafe.SliceData(dz), unsafe.SliceData(mu), unsafe.SliceData(logvar)
	j.whole.In[3] = unsafe.SliceData(eps.values)
	j.whole.Noise = eps.noise.words()
	j.whole.Scalars[0] = beta
	e.run(j)
	e.leave()
}

// latentSums are the sums over samples of a second output, the KL of each element,
// which goes to the workers' memory.
type latentSums struct {
	dim  int       // components of a sample; 0: the job has no such output
	sums []float64 // of each sample
	kl   []float32 // the same for the caller, or nil
}

// sumSamples has the job leave the KL of each sample.
func (e *Engine) sumSamples(j *elementwise, samples int, kl []float32) {
	n := j.whole.N
	dim := n / samples
	// A part is whole samples and whole groups of noise, or everything.
	rows := noiseGroup / gcd(noiseGroup, dim)
	if rows < samples {
		rows *= ceilDiv(chunk/4, rows*dim)
	} else {
		rows = samples
	}
	j.part = rows * dim
	j.samples = latentSums{dim, grow(j.samples.sums, samples), kl}
	// Here, not where it is used: which worker gets a part is chance, and none may
	// allocate later.
	for w := range min(ceilDiv(n, j.part), len(j.workers)) {
		j.workers[w].kl = grow(j.workers[w].kl, j.part)
	}
}

// add makes the sums of the samples that are elements from to end.
func (l *latentSums) add(set Set, w *elementwiseWorker, from, end int) {
	a, sum := &w.Args, set.ops[asm.Sum]
	for i := from; i < end; i += l.dim {
		row := w.kl[i-from:][:l.dim]
		var total float64
		for b := 0; b < l.dim; b += sumBlock {
			a.In[0], a.N = &row[b], min(sumBlock, l.dim-b)
			sum(a)
			total += float64(a.Sum)
		}
		l.sums[i/l.dim] = total
		if l.kl != nil {
			l.kl[i/l.dim] = float32(total)
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
