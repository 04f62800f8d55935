// Command born runs the CPU back end of Born beside Lanewise's kernels, for
// bench/compare.
package main

import (
	"errors"
	"fmt"

	"github.com/born-ml/born/autodiff"
	"github.com/born-ml/born/backend/cpu"
	"github.com/born-ml/born/nn"
	"github.com/born-ml/born/tensor"

	"github.com/lanewise/lanewise/bench/internal/rival"
)

// mostFlop is how many operations a product may have: a call would take seconds.
const mostFlop = 1e9

func main() {
	rival.Main("github.com/born-ml/born", func(threads int) (func(rival.Task) (rival.Work, error), error) {
		if threads > 1 {
			return nil, errors.New("runs on one thread")
		}
		return func(t rival.Task) (rival.Work, error) {
			switch t.Bench {
			case "gemm":
				return product(t)
			case "map":
				return mapped(t)
			}
			return rival.Work{}, fmt.Errorf("has no %s", t.Bench)
		}, nil
	})
}

// product transposes operands as Born's linear layer does: by a copy, which is a
// part of the call.
func product(t rival.Task) (rival.Work, error) {
	if 2*float64(t.M)*float64(t.N)*float64(t.K) > mostFlop {
		return rival.Work{}, errors.New("a call takes seconds")
	}
	backend := cpu.New()
	operand := func(name string, transposed bool, rows, cols int) (func() *tensor.Tensor[float32, *cpu.Backend], error) {
		if transposed {
			rows, cols = cols, rows
		}
		x, err := tensor.FromSlice(t.Inputs[name], tensor.Shape{rows, cols}, backend)
		if !transposed {
			return func() *tensor.Tensor[float32, *cpu.Backend] { return x }, err
		}
		return func() *tensor.Tensor[float32, *cpu.Backend] { return x.T() }, err
	}
	a, err := operand("a", t.TransA, t.M, t.K)
	if err != nil {
		return rival.Work{}, err
	}
	b, err := operand("b", t.TransB, t.K, t.N)
	if err != nil {
		return rival.Work{}, err
	}
	var c *tensor.Tensor[float32, *cpu.Backend]
	return rival.Work{
		Call:   func() { c = a().MatMul(b()) },
		Output: func() []float32 { return c.Data() },
	}, nil
}

// mapped are the activations that layers have.
func mapped(t rival.Task) (rival.Work, error) {
	backend := autodiff.New(cpu.New())
	type array = tensor.Tensor[float32, *autodiff.Backend[*cpu.Backend]]
	var f func(*array) *array
	switch t.Kind {
	case "sigmoid":
		f = nn.NewSigmoid[*autodiff.Backend[*cpu.Backend]]().Forward
	case "tanh":
		f = nn.NewTanh[*autodiff.Backend[*cpu.Backend]]().Forward
	default:
		return rival.Work{}, fmt.Errorf("has no %s", t.Kind)
	}
	x, err := tensor.FromSlice(t.Inputs["x"], tensor.Shape{len(t.Inputs["x"])}, backend)
	if err != nil {
		return rival.Work{}, err
	}
	var y *array
	return rival.Work{Call: func() { y = f(x) }, Output: func() []float32 { return y.Data() }}, nil
}
