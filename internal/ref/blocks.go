package ref

// The functions here give the scalar definitions the signature of the assembly.
// Outputs are written element by element, after the inputs of the same element are
// read, so that they may be inputs.

// SumLanes is the number of partial sums of a block: element i is added to
// partial sum i mod SumLanes, in ascending order.
const SumLanes = 16

// SumBlock is the number of elements in a block of a sum.
const SumBlock = 1024

const noiseGroup = 4 * SumLanes

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

// Unary is the array form of a function of one variable.
func Unary(f func(x float32) float32) func(*Args) {
	return func(a *Args) {
		d, x := a.out(0), a.in(0)
		for i, v := range x {
			d[i] = f(v)
		}
	}
}

// UnaryScalar is the array form of a function of a variable and a scalar.
func UnaryScalar(f func(x, s float32) float32) func(*Args) {
	return func(a *Args) {
		d, x, s := a.out(0), a.in(0), a.Scalars[0]
		for i, v := range x {
			d[i] = f(v, s)
		}
	}
}

// Binary is the array form of a function of two variables.
func Binary(f func(x, y float32) float32) func(*Args) {
	return func(a *Args) {
		d, x, y := a.out(0), a.in(0), a.in(1)
		for i, v := range x {
			d[i] = f(v, y[i])
		}
	}
}

// BinaryScalar is the array form of a function of two variables and a scalar.
func BinaryScalar(f func(x, y, s float32) float32) func(*Args) {
	return func(a *Args) {
		d, x, y, s := a.out(0), a.in(0), a.in(1), a.Scalars[0]
		for i, v := range x {
			d[i] = f(v, y[i], s)
		}
	}
}

// Loss is the array form of a loss, of which it leaves the sum, and its
// gradient, which it scales.
func Loss(f func(x, t float32) (loss, grad float32)) func(*Args) {
	return func(a *Args) {
		var p [SumLanes]float32
		g, x, t, scale := a.out(0), a.in(0), a.in(1), a.Scalars[0]
		for i, v := range x {
			l, d := f(v, t[i])
			g[i] = d * scale
			p[i%SumLanes] += l
		}
		a.Sum = fold(p)
	}
}

// SumAll adds up the elements of a block.
func SumAll(a *Args) {
	var p [SumLanes]float32
	for i, v := range a.in(0) {
		p[i%SumLanes] += v
	}
	a.Sum = fold(p)
}

// Scale is x·s.
func Scale(x, s float32) float32 { return x * s }

// Add is x + y.
func Add(x, y float32) float32 { return x + y }

// Add3All adds three arrays to another, one after the other.
func Add3All(a *Args) {
	d, x, y1, y2, y3 := a.out(0), a.in(0), a.in(1), a.in(2), a.in(3)
	for i, v := range x {
		d[i] = v + y1[i] + y2[i] + y3[i]
	}
}

// NormalAll sets dst to the next elements of the noise.
func NormalAll(a *Args) {
	i0, d := a.advance(), a.out(0)
	for i := range d {
		d[i] = a.normal(i0 + uint64(i))
	}
}

// ReparamAll draws z with given noise, and the KL of each element.
func ReparamAll(a *Args) {
	z, kl, mu, logvar, eps := a.out(0), a.out(1), a.in(0), a.in(1), a.in(2)
	for i := range z {
		m, l := mu[i], logvar[i]
		z[i] = Reparameterize(m, l, eps[i])
		kl[i] = KL(m, l)
	}
}

// ReparamNoiseAll is ReparamAll with noise from the field, stored in eps unless that
// is nil.
func ReparamNoiseAll(a *Args) {
	z, kl, eps, mu, logvar := a.out(0), a.out(1), a.out(2), a.in(0), a.in(1)
	i0 := a.advance()
	for i := range z {
		e, m, l := a.normal(i0+uint64(i)), mu[i], logvar[i]
		z[i] = Reparameterize(m, l, e)
		kl[i] = KL(m, l)
		if eps != nil {
			eps[i] = e
		}
	}
}

// latentGrad adds beta times the gradient of the KL to that of z, fused.
func latentGrad(dz, mu, logvar, eps, beta float32) (dmu, dlogvar float32) {
	dm, dl := ReparameterizeGrad(logvar, eps, dz)
	km, kl := KLGrad(mu, logvar)
	return FMA(beta, km, dm), FMA(beta, kl, dl)
}

// ReparamGradAll is the backward pass with given noise.
func ReparamGradAll(a *Args) {
	dmu, dlogvar, dz, mu, logvar, eps := a.out(0), a.out(1), a.in(0), a.in(1), a.in(2), a.in(3)
	for i := range dmu {
		dmu[i], dlogvar[i] = latentGrad(dz[i], mu[i], logvar[i], eps[i], a.Scalars[0])
	}
}

// ReparamGradNoiseAll is ReparamGradAll with noise from the field.
func ReparamGradNoiseAll(a *Args) {
	dmu, dlogvar, dz, mu, logvar := a.out(0), a.out(1), a.in(0), a.in(1), a.in(2)
	i0 := a.advance()
	for i := range dmu {
		dmu[i], dlogvar[i] = latentGrad(dz[i], mu[i], logvar[i], a.normal(i0+uint64(i)), a.Scalars[0])
	}
}

// PutScalars puts those of a step where AdamAll finds them.
func (h *AdamStep) PutScalars(s *[8]float32) {
	s[0], s[1], s[2], s[3] = h.Beta1, h.OneMinusBeta1, h.Beta2, h.OneMinusBeta2
	s[4], s[5], s[6], s[7] = h.StepSize, h.InvSqrtBias2, h.Eps, h.Decay
}

// AdamAll makes one step for all weights.
func AdamAll(a *Args) {
	w, m, v, g, s := a.out(0), a.out(1), a.out(2), a.in(0), &a.Scalars
	h := AdamStep{s[0], s[1], s[2], s[3], s[4], s[5], s[6], s[7]}
	for i := range w {
		w[i], m[i], v[i] = Adam(w[i], m[i], v[i], g[i], h)
	}
}
