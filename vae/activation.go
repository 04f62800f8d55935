package vae

import (
	"fmt"

	"github.com/lanewise/lanewise/kernels"
)

// An Activation is an elementwise layer without weights.
type Activation string

const (
	ReLU    Activation = "relu"    // max(x, 0)
	Tanh    Activation = "tanh"    // tanh(x)
	Sigmoid Activation = "sigmoid" // 1/(1 + exp(-x))
	SiLU    Activation = "silu"    // x·sigmoid(x)
	GELU    Activation = "gelu"    // x·Φ(x), the exact form
)

func activations() []Activation { return []Activation{ReLU, Tanh, Sigmoid, SiLU, GELU} }

func (a Activation) Kind() string { return string(a) }

func (a Activation) Output(in Shape) (Shape, error) {
	for _, known := range activations() {
		if a == known {
			return in, nil
		}
	}
	return Shape{}, fmt.Errorf("no such activation: want one of %v", activations())
}

func (Activation) Params(Shape) []Param { return nil }

func (a Activation) Forward(p *Pass) {
	e := p.Engine
	switch a {
	case ReLU:
		e.ReLU(p.Y, p.X)
	case Tanh:
		e.Tanh(p.Y, p.X)
	case Sigmoid:
		e.Sigmoid(p.Y, p.X)
	case SiLU:
		e.SiLU(p.Y, p.X)
	case GELU:
		e.Gelu(p.Y, p.X)
	}
}

func (a Activation) Backward(p *Pass) {
	if p.DX == nil {
		return
	}
	e := p.Engine
	switch a {
	case ReLU:
		e.ReLUGrad(p.DX, p.Y, p.DY)
	case Tanh:
		e.TanhGrad(p.DX, p.Y, p.DY)
	case Sigmoid:
		e.SigmoidGrad(p.DX, p.Y, p.DY)
	case SiLU:
		e.SiLUGrad(p.DX, p.X, p.DY)
	case GELU:
		e.GeluGrad(p.DX, p.X, p.DY)
	}
}

// overlays an affine layer where the gradient is a function of Y.
func (a Activation) overlays(after Layer) bool {
	_, ok := after.(affine)
	return ok && a != SiLU && a != GELU
}

// LeakyReLU is x where x > 0, and Slope·x elsewhere.
type LeakyReLU struct {
	Slope float64 `json:"slope"` // from 0 to 1
}

func (LeakyReLU) Kind() string { return "leaky_relu" }

func (l LeakyReLU) Output(in Shape) (Shape, error) {
	if !(l.Slope >= 0 && l.Slope <= 1) {
		return Shape{}, fmt.Errorf("a slope of %v: want 0 to 1", l.Slope)
	}
	return in, nil
}

func (LeakyReLU) Params(Shape) []Param { return nil }

func (l LeakyReLU) Forward(p *Pass) { p.Engine.LeakyReLU(p.Y, p.X, float32(l.Slope)) }

func (l LeakyReLU) Backward(p *Pass) {
	if p.DX != nil {
		p.Engine.LeakyReLUGrad(p.DX, p.Y, p.DY, float32(l.Slope))
	}
}

func (LeakyReLU) overlays(after Layer) bool { _, ok := after.(affine); return ok }

// Reshape gives the numbers of a row another shape.
type Reshape struct {
	Height   int `json:"height"`
	Width    int `json:"width"`
	Channels int `json:"channels"`
}

func (Reshape) Kind() string { return "reshape" }

func (r Reshape) Output(in Shape) (Shape, error) {
	s := Shape(r)
	if !s.valid() || s.Size() != in.Size() {
		return Shape{}, fmt.Errorf("%v numbers from %v: want as many", s, in)
	}
	return s, nil
}

func (Reshape) Params(Shape) []Param { return nil }

func (Reshape) Forward(p *Pass) { copy(p.Y, p.X) }

func (Reshape) Backward(p *Pass) { copy(p.DX, p.DY) }

func (Reshape) overlays(Layer) bool { return true }

// epilogue is the activation as affine layers can apply it, if they can.
func (a Activation) epilogue() kernels.Activation {
	if a == ReLU {
		return kernels.ReLU
	}
	return kernels.NoActivation
}
