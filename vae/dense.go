package vae

import (
	"fmt"

	"github.com/lanewise/lanewise/kernels"
)

// Dense is y = W·x + b, with W of Out×In as in PyTorch. An image is the row of its
// numbers.
type Dense struct {
	Out int `json:"out"`
}

func (Dense) Kind() string { return "dense" }

func (d Dense) Output(Shape) (Shape, error) {
	if d.Out < 1 {
		return Shape{}, fmt.Errorf("%d outputs: want at least 1", d.Out)
	}
	return Flat(d.Out), nil
}

func (d Dense) Params(in Shape) []Param {
	n := in.Size()
	return []Param{
		{Name: "weight", Shape: []int{d.Out, n}, FanIn: n, FanOut: d.Out},
		{Name: "bias", Shape: []int{d.Out}, FanIn: n, FanOut: d.Out, Bias: true},
	}
}

func (d Dense) Forward(p *Pass) { d.forward(p, kernels.NoActivation) }

func (d Dense) forward(p *Pass, a kernels.Activation) {
	epilogue := kernels.Epilogue{Bias: p.Weights[1], Activation: a}
	if p.packed != nil {
		p.Engine.GemmPacked(p.y(), 1, p.x(), *p.packed, 0, &epilogue)
		return
	}
	p.Engine.Gemm(p.y(), 1, p.x(), d.weights(p).T(), 0, &epilogue)
}

func (d Dense) Backward(p *Pass) {
	dy := kernels.NewMatrix(p.DY, p.N, d.Out)
	p.Engine.Gemm(kernels.NewMatrix(p.Grads[0], d.Out, p.In.Size()), 1, dy.T(), p.x(), 0, nil)
	p.Engine.ColumnSums(p.Grads[1], p.DY)
	if p.DX != nil {
		d.inputGrad(p, 0)
	}
}

// inputGrad is dx = dy·W + beta·dx.
func (d Dense) inputGrad(p *Pass, beta float32) {
	p.Engine.Gemm(kernels.NewMatrix(p.DX, p.N, p.In.Size()), 1, kernels.NewMatrix(p.DY, p.N, d.Out), d.weights(p), beta, nil)
}

func (d Dense) weights(p *Pass) kernels.Matrix {
	return kernels.NewMatrix(p.Weights[0], d.Out, p.In.Size())
}

func (p *Pass) x() kernels.Matrix { return kernels.NewMatrix(p.X, p.N, p.In.Size()) }
func (p *Pass) y() kernels.Matrix { return kernels.NewMatrix(p.Y, p.N, p.Out.Size()) }
