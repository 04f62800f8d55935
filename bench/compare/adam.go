package main

import (
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// parameters of 784-400-20-400-784, two heads included.
const (
	hidden     = 400
	latent     = 20
	parameters = (pixels+1)*hidden + 2*(hidden+1)*latent + (latent+1)*hidden + (hidden+1)*pixels
)

// adamBytes is what an update moves: it reads w, m, v and g and writes w, m and
// v. adamFootprint is what these fill.
const (
	adamBytes     = 7 * 4 * parameters
	adamFootprint = 4 * 4 * parameters
)

const adamTrial = 3 // updates that are checked

func adamCases() []benchCase {
	return []benchCase{{
		bench: "adam", name: fmt.Sprint(parameters, " parameters"), work: parameters, unit: "Gelem/s", scale: 1e9,
		limit: limit{bytes: adamBytes, footprint: adamFootprint},
		trial: adamTrial,
		setUp: func(su *suite) ([]implementation, checker) {
			w, g := normal[float32](9, parameters), normal[float32](10, parameters)
			implementations := su.ours(func(e *kernels.Engine) (work, error) {
				w, m, v := clone(w), aligned[float32](parameters), aligned[float32](parameters)
				t := 0
				return work{
					run: calls(func() {
						t++
						e.Adam(w, m, v, g, kernels.DefaultAdam(), t)
					}),
					output: func() ([]float64, error) { return widened(w, m, v), nil },
				}, nil
			})
			implementations = append(implementations, su.inProcesses(task{
				bench:  "adam",
				inputs: map[string][]float32{"w": w, "g": g},
			}, "torch:fused", "torch:foreach", "jax:")...)
			return implementations, adamChecker(w, g)
		},
	}}
}

// adamChecker holds the weights and moments against those in float64. The
// weights are near 1 and move by 0.003 in all: a millionth is many roundings of
// the one, and few of the other.
func adamChecker(w, g []float32) checker {
	n := len(w)
	p := kernels.DefaultAdam()
	var correction1, correction2 [adamTrial + 1]float64
	for t := range correction1 {
		correction1[t], correction2[t] = 1-math.Pow(p.Beta1, float64(t)), 1-math.Pow(p.Beta2, float64(t))
	}
	return func(out, _ []float64) error {
		if len(out) != 3*n {
			return fmt.Errorf("%d elements instead of %d", len(out), 3*n)
		}
		for i := range w {
			weight, grad := float64(w[i]), float64(g[i])
			var m, v float64
			for t := 1; t <= adamTrial; t++ {
				m = p.Beta1*m + (1-p.Beta1)*grad
				v = p.Beta2*v + (1-p.Beta2)*grad*grad
				weight -= p.LR * m / correction1[t] / (math.Sqrt(v/correction2[t]) + p.Eps)
			}
			if !near(out[i], weight, 1e-6*max(1, math.Abs(weight))) {
				return fmt.Errorf("weight %d is %v and should be %v", i, out[i], weight)
			}
			if !near(out[n+i], m, 1e-5*math.Abs(m)) || !near(out[2*n+i], v, 1e-4*v) {
				return fmt.Errorf("the moments of weight %d are %v and %v and should be %v and %v", i, out[n+i], out[2*n+i], m, v)
			}
		}
		return nil
	}
}
