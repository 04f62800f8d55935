package main

import (
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// reparamCases are the reparameterization and its KL, with fresh noise,
// forward and backward: at the size of a training step's, where what surrounds
// the arithmetic counts, and at that of a batch of images, where it does not.
func reparamCases() []benchCase {
	var cs []benchCase
	for _, dim := range []int{latent, pixels} {
		n := batchSize * dim
		cs = append(cs, benchCase{
			bench: "reparam", name: fmt.Sprintf("%dx%d", batchSize, dim), work: float64(n), unit: "Melem/s", scale: 1e6,
			// Forward reads mu and logvar and writes z; backward reads dz, mu
			// and logvar and writes dmu and dlogvar.
			limit: limit{bytes: 32 * float64(n), footprint: 24 * n},
			setUp: func(su *suite) ([]implementation, checker) { return reparamImplementations(su, n) },
		})
	}
	return cs
}

func reparamImplementations(su *suite, n int) ([]implementation, checker) {
	mu, logvar, dz := normal[float32](6, n), normal[float32](7, n), normal[float32](8, n)
	z, eps, dmu, dlogvar := aligned[float32](n), aligned[float32](n), aligned[float32](n), aligned[float32](n)
	implementations := su.ours(func(e *kernels.Engine) (work, error) {
		spoil(z, dmu, dlogvar)
		noise := kernels.Noise{Seed: 1}
		var kl float64
		return work{
			run: calls(func() {
				noise.Stream++
				kl = e.Reparameterize(batchSize, z, nil, mu, logvar, kernels.Kept(eps, noise))
				e.ReparameterizeGrad(dmu, dlogvar, dz, mu, logvar, kernels.Given(eps), 1)
			}),
			output: func() ([]float64, error) {
				return append([]float64{kl}, widened(z, dmu, dlogvar)...), nil
			},
		}, nil
	})
	implementations = append(implementations, su.inProcesses(task{
		bench:  "reparam",
		inputs: map[string][]float32{"mu": mu, "logvar": logvar, "dz": dz},
	})...)
	return implementations, reparamChecker(mu, logvar, dz)
}

// reparamChecker recovers the noise, which differs between implementations, from z: it must
// have the moments of N(0, 1), within five standard deviations, and be that of
// the gradients.
func reparamChecker(mu, logvar, dz []float32) checker {
	n := len(mu)
	var kl float64
	for i := range mu {
		m, l := float64(mu[i]), float64(logvar[i])
		kl += (math.Expm1(l) - l + m*m) / 2
	}
	return func(out, _ []float64) error {
		if len(out) != 1+3*n {
			return fmt.Errorf("%d elements instead of %d", len(out), 1+3*n)
		}
		if !near(out[0], kl, sumTolerance*kl) {
			return fmt.Errorf("the KL is %v and should be %v", out[0], kl)
		}
		z, dmu, dlogvar := out[1:][:n], out[1+n:][:n], out[1+2*n:]
		var sum, squares float64
		for i := range mu {
			m, l, d := float64(mu[i]), float64(logvar[i]), float64(dz[i])
			noise := z[i] - m // times the standard deviation
			eps := noise / math.Exp(l/2)
			sum += eps
			squares += eps * eps
			if want := d + m; !near(dmu[i], want, mapTolerance*(1+math.Abs(want))) {
				return fmt.Errorf("element %d of dmu is %v and should be %v", i, dmu[i], want)
			}
			want := (d*noise + math.Expm1(l)) / 2
			if !near(dlogvar[i], want, mapTolerance*(1+math.Abs(d*noise)+math.Exp(l)+math.Abs(d*m))) {
				return fmt.Errorf("element %d of dlogvar is %v and should be %v", i, dlogvar[i], want)
			}
		}
		mean, square := sum/float64(n), squares/float64(n)
		if five := 5 / math.Sqrt(float64(n)); !(math.Abs(mean) <= five) || !(math.Abs(square-1) <= five*math.Sqrt2) {
			return fmt.Errorf("its noise has a mean of %v and a mean square of %v", mean, square)
		}
		return nil
	}
}
