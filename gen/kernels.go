package main

// tiles are the GEMM micro-kernels: as many accumulators as the registers allow
// beside a row of B and a few registers for A. A smaller height or width is here if
// BenchmarkTiles shows that it takes less time than the next larger one; of one or two
// rows, which wait for the latency of FMAs, 24 columns of avx512 do not.
var tiles = map[*isa][]tileShape{
	avx2: {
		{elem: f32, mr: 6, nr: 16, heights: []int{4, 2}},
		{elem: f32, mr: 4, nr: 24, heights: []int{3, 2, 1}},
		{elem: f32, mr: 12, nr: 8, heights: []int{8}},
		{elem: f64, mr: 6, nr: 8, heights: []int{4, 2, 1}},
	},
	avx512: {
		{elem: f32, mr: 12, nr: 32, heights: []int{8, 6, 4, 2, 1}, widths: []int{24, 16}},
		{elem: f32, mr: 24, nr: 8, heights: []int{20, 16, 8}},
		{elem: f64, mr: 12, nr: 16, heights: []int{8, 6, 4, 2, 1}, widths: []int{12, 8}},
	},
	neonSet: {
		{elem: f32, mr: 6, nr: 16},
		{elem: f32, mr: 4, nr: 24},
		{elem: f32, mr: 1, nr: 64},
		{elem: f64, mr: 6, nr: 8},
	},
}

// packings are what packs panels of those tiles' shapes, the widest first; heights
// of transposes that are no panel's make them up.
var packings = map[*isa][]packing{
	avx2: {
		{f32, []int{24, 16, 12, 8, 6, 4}, []int{16, 8, 6, 4}, 4},
		{f64, []int{8, 6, 4}, []int{8, 6, 4}, 4},
	},
	avx512: {
		{f32, []int{32, 16, 12, 8, 4}, []int{16, 12, 8, 4}, 4},
		{f64, []int{16, 12, 8, 4}, []int{12, 8, 4}, 4},
	},
	neonSet: {
		{f32, []int{64, 24, 16, 6, 4}, []int{8, 6, 4}, 0},
		{f64, []int{8, 6, 4}, []int{8, 6, 4}, 0},
	},
}

// kernels are the operations on arrays, as expressions.
var kernels = []*kernel{
	unary("Exp", domain.exp).shortcut(usualExp),
	unary("Log", domain.log).shortcut(usualLog),
	unary("Sigmoid", domain.sigmoid).shortcut(usualExpNegAbs),
	unary("Tanh", domain.tanh),
	unary("Softplus", domain.softplus).shortcut(usualExpNegAbs),
	unary("ReLU", domain.relu),

	binary("ExpGrad", "y", "dy", func(_ domain, y, dy *val) *val { return mul(dy, y) }),
	binary("LogGrad", "x", "dy", func(_ domain, x, dy *val) *val { return div(dy, x) }),
	binary("SigmoidGrad", "y", "dy", func(_ domain, y, dy *val) *val { return mul(mul(dy, y), sub(f(1), y)) }),
	binary("TanhGrad", "y", "dy", func(_ domain, y, dy *val) *val { return mul(dy, fnma(y, y, f(1))) }),
	binary("SoftplusGrad", "x", "dy", func(d domain, x, dy *val) *val { return mul(dy, d.sigmoid(x)) }).shortcut(usualExpNegAbs),
	binary("ReLUGrad", "y", "dy", func(_ domain, y, dy *val) *val { return select_(less(u(0), y), dy, u(0)) }),

	binary("Add", "x", "y", func(_ domain, x, y *val) *val { return add(x, y) }),
	{
		name: "Scale", out: []string{"dst"}, in: []string{"x"}, scalars: []string{"s"},
		body: func(_ domain, in, s []*val) []*val { return []*val{mul(in[0], s[0])} },
	},
	{
		name: "Sum", in: []string{"x"}, sum: true,
		body: itself,
	},

	loss("BCE", domain.bce).shortcut(usualExpNegAbs),
	loss("SquaredError", func(_ domain, x, t *val) (loss, grad *val) {
		d := sub(x, t)
		return mul(d, d), add(d, d)
	}),

	binary("KL", "mu", "logvar", domain.kl).shortcut(usualAbs(1, usualLogvar)),
	{
		name: "Normal", out: []string{"dst"}, noise: true,
		body: itself,
	},
	{
		name: "Reparam", out: []string{"z", "kl"}, in: []string{"mu", "logvar", "eps"},
		body: domain.reparam, short: usualAbs(1, usualLogvar),
	},
	{
		name: "ReparamNoise", out: []string{"z", "kl", "eps"}, in: []string{"mu", "logvar"}, noise: true, optional: "eps",
		body: domain.reparam, short: usualAbs(1, usualLogvar),
	},
	{
		name: "ReparamGrad", out: []string{"dmu", "dlogvar"}, in: []string{"dz", "mu", "logvar", "eps"}, scalars: []string{"beta"},
		body: domain.reparamGrad, short: usualAbs(2, usualLogvar),
	},
	{
		name: "ReparamGradNoise", out: []string{"dmu", "dlogvar"}, in: []string{"dz", "mu", "logvar"}, scalars: []string{"beta"}, noise: true,
		body: domain.reparamGrad, short: usualAbs(2, usualLogvar),
	},

	{
		name: "Adam", out: []string{"w", "m", "v"}, in: []string{"w", "m", "v", "grad"},
		scalars: []string{"beta1", "rest1", "beta2", "rest2", "step", "bias2", "eps", "decay"},
		body:    domain.adam,
	},
}

func itself(_ domain, in, _ []*val) []*val { return in }

func unary(name string, f func(d domain, x *val) *val) *kernel {
	return &kernel{name: name, out: []string{"dst"}, in: []string{"x"},
		body: func(d domain, in, _ []*val) []*val { return []*val{f(d, in[0])} }}
}

func binary(name, x, y string, f func(d domain, x, y *val) *val) *kernel {
	return &kernel{name: name, out: []string{"dst"}, in: []string{x, y},
		body: func(d domain, in, _ []*val) []*val { return []*val{f(d, in[0], in[1])} }}
}

func loss(name string, f func(d domain, x, t *val) (loss, grad *val)) *kernel {
	return &kernel{name: name, out: []string{"grad"}, in: []string{"x", "t"}, scalars: []string{"scale"}, sum: true,
		body: func(d domain, in, s []*val) []*val {
			loss, grad := f(d, in[0], in[1])
			return []*val{mul(grad, s[0]), loss}
		}}
}

func (k *kernel) shortcut(s *shortcut) *kernel {
	k.short = s
	return k
}
