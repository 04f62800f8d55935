// Command highway runs go-highway's kernels beside Lanewise's, for bench/compare.
// On amd64 they need GOEXPERIMENT=simd.
package main

import (
	"errors"
	"fmt"

	"github.com/ajroetker/go-highway/hwy/contrib/activation"
	"github.com/ajroetker/go-highway/hwy/contrib/algo"
	"github.com/ajroetker/go-highway/hwy/contrib/matmul"
	"github.com/ajroetker/go-highway/hwy/contrib/workerpool"

	"github.com/lanewise/lanewise/bench/internal/rival"
)

func main() {
	rival.Main("github.com/ajroetker/go-highway", func(threads int) (func(rival.Task) (rival.Work, error), error) {
		pool := workerpool.New(threads)
		return func(t rival.Task) (rival.Work, error) {
			switch t.Bench {
			case "gemm":
				return product(pool, t)
			case "map":
				return mapped(threads, t)
			}
			return rival.Work{}, fmt.Errorf("has no %s", t.Bench)
		}, nil
	})
}

func product(pool *workerpool.Pool, t rival.Task) (rival.Work, error) {
	if t.TransA {
		return rival.Work{}, errors.New("has no product with A transposed")
	}
	multiply := matmul.MatMulAuto[float32]
	if t.TransB {
		multiply = matmul.MatMulKLastAuto[float32]
	}
	a, b, c := t.Inputs["a"], t.Inputs["b"], make([]float32, t.M*t.N)
	return rival.Work{
		Call:   func() { multiply(pool, a, b, c, t.M, t.N, t.K) },
		Output: func() []float32 { return c },
	}, nil
}

func mapped(threads int, t rival.Task) (rival.Work, error) {
	if threads > 1 {
		return rival.Work{}, errors.New("runs on one thread")
	}
	f, ok := map[string]func(in, out []float32){
		"exp":      algo.ExpTransform[float32],
		"log":      algo.LogTransform[float32],
		"sigmoid":  algo.SigmoidTransform[float32],
		"tanh":     algo.TanhTransform[float32],
		"softplus": activation.Softplus[float32],
	}[t.Kind]
	if !ok {
		return rival.Work{}, fmt.Errorf("has no %s", t.Kind)
	}
	x := t.Inputs["x"]
	y := make([]float32, len(x))
	return rival.Work{Call: func() { f(x, y) }, Output: func() []float32 { return y }}, nil
}
