package vae

import (
	"fmt"

	"github.com/lanewise/lanewise/kernels"
)

// A Shape is that of an image or of what a layer makes of one, channels last: the
// numbers of a row are in the order of (y, x, channel).
type Shape struct{ Height, Width, Channels int }

// Flat is the shape of n numbers that are no image.
func Flat(n int) Shape { return Shape{1, 1, n} }

// Size is how many numbers there are.
func (s Shape) Size() int { return s.Height * s.Width * s.Channels }

func (s Shape) String() string {
	if s.Height == 1 && s.Width == 1 {
		return fmt.Sprint(s.Channels)
	}
	return fmt.Sprintf("%d×%d×%d", s.Height, s.Width, s.Channels)
}

// A Layer maps rows of one shape to rows of another. It is a description: weights and
// activations come with a [Pass], so that a layer can be used by several models, and
// by several goroutines, at once. Other packages can have layers of their own.
type Layer interface {
	// Kind is the layer's name in a description, such as dense.
	Kind() string
	// Output is the shape of what the layer makes of a row of shape in, or an error
	// that says which numbers do not fit.
	Output(in Shape) (Shape, error)
	// Params are the weights for rows of shape in, for which Output had no error.
	Params(in Shape) []Param
	// Forward sets p.Y. It depends on a row's own numbers alone.
	Forward(p *Pass)
	// Backward sets p.Grads, and p.DX unless that is nil, from p.DY, after Forward with
	// the same X, Y and Weights.
	Backward(p *Pass)
}

// A Param is an array of weights of a layer.
type Param struct {
	Name  string // such as weight
	Shape []int
	// FanIn and FanOut are how many inputs make an output and how many outputs an
	// input reaches; they set the range of the first weights. See [Init].
	FanIn, FanOut int
	Bias          bool
}

// Size is the number of weights.
func (p Param) Size() int {
	n := 1
	for _, s := range p.Shape {
		n *= s
	}
	return n
}

// A Pass is what a layer works on: a batch of N rows. Gradients are those of the loss.
type Pass struct {
	Engine  *kernels.Engine
	N       int
	In, Out Shape
	X, Y    []float32 // N rows of In, N rows of Out
	DX, DY  []float32 // their gradients; Backward may overwrite DY

	Weights, Grads [][]float32 // in the order of Params

	packed *kernels.Packed // Wᵀ of a dense layer, where there is no Weights[0]
}

// affine layers can apply an activation as they store their outputs, and Backward of
// theirs does not read Y.
type affine interface {
	forward(p *Pass, a kernels.Activation)
}

// An overlay may have Y in the place of X, if the layer before allows it, and always
// DX in the place of DY.
type overlay interface{ overlays(after Layer) bool }
