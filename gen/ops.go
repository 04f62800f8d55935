package main

import "fmt"

// ops are the elementwise operations, as expressions. Everything else that there is to
// an operation follows from its row: a kernel in every set, the tables in package asm,
// and the tests that go through these.
var ops = []*kernel{
	unary("Exp", domain.exp).guarded(guardExp),
	unary("Log", domain.log).guarded(guardLog),
	unary("Sigmoid", domain.sigmoid).guarded(guardExpNegAbs),
	unary("Tanh", domain.tanh),
	unary("Softplus", domain.softplus).guarded(guardExpNegAbs),
	unary("ReLU", domain.relu),
	unaryScalar("LeakyReLU", "slope", func(_ domain, x, slope *val) *val { return leaky(x, x, slope) }),
	unary("Gelu", domain.gelu),
	unary("SiLU", domain.silu).guarded(guardExp),

	binary("ExpGrad", "y", "dy", func(_ domain, y, dy *val) *val { return mul(dy, y) }),
	binary("LogGrad", "x", "dy", func(_ domain, x, dy *val) *val { return div(dy, x) }),
	binary("SigmoidGrad", "y", "dy", func(_ domain, y, dy *val) *val { return mul(mul(dy, y), sub(f(1), y)) }),
	binary("TanhGrad", "y", "dy", func(_ domain, y, dy *val) *val { return mul(dy, fnma(y, y, f(1))) }),
	binary("SoftplusGrad", "x", "dy", func(d domain, x, dy *val) *val { return mul(dy, d.sigmoid(x)) }).guarded(guardExpNegAbs),
	binary("ReLUGrad", "y", "dy", func(_ domain, y, dy *val) *val { return select_(less(u(0), y), dy, u(0)) }),
	binaryScalar("LeakyReLUGrad", "y", "dy", "slope", func(_ domain, y, dy, slope *val) *val { return leaky(y, dy, slope) }),
	binary("GeluGrad", "x", "dy", domain.geluGrad),
	binary("SiLUGrad", "x", "dy", domain.siluGrad).guarded(guardExp),

	binary("Add", "x", "y", func(_ domain, x, y *val) *val { return add(x, y) }),
	{
		name: "Add3", ref: "ref.Add3All", out: []string{"dst"}, in: []string{"x", "y1", "y2", "y3"},
		body: func(_ domain, in, _ []*val) []*val { return []*val{add(add(add(in[0], in[1]), in[2]), in[3])} },
	},
	unaryScalar("Scale", "s", func(_ domain, x, s *val) *val { return mul(x, s) }),
	{
		name: "Sum", ref: "ref.SumAll", in: []string{"x"}, sum: true,
		body: itself,
	},

	loss("BCE", domain.bce).guarded(guardExpNegAbs),
	loss("SquaredError", func(_ domain, x, t *val) (loss, grad *val) {
		d := sub(x, t)
		return mul(d, d), add(d, d)
	}),

	binary("KL", "mu", "logvar", domain.kl).guarded(guardAbs(1, limitLogvar)),
	{
		name: "Normal", ref: "ref.NormalAll", out: []string{"dst"}, noise: true,
		body: itself,
	},
	{
		name: "Reparam", ref: "ref.ReparamAll", out: []string{"z", "kl"}, in: []string{"mu", "logvar", "eps"},
		body: domain.reparam, guard: guardAbs(1, limitLogvar),
	},
	{
		name: "ReparamNoise", ref: "ref.ReparamNoiseAll", out: []string{"z", "kl", "eps"}, in: []string{"mu", "logvar"}, noise: true, optional: "eps",
		body: domain.reparam, guard: guardAbs(1, limitLogvar),
	},
	{
		name: "ReparamGrad", ref: "ref.ReparamGradAll", out: []string{"dmu", "dlogvar"}, in: []string{"dz", "mu", "logvar", "eps"}, scalars: []string{"beta"},
		body: domain.reparamGrad, guard: guardAbs(2, limitLogvar),
	},
	{
		name: "ReparamGradNoise", ref: "ref.ReparamGradNoiseAll", out: []string{"dmu", "dlogvar"}, in: []string{"dz", "mu", "logvar"}, scalars: []string{"beta"}, noise: true,
		body: domain.reparamGrad, guard: guardAbs(2, limitLogvar),
	},

	{
		name: "Adam", ref: "ref.AdamAll", out: []string{"w", "m", "v"}, in: []string{"w", "m", "v", "grad"},
		scalars: []string{"beta1", "oneMinusBeta1", "beta2", "oneMinusBeta2", "stepSize", "invSqrtBias2", "eps", "decay"},
		body:    domain.adam,
	},
}

func itself(_ domain, in, _ []*val) []*val { return in }

// The constructors below bind a row to the function of package ref that has its name.

func unary(name string, f func(d domain, x *val) *val) *kernel {
	return &kernel{name: name, ref: array("Unary", name), out: []string{"dst"}, in: []string{"x"},
		body: func(d domain, in, _ []*val) []*val { return []*val{f(d, in[0])} }}
}

func unaryScalar(name, s string, f func(d domain, x, s *val) *val) *kernel {
	return &kernel{name: name, ref: array("UnaryScalar", name), out: []string{"dst"}, in: []string{"x"}, scalars: []string{s},
		body: func(d domain, in, s []*val) []*val { return []*val{f(d, in[0], s[0])} }}
}

func binary(name, x, y string, f func(d domain, x, y *val) *val) *kernel {
	return &kernel{name: name, ref: array("Binary", name), out: []string{"dst"}, in: []string{x, y},
		body: func(d domain, in, _ []*val) []*val { return []*val{f(d, in[0], in[1])} }}
}

func binaryScalar(name, x, y, s string, f func(d domain, x, y, s *val) *val) *kernel {
	return &kernel{name: name, ref: array("BinaryScalar", name), out: []string{"dst"}, in: []string{x, y}, scalars: []string{s},
		body: func(d domain, in, s []*val) []*val { return []*val{f(d, in[0], in[1], s[0])} }}
}

func loss(name string, f func(d domain, x, t *val) (loss, grad *val)) *kernel {
	return &kernel{name: name, ref: array("Loss", name), out: []string{"grad"}, in: []string{"x", "t"}, scalars: []string{"scale"}, sum: true,
		body: func(d domain, in, s []*val) []*val {
			loss, grad := f(d, in[0], in[1])
			return []*val{mul(grad, s[0]), loss}
		}}
}

// array is the array form of a function of package ref.
func array(form, name string) string { return fmt.Sprintf("ref.%s(ref.%s)", form, name) }

func (k *kernel) guarded(g *guard) *kernel {
	k.guard = g
	return k
}
