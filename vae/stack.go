package vae

import "github.com/lanewise/lanewise/kernels"

// A unit is a layer in its place: its shapes and weights.
type unit struct {
	layer          Layer
	name           string // of its tensors; empty where it has none
	in, out        Shape
	params         []Param
	weights, grads [][]float32     // views of the model's
	packed         *kernels.Packed // in the place of weights[0], for inference

	overlaid bool               // Y is X
	next     kernels.Activation // of the layer that follows, if this one can apply it
	applied  bool               // by the layer before
}

// A stack is layers one after another.
type stack []unit

// newStack puts layers in their places, for rows of shape in.
func newStack(layers []Layer, in Shape) (s stack, out Shape, err error) {
	for i, l := range layers {
		u := unit{layer: l, in: in}
		if u.out, err = output(l, in); err != nil {
			return nil, in, layerError(i, l, err)
		}
		u.params = l.Params(in)
		if i > 0 {
			before := &s[i-1]
			if o, ok := l.(overlay); ok {
				u.overlaid = o.overlays(before.layer)
			}
			if a, ok := l.(interface{ epilogue() kernels.Activation }); ok && u.overlaid {
				before.next = a.epilogue()
				u.applied = before.next != kernels.NoActivation
			}
		}
		s = append(s, u)
		in = u.out
	}
	return s, in, nil
}

// forward runs n rows x through the layers and returns the last one's. It leaves all
// outputs in ys.
func (s stack) forward(p *Pass, n int, ys [][]float32, x []float32) []float32 {
	for i := range s {
		u := &s[i]
		u.put(p, n, x, ys[i])
		switch l, ok := u.layer.(affine); {
		case u.applied:
		case ok:
			l.forward(p, u.next)
		default:
			u.layer.Forward(p)
		}
		x = ys[i]
	}
	return x
}

// backward computes the gradients of all weights from dy, that of the last output, which
// it may overwrite, and if dx is not nil, that of the input x. It works in two
// arrays that are as large as the largest output.
func (s stack) backward(p *Pass, n int, ys [][]float32, x, dx, dy []float32, work *[2][]float32) {
	for i := len(s) - 1; i >= 0; i-- {
		u := &s[i]
		if i > 0 {
			u.put(p, n, ys[i-1], ys[i])
		} else {
			u.put(p, n, x, ys[i])
		}
		p.DY = dy
		switch _, inPlace := u.layer.(overlay); {
		case i == 0:
			p.DX = dx
		case inPlace:
			p.DX = dy
		default:
			p.DX = work[0][:n*u.in.Size()]
			work[0], work[1] = work[1], work[0]
		}
		u.layer.Backward(p)
		dy = p.DX
	}
	if len(s) == 0 && dx != nil {
		copy(dx, dy)
	}
}

// put makes p the pass of a unit.
func (u *unit) put(p *Pass, n int, x, y []float32) {
	p.N, p.In, p.Out = n, u.in, u.out
	p.X, p.Y, p.DX, p.DY = x, y, nil, nil
	p.Weights, p.Grads, p.packed = u.weights, u.grads, u.packed
}

// size makes room for the outputs of n rows, in ys.
func (s stack) size(n int, ys *[][]float32) {
	if *ys == nil {
		*ys = make([][]float32, len(s))
	}
	for i := range s {
		if s[i].overlaid {
			(*ys)[i] = (*ys)[i-1]
		} else {
			fit(&(*ys)[i], n*s[i].out.Size())
		}
	}
}

// widest is the size of the largest row.
func (s stack) widest() int {
	n := 0
	for i := range s {
		n = max(n, s[i].in.Size(), s[i].out.Size())
	}
	return n
}

// fit gives x the length n, and new memory only where it has to grow.
func fit(x *[]float32, n int) {
	if cap(*x) < n {
		*x = make([]float32, n)
	}
	*x = (*x)[:n]
}
