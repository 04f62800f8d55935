package ref

import "unsafe"

// The functions here give the scalar definitions the signatures of the
// assembly: pointers to the first of n elements.

// SumLanes is the number of partial sums of a block: element i is added to
// partial sum i mod SumLanes, in ascending order.
const SumLanes = 16

// SumBlock is the number of elements in a block of a sum.
const SumBlock = 1024

// fold is the total of a block: the upper half of the partial sums is added to
// the lower until one is left.
func fold(p [SumLanes]float32) float32 {
	for w := SumLanes / 2; w > 0; w /= 2 {
		for i := range w {
			p[i] += p[i+w]
		}
	}
	return p[0]
}

func slice(p *float32, n int) []float32 { return unsafe.Slice(p, n) }

// Unary is the array form of a function of one variable.
func Unary(f func(x float32) float32) func(dst, x *float32, n int) {
	return func(dst, x *float32, n int) {
		d, s := slice(dst, n), slice(x, n)
		for i, v := range s {
			d[i] = f(v)
		}
	}
}

// Binary is the array form of a function of two variables.
func Binary(f func(x, y float32) float32) func(dst, x, y *float32, n int) {
	return func(dst, x, y *float32, n int) {
		d, s, t := slice(dst, n), slice(x, n), slice(y, n)
		for i, v := range s {
			d[i] = f(v, t[i])
		}
	}
}

// Loss is the array form of a loss, of which it leaves the sum, and its
// gradient, which it scales.
func Loss(f func(x, t float32) (loss, grad float32)) func(grad, x, t *float32, n int, scale float32, sum *float32) {
	return func(grad, x, t *float32, n int, scale float32, sum *float32) {
		var p [SumLanes]float32
		g, s, u := slice(grad, n), slice(x, n), slice(t, n)
		for i, v := range s {
			l, d := f(v, u[i])
			g[i] = d * scale
			p[i%SumLanes] += l
		}
		*sum = fold(p)
	}
}

// Sum adds up the elements of a block.
func Sum(x *float32, n int, sum *float32) {
	var p [SumLanes]float32
	for i, v := range slice(x, n) {
		p[i%SumLanes] += v
	}
	*sum = fold(p)
}

// Scale is dst = x·s.
func Scale(dst, x *float32, n int, s float32) {
	d := slice(dst, n)
	for i, v := range slice(x, n) {
		d[i] = v * s
	}
}

// Add is x + y.
func Add(x, y float32) float32 { return x + y }

// advance passes the groups of n elements of noise, which is a seed, a stream
// and a counter, a multiple of 16. It returns the first of the elements.
func advance(s *[3]uint64, n int) uint64 {
	i0 := s[2] / SumLanes * noiseGroup
	s[2] += uint64(n+noiseGroup-1) / noiseGroup * SumLanes
	return i0
}

const noiseGroup = 4 * SumLanes

// Normals sets dst to the next elements of noise.
func Normals(dst *float32, n int, noise *[3]uint64) {
	i0 := advance(noise, n)
	d := slice(dst, n)
	for i := range d {
		d[i] = Normal(noise[0], noise[1], i0+uint64(i))
	}
}

// ReparameterizeWith draws z with given noise, and the KL of each element.
func ReparameterizeWith(z, kl, mu, logvar, eps *float32, n int) {
	zs, ks, ms, ls, es := slice(z, n), slice(kl, n), slice(mu, n), slice(logvar, n), slice(eps, n)
	for i := range zs {
		m, l := ms[i], ls[i]
		zs[i] = Reparameterize(m, l, es[i])
		ks[i] = KL(m, l)
	}
}

// ReparameterizeNoise is ReparameterizeWith with noise from the field, stored
// in eps unless that is nil.
func ReparameterizeNoise(z, kl, eps, mu, logvar *float32, n int, noise *[3]uint64) {
	i0 := advance(noise, n)
	zs, ks, ms, ls := slice(z, n), slice(kl, n), slice(mu, n), slice(logvar, n)
	for i := range zs {
		e := Normal(noise[0], noise[1], i0+uint64(i))
		m, l := ms[i], ls[i]
		zs[i] = Reparameterize(m, l, e)
		ks[i] = KL(m, l)
		if eps != nil {
			slice(eps, n)[i] = e
		}
	}
}

// latentGrad adds beta times the gradient of the KL to that of z, fused.
func latentGrad(dz, mu, logvar, eps, beta float32) (dmu, dlogvar float32) {
	dm, dl := ReparameterizeGrad(logvar, eps, dz)
	km, kl := KLGrad(mu, logvar)
	return FMA(beta, km, dm), FMA(beta, kl, dl)
}

// ReparameterizeGradWith is the backward pass with given noise.
func ReparameterizeGradWith(dmu, dlogvar, dz, mu, logvar, eps *float32, n int, beta float32) {
	dm, dl, ds, ms, ls, es := slice(dmu, n), slice(dlogvar, n), slice(dz, n), slice(mu, n), slice(logvar, n), slice(eps, n)
	for i := range dm {
		dm[i], dl[i] = latentGrad(ds[i], ms[i], ls[i], es[i], beta)
	}
}

// ReparameterizeGradNoise is ReparameterizeGradWith with noise from the field.
func ReparameterizeGradNoise(dmu, dlogvar, dz, mu, logvar *float32, n int, beta float32, noise *[3]uint64) {
	i0 := advance(noise, n)
	dm, dl, ds, ms, ls := slice(dmu, n), slice(dlogvar, n), slice(dz, n), slice(mu, n), slice(logvar, n)
	for i := range dm {
		dm[i], dl[i] = latentGrad(ds[i], ms[i], ls[i], Normal(noise[0], noise[1], i0+uint64(i)), beta)
	}
}

// AdamStepAll makes one step for n weights.
func AdamAll(w, m, v, g *float32, n int, beta1, rest1, beta2, rest2, step, bias2, eps, decay float32) {
	h := AdamStep{Beta1: beta1, OneMinusBeta1: rest1, Beta2: beta2, OneMinusBeta2: rest2, StepSize: step, InvSqrtBias2: bias2, Eps: eps, Decay: decay}
	ws, ms, vs, gs := slice(w, n), slice(m, n), slice(v, n), slice(g, n)
	for i := range ws {
		ws[i], ms[i], vs[i] = Adam(ws[i], ms[i], vs[i], gs[i], h)
	}
}
