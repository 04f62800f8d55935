package main

import (
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// Training's own size: a batch of 128 images.
const (
	batchSize = 128
	pixels    = 784
)

var mapKinds = []struct {
	name  string
	ours  func(e *kernels.Engine, y, x []float32)
	exact func(x float64) float64
}{
	{"exp", (*kernels.Engine).Exp, math.Exp},
	{"log", (*kernels.Engine).Log, math.Log},
	{"sigmoid", (*kernels.Engine).Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
	{"tanh", (*kernels.Engine).Tanh, math.Tanh},
	{"softplus", (*kernels.Engine).Softplus, func(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }},
}

func mapCases() []benchCase {
	const n = batchSize * pixels
	var cs []benchCase
	for _, m := range mapKinds {
		cs = append(cs, benchCase{
			bench: "map", name: m.name, work: n, unit: "Gelem/s", scale: 1e9,
			limit: limit{bytes: 8 * n, footprint: 8 * n},
			setUp: func(su *suite) ([]implementation, checker) {
				x, y := normal[float32](3, n), aligned[float32](n)
				for i := range x {
					x[i] *= 3
					if m.name == "log" {
						x[i] = x[i]*x[i] + 1e-3
					}
				}
				here := func(run timed) (work, error) {
					spoil(y)
					return local(run, y), nil
				}
				implementations := su.ours(func(e *kernels.Engine) (work, error) {
					return here(calls(func() { m.ours(e, y, x) }))
				})
				implementations = append(implementations, su.inLibraries("map", func(l library) (work, error) {
					run, err := l.maps(m.name, y, x)
					if err != nil {
						return work{}, err
					}
					return here(run)
				})...)
				implementations = append(implementations, su.inProcesses(task{
					bench:  "map",
					params: map[string]any{"kind": m.name},
					inputs: map[string][]float32{"x": x},
				})...)
				return implementations, mapChecker(x, m.exact)
			},
		})
	}
	return cs
}

// mapTolerance is relative: 64 ULP and more. The worst of the usual
// approximations are off by a few; a wrong function is off by much more. Next
// to 0, where log and tanh cross it, the same number is absolute.
const mapTolerance = 1e-5

func mapChecker(x []float32, exact func(float64) float64) checker {
	return func(y, _ []float64) error {
		if len(y) != len(x) {
			return fmt.Errorf("%d elements instead of %d", len(y), len(x))
		}
		for i := range x {
			want := exact(float64(x[i]))
			if d := math.Abs(y[i] - want); !(d <= mapTolerance*max(math.Abs(want), 0.1)) {
				return fmt.Errorf("su(%v) is %v and should be %v", x[i], y[i], want)
			}
		}
		return nil
	}
}
