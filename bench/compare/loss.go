package main

import (
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// lossCases are the binary cross-entropy of logits with its gradient.
func lossCases() []benchCase {
	const n = batchSize * pixels
	return []benchCase{{
		bench: "loss", name: "bce-with-logits", work: n, unit: "Gelem/s", scale: 1e9,
		limit: limit{bytes: 12 * n, footprint: 12 * n},
		setUp: func(su *suite) ([]implementation, checker) {
			x, t, grad := normal[float32](4, n), uniform[float32](5, n), aligned[float32](n)
			for i := range x {
				x[i] *= 3
			}
			implementations := su.ours(func(e *kernels.Engine) (work, error) {
				spoil(grad)
				var loss float64
				return work{
					run:    calls(func() { loss = e.BCEWithLogits(grad, x, t, 1) }),
					output: func() ([]float64, error) { return append([]float64{loss}, widened(grad)...), nil },
				}, nil
			})
			implementations = append(implementations, su.inProcesses(task{
				bench:  "loss",
				inputs: map[string][]float32{"x": x, "t": t},
			})...)
			return implementations, lossChecker(x, t)
		},
	}}
}

// A sum of float32 in any sensible order is within sumTolerance, relatively; a
// sigmoid is within mapTolerance.
const sumTolerance = 1e-4

func lossChecker(x, t []float32) checker {
	var want float64
	for i := range x {
		v := float64(x[i])
		want += max(v, 0) - v*float64(t[i]) + math.Log1p(math.Exp(-math.Abs(v)))
	}
	return func(out, _ []float64) error {
		if len(out) != 1+len(x) {
			return fmt.Errorf("%d elements instead of %d", len(out), 1+len(x))
		}
		if !near(out[0], want, sumTolerance*want) {
			return fmt.Errorf("the loss is %v and should be %v", out[0], want)
		}
		for i, g := range out[1:] {
			want := 1/(1+math.Exp(-float64(x[i]))) - float64(t[i])
			if !near(g, want, mapTolerance) {
				return fmt.Errorf("the gradient at (%v, %v) is %v and should be %v", x[i], t[i], g, want)
			}
		}
		return nil
	}
}

// near is false for NaN.
func near(x, want, tolerance float64) bool {
	return math.Abs(x-want) <= tolerance
}
