package main

import (
	"math"

	"github.com/lanewise/lanewise/internal/ref"
)

// The functions of package ref, with its coefficients: what they compute, and how well,
// is said there. Each is written a second time here, on purpose. One text for both, over
// a type parameter for the machine, was tried: the pure-Go exp, log and tanh take 2.3, 2.8
// and 2.1 times as long with it, as Go calls a type parameter's methods through a
// dictionary. And it is not the same text: a definition has the full range, in the order in
// which it is understood; what stands here has a fast path too, adds exponents as integers,
// folds constants and leaves out what changes no bit. That it changes none is what a
// comparison of two texts can show.

// reduce splits x = n·ln2 + r; the low bits of t hold n + bias.
func reduce(x *val, bias float64) (t, n, r *val) {
	magic := f(ref.ToInt + bias)
	t = fma(x, f(ref.Log2E), magic)
	n = sub(t, magic)
	r = fnma(n, f(ref.Ln2Hi), x)
	return t, n, fnma(n, f(ref.Ln2Lo), r)
}

func expQ(r *val) *val {
	return horner(r, ref.ExpQ)
}

// expP is exp(r).
func expP(r *val) *val { return fma(fma(expQ(r), r, f(1)), r, f(1)) }

func (d domain) exp(x *val) *val {
	if d == fastPath {
		return expNormal(x)
	}
	x = min_(f(ref.ExpMax), max_(f(ref.ExpMin), x))
	t, n, r := reduce(x, 2*127)
	return scale(expP(r), n, t)
}

// expNormal is exp(x) where that is a normal number: 2^n goes to the exponent.
func expNormal(x *val) *val {
	t, _, r := reduce(x, 0)
	return iadd(expP(r), shl(t, 23))
}

// expHalf is exp(x/2), or half of it. The fast path takes 2r for r, and all
// else times a power of two, which changes no digit and needs no x/2.
func (d domain) expHalf(x *val, half bool) *val {
	if d != fastPath {
		y := d.exp(mul(f(0.5), x))
		if half {
			y = mul(f(0.5), y)
		}
		return y
	}
	bias := 0.0
	if half {
		bias = -1
	}
	magic := f(ref.ToInt + bias)
	t := fma(x, f(ref.Log2E/2), magic)
	n := sub(t, magic)
	r := fnma(n, f(2*ref.Ln2Hi), x)
	r = fnma(n, f(2*ref.Ln2Lo), r)
	q := horner(r, ref.Scaled(ref.ExpQ, 0.25, 0.5))
	return iadd(fma(fma(q, r, f(0.5)), r, f(1)), shl(t, 23))
}

// expNegAbs is exp(-|x|).
func (d domain) expNegAbs(x *val) *val {
	x = negAbs(x)
	if d == fastPath {
		return expNormal(x)
	}
	t, _, r := reduce(max_(f(ref.ExpMin), x), 127+24)
	return mul(mul(expP(r), shl(t, 23)), f(0x1p-24))
}

const signBit = 1 << 31

func (d domain) reduceExpm1(x *val) (t, n, r *val) {
	if d == fastPath {
		return reduce(x, 126)
	}
	const bias = ref.ToInt + 126
	x = max_(f(ref.Expm1Min), x)
	t = min_(f(bias+128), fma(x, f(ref.Log2E), f(bias)))
	n = sub(t, f(bias))
	r = fnma(n, f(ref.Ln2Hi), x)
	return t, n, fnma(n, f(ref.Ln2Lo), r)
}

func (d domain) halfExpm1(x *val) *val {
	t, _, r := d.reduceExpm1(x)
	s := shl(t, 23)
	w := fma(mul(r, r), expQ(r), r)
	return fma(s, w, sub(s, f(0.5)))
}

func (d domain) halfExpmX(x *val) *val {
	t, n, r := d.reduceExpm1(x)
	s := shl(t, 23)
	h := sub(s, f(0.5))
	c := fma(h, r, fma(n, f(-ref.Ln2/2), h))
	y := fma(s, mul(mul(r, r), expQ(r)), c)
	if d == fastPath {
		return y
	}
	return fma(f(0.5), max_(sub(f(ref.Expm1Min), x), u(0)), y)
}

func logNormal(x, shift *val) *val {
	e := and(isub(x, u(0x3f400000)), u(0xff800000)) // the exponent times 2^23, which takes no shifts
	g := sub(isub(x, e), f(1))
	g = fma(mul(g, g), horner(g, ref.LogQ), g)
	n := toFloat(e)
	if shift != nil {
		n = add(n, shift)
	}
	return fma(n, f(ref.Ln2*0x1p-23), g)
}

func (d domain) log(x *val) *val {
	if d == fastPath {
		return logNormal(x, nil)
	}
	tiny := less(x, f(0x1p-126))
	r := logNormal(select_(tiny, mul(x, f(0x1p23)), x), select_(tiny, f(-23*0x1p23), u(0)))
	r = select_(lessEq(x, u(0)), select_(less(x, u(0)), u(nan), u(negInf)), r)
	return select_(less(x, u(posInf)), r, x)
}

const (
	nan    = 0x7fc00000
	posInf = 0x7f800000
	negInf = 0xff800000
)

func log1p01(v *val) *val {
	return fma(mul(v, v), horner(v, ref.Log1pQ), v)
}

func (d domain) sigmoid(x *val) *val { return sigmoidFrom(x, d.expNegAbs(x)) }

// sigmoidFrom selects by the sign alone: for ±0 e is 1, for NaN it is NaN.
func sigmoidFrom(x, e *val) *val {
	a := signedUnit(x, e)
	return fnma(e, div(a, add(f(1), e)), a)
}

func (d domain) softplus(x *val) *val { return add(max_(u(0), x), log1p01(d.expNegAbs(x))) }

// The sum makes -0 +0.
func (domain) relu(x *val) *val { return add(max_(u(0), x), u(0)) }

func (domain) tanh(x *val) *val {
	y := min_(f(ref.TanhMax), abs(x))
	magic := f(ref.ToInt + 127)
	t := fma(y, f(-2*ref.Log2E), magic)
	n := sub(t, magic)
	r := fma(n, f(ref.Ln2/2), y)
	w := fma(mul(r, r), horner(r, ref.TanhQ), r)
	s := shl(t, 23)
	h := isub(s, u(1<<23)) // s/2: sums need no FMA unit where processors have adders beside them
	a := fma(s, w, sub(f(0.5), h))
	b := fnma(s, w, add(f(0.5), h))
	return or(div(a, b), sign(x))
}

func (d domain) bce(x, t *val) (loss, grad *val) {
	e := d.expNegAbs(x)
	loss = add(fnma(x, t, max_(u(0), x)), log1p01(e))
	if d == fullRange {
		missing := abs(sub(t, select_(less(u(0), x), f(1), u(0))))
		ofInf := select_(lessEq(missing, u(0)), u(0), mul(abs(x), missing))
		loss = select_(less(f(math.MaxFloat32), abs(x)), ofInf, loss)
	}
	return loss, sub(sigmoidFrom(x, e), t)
}

func (d domain) kl(mu, logvar *val) *val { return fma(mul(f(0.5), mu), mu, d.halfExpmX(logvar)) }

// reparam is z and KL of mu, logvar and eps.
func (d domain) reparam(in, _ []*val) []*val {
	mu, logvar, eps := in[0], in[1], in[2]
	return []*val{fma(d.expHalf(logvar, false), eps, mu), d.kl(mu, logvar)}
}

// reparamGrad is dmu and dlogvar of dz, mu, logvar and eps.
func (d domain) reparamGrad(in, scalars []*val) []*val {
	dz, mu, logvar, eps, beta := in[0], in[1], in[2], in[3], scalars[0]
	g := mul(mul(dz, eps), d.expHalf(logvar, true))
	return []*val{fma(beta, mu, dz), fma(beta, d.halfExpm1(logvar), g)}
}

func (domain) adam(in, h []*val) []*val {
	w, m, v, g := in[0], in[1], in[2], in[3]
	beta1, oneMinusBeta1, beta2, oneMinusBeta2, stepSize, invSqrtBias2, eps, decay := h[0], h[1], h[2], h[3], h[4], h[5], h[6], h[7]
	m = flush(fma(oneMinusBeta1, g, mul(beta1, m)))
	v = flush(min_(f(math.MaxFloat32), fma(oneMinusBeta2, mul(g, g), mul(beta2, v))))
	d := div(m, fma(sqrt(v), invSqrtBias2, eps))
	return []*val{fnma(stepSize, d, mul(w, decay)), m, v}
}

func flush(x *val) *val { return select_(less(abs(x), f(0x1p-126)), u(0), x) }

func radius(w0 *val) *val {
	v := fma(toFloat(shr(w0, 1)), f(0x1p-31), f(0x1p-32))
	return sqrt(mul(f(-2), logNormal(v, nil)))
}

func atRadius(radius, w1 *val) (z0, z1 *val) {
	c, s := direction(w1)
	return mul(radius, c), mul(radius, s)
}

// direction is the cosine and the sine of w1's angle.
func direction(w1 *val) (c, s *val) {
	x := mul(toFloat(shl(w1, 2)), f(ref.QuarterTurn))
	y := mul(x, x)
	s = fma(horner(y, ref.SinQ), mul(y, x), x)
	c = fma(horner(y, ref.CosQ), y, f(1))

	k := iadd(w1, u(1<<29))
	// odd selects by the sign bit of k<<1, spread over the element.
	odd := sar(shl(k, 1), 31)
	swap := and(odd, xor(s, c))
	c, s = xor(c, swap), xor(s, swap)
	c = xor(c, and(xor(k, shl(k, 1)), u(signBit)))
	return c, xor(s, and(k, u(signBit)))
}
