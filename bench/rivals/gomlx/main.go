// Command gomlx runs the pure-Go backend of GoMLX beside Lanewise's kernels, for
// bench/compare.
package main

import (
	"fmt"

	"github.com/gomlx/gomlx/backends"
	"github.com/gomlx/gomlx/backends/simplego"
	"github.com/gomlx/gomlx/pkg/core/dtypes"
	"github.com/gomlx/gomlx/pkg/core/shapes"

	"github.com/lanewise/lanewise/bench/internal/rival"
)

func main() {
	rival.Main("github.com/gomlx/gomlx", func(threads int) (func(rival.Task) (rival.Work, error), error) {
		config := fmt.Sprintf("parallelism=%d", threads)
		if threads == 1 {
			config = "parallelism=0,ops_sequential" // in the calling goroutine
		}
		b, err := simplego.New(config)
		if err != nil {
			return nil, err
		}
		return func(t rival.Task) (rival.Work, error) { return prepare(b, t) }, nil
	})
}

// prepare compiles a graph of one operation, or of softplus's few.
func prepare(b backends.Backend, t rival.Task) (rival.Work, error) {
	g := graph{builder: b.Builder(t.Bench)}
	var result backends.Op
	switch t.Bench {
	case "gemm":
		rowsA, colsA, contractA := t.M, t.K, 1
		if t.TransA {
			rowsA, colsA, contractA = t.K, t.M, 0
		}
		rowsB, colsB, contractB := t.K, t.N, 0
		if t.TransB {
			rowsB, colsB, contractB = t.N, t.K, 1
		}
		x, y := g.parameter("a", rowsA, colsA), g.parameter("b", rowsB, colsB)
		result = g.op(g.builder.DotGeneral(x, []int{contractA}, nil, y, []int{contractB}, nil))
	case "map":
		x := g.parameter("x", len(t.Inputs["x"]))
		switch t.Kind {
		case "exp":
			result = g.op(g.builder.Exp(x))
		case "log":
			result = g.op(g.builder.Log(x))
		case "tanh":
			result = g.op(g.builder.Tanh(x))
		case "sigmoid":
			result = g.op(g.builder.Logistic(x))
		case "softplus":
			result = g.softplus(x)
		default:
			return rival.Work{}, fmt.Errorf("has no %s", t.Kind)
		}
	default:
		return rival.Work{}, fmt.Errorf("has no %s", t.Bench)
	}
	if g.err != nil {
		return rival.Work{}, g.err
	}
	run, err := g.builder.Compile([]backends.Op{result}, nil)
	if err != nil {
		return rival.Work{}, err
	}
	var inputs []backends.Buffer
	for i, name := range g.names {
		buffer, err := b.BufferFromFlatData(0, t.Inputs[name], g.shapes[i])
		if err != nil {
			return rival.Work{}, err
		}
		inputs = append(inputs, buffer)
	}
	var left backends.Buffer
	return rival.Work{
		Call: func() {
			if left != nil { // its memory may be used again
				must(b.BufferFinalize(left))
			}
			out, err := run.Execute(inputs, nil, 0)
			must(err)
			left = out[0]
		},
		Output: func() []float32 {
			flat, err := b.BufferData(left)
			must(err)
			return flat.([]float32)
		},
	}, nil
}

// A graph is one under construction. The first error stays.
type graph struct {
	builder backends.Builder
	names   []string
	shapes  []shapes.Shape
	err     error
}

func (g *graph) op(op backends.Op, err error) backends.Op {
	if g.err == nil {
		g.err = err
	}
	return op
}

func (g *graph) parameter(name string, dims ...int) backends.Op {
	s := shapes.Make(dtypes.Float32, dims...)
	g.names, g.shapes = append(g.names, name), append(g.shapes, s)
	return g.op(g.builder.Parameter(name, s, nil))
}

// softplus is max(x, 0) + log1p(exp(-|x|)).
func (g *graph) softplus(x backends.Op) backends.Op {
	zero := g.op(g.builder.Constant([]float32{0}))
	minus := g.op(g.builder.Neg(g.op(g.builder.Abs(x))))
	return g.op(g.builder.Add(g.op(g.builder.Max(x, zero)), g.op(g.builder.Log1p(g.op(g.builder.Exp(minus))))))
}

// must panics; the other side gets the reason.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
