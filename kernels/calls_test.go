package kernels

import (
	"slices"
	"testing"
)

// TestCallsAreShort: a goroutine cannot be stopped in assembly. A chunk takes the
// slowest kernel of any set, whose arrays are in no cache, less than 100 µs.
func TestCallsAreShort(t *testing.T) {
	const most = 8192
	r := *rows()[0]
	calls := map[string]int{}
	count := func(name string, n int) {
		if calls[name]++; n > most {
			t.Errorf("a call of %s has %d elements", name, n)
		}
	}
	for name, f := range map[string]*unary{
		"exp": &r.exp, "log": &r.log, "sigmoid": &r.sigmoid, "tanh": &r.tanh, "softplus": &r.softplus, "relu": &r.relu,
	} {
		run := *f
		*f = func(dst, x *float32, n int) { count(name, n); run(dst, x, n) }
	}
	for name, f := range map[string]*binary{
		"expGrad": &r.expGrad, "logGrad": &r.logGrad, "sigmoidGrad": &r.sigmoidGrad, "tanhGrad": &r.tanhGrad,
		"softplusGrad": &r.softplusGrad, "reluGrad": &r.reluGrad, "add": &r.add, "kl": &r.kl,
	} {
		run := *f
		*f = func(dst, x, y *float32, n int) { count(name, n); run(dst, x, y, n) }
	}
	for name, f := range map[string]*lossKernel{"bce": &r.bce, "squaredError": &r.squaredError} {
		run := *f
		*f = func(grad, x, t *float32, n int, scale float32, sum *float32) {
			count(name, n)
			run(grad, x, t, n, scale, sum)
		}
	}
	all := r
	r.sum = func(x *float32, n int, sum *float32) { count("sum", n); all.sum(x, n, sum) }
	r.normal = func(dst *float32, n int, noise *[3]uint64) { count("normal", n); all.normal(dst, n, noise) }
	r.reparam = func(z, kl, mu, logvar, eps *float32, n int) {
		count("reparam", n)
		all.reparam(z, kl, mu, logvar, eps, n)
	}
	r.reparamNoise = func(z, kl, eps, mu, logvar *float32, n int, noise *[3]uint64) {
		count("reparamNoise", n)
		all.reparamNoise(z, kl, eps, mu, logvar, n, noise)
	}
	r.reparamGrad = func(dmu, dlogvar, dz, mu, logvar, eps *float32, n int, beta float32) {
		count("reparamGrad", n)
		all.reparamGrad(dmu, dlogvar, dz, mu, logvar, eps, n, beta)
	}
	r.reparamGradNoise = func(dmu, dlogvar, dz, mu, logvar *float32, n int, beta float32, noise *[3]uint64) {
		count("reparamGradNoise", n)
		all.reparamGradNoise(dmu, dlogvar, dz, mu, logvar, n, beta, noise)
	}
	r.adam = func(w, m, v, grad *float32, n int, beta1, rest1, beta2, rest2, step, bias2, eps, decay float32) {
		count("adam", n)
		all.adam(w, m, v, grad, n, beta1, rest1, beta2, rest2, step, bias2, eps, decay)
	}

	e := New(Set{&r}, 1)
	for _, n := range []int{most + 1, 5*most + 3} {
		arrays := func(k int) (xs [][]float32) {
			for range k {
				xs = append(xs, slices.Repeat([]float32{0.25}, n))
			}
			return xs
		}
		for _, m := range methods {
			m.call(e, arrays(m.out), arrays(m.in))
		}
		x := arrays(5)
		for _, samples := range []int{1, n} { // of all there is, and of one component
			kl := make([]float32, samples)
			e.Reparameterize(samples, x[0], kl, x[1], x[2], x[3], Noise{})
			e.ReparameterizeWith(samples, x[0], kl, x[2], x[3], x[4])
		}
		e.ColumnSums(x[0], x[1])
	}
	for _, op := range rowOps() {
		if calls[op.name] == 0 && op.name != "scale" && op.name != "reparamNoiseKept" {
			t.Errorf("%s was not called", op.name)
		}
	}
}
