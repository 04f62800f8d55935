package main

import "github.com/lanewise/lanewise/internal/ref"

// geluTail is y = |x|, within its limit, and -y²/2 = n·ln2 + r - rest, where scale is
// 2^(n+32). The factor of 2^32 lets a result that may be subnormal be rounded once. A fast
// path without it and without the limit gains nothing: the rest is three times as long.
func geluTail(x *val) (y, scale, r, rest *val) {
	y = min_(f(ref.GeluMax), abs(x))
	half := mul(f(-0.5), y)
	a := mul(half, y)
	magic := f(ref.ToInt + 127 + 32)
	t := fma(a, f(ref.Log2E), magic)
	n := sub(t, magic)
	return y, shl(t, 23), fnma(n, f(ref.Ln2Hi), a), fma(n, f(ref.Ln2Lo), fnma(half, y, a))
}

func (domain) gelu(x *val) *val {
	y, scale, r, rRest := geluTail(x)
	d := add(y, f(ref.GeluK))
	v := div(f(1), d)
	p := mul(y, v)
	p = fma(fnma(p, sub(y, sub(d, f(ref.GeluK))), fnma(p, d, y)), v, p)
	w := sub(p, f(ref.GeluP))
	q := horner(w, ref.GeluQ[1:])
	c := fma(q, w, f(ref.GeluQ[0]))
	m := mul(p, c)
	rest := fnma(p, fma(q, w, sub(f(ref.GeluQ[0]), c)), fnma(p, c, m))

	s := sub(r, rRest)
	h := sub(m, fnma(m, r, fma(m, fnma(mul(s, s), expQ(s), rRest), rest)))
	return sub(max_(u(0), x), mul(mul(h, scale), f(0x1p-32)))
}

func (domain) geluGrad(x, dy *val) *val {
	y, scale, r, rest := geluTail(x)
	v := div(f(1), add(y, f(ref.GeluK)))
	e := fnma(y, f(ref.InvSqrtTau), mul(horner(sub(mul(y, v), f(ref.GeluP)), ref.GeluQ), v))
	s := sub(r, rest)
	e = fma(e, fma(mul(s, s), expQ(s), s), e)
	return mul(dy, mirrored(x, mul(mul(e, scale), f(0x1p-32))))
}

// mirrored is g for x < 0 and 1 - g elsewhere.
func mirrored(x, g *val) *val { return select_(less(x, u(0)), g, sub(f(1), g)) }

// siluExp is y = |x|, within its limit, and exp(-y), with and without a factor of 2^32.
// The fast path needs neither limit nor factor.
func (d domain) siluExp(x *val) (y, scaled, e *val) {
	y = abs(x)
	if d == fastPath {
		e = expNormal(negAbs(x))
		return y, e, e
	}
	y = min_(f(ref.SiLUMax), y)
	t, _, r := reduce(negAbs(y), 127+32)
	scaled = mul(expP(r), shl(t, 23))
	return y, scaled, d.unscaled(scaled)
}

// unscaled takes siluExp's factor away.
func (d domain) unscaled(a *val) *val {
	if d == fastPath {
		return a
	}
	return mul(a, f(0x1p-32))
}

func (d domain) silu(x *val) *val {
	y, scaled, e := d.siluExp(x)
	a := mul(y, scaled)
	return sub(max_(u(0), x), d.unscaled(fnma(a, div(e, add(f(1), e)), a)))
}

func (d domain) siluGrad(x, dy *val) *val {
	y, scaled, e := d.siluExp(x)
	v := div(f(1), add(f(1), e))
	return mul(dy, mirrored(x, d.unscaled(mul(mul(scaled, v), fnma(y, v, f(1))))))
}

// leaky is a where the sign of x, a function's argument or its result, is positive, and
// slope·a elsewhere.
func leaky(x, a, slope *val) *val { return select_(less(u(0), x), a, mul(slope, a)) }
