package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// vectors are operations on parts of rows of C that tiles do not do. The arguments are
// of the worker's calls into assembly.
type vectors[T Float] struct {
	scale   func(a *asm.Args, c []T, beta T)
	add     func(a *asm.Args, c, x []T)
	rectify func(a *asm.Args, c []T)       // x <= 0 ? 0 : x
	keep    func(a *asm.Args, c, mask []T) // mask > 0 ? c : 0
}

// vectors32 are those of a set.
func (s Set) vectors32() vectors[float32] {
	// on sets c = op(x, y), in calls that are short enough for assembly.
	on := func(op asm.Op, a *asm.Args, c, x, y []float32) {
		for i := 0; i < len(c); i += chunk {
			a.Out[0], a.In[0], a.In[1], a.N = &c[i], &x[i], &y[i], min(chunk, len(c)-i)
			s.ops[op](a)
		}
		forget(a)
	}
	return vectors[float32]{
		scale: func(a *asm.Args, c []float32, beta float32) {
			a.Scalars[0] = beta
			on(asm.Scale, a, c, c, c)
		},
		add:     func(a *asm.Args, c, x []float32) { on(asm.Add, a, c, c, x) },
		rectify: func(a *asm.Args, c []float32) { on(asm.ReLU, a, c, c, c) },
		keep:    func(a *asm.Args, c, mask []float32) { on(asm.ReLUGrad, a, c, mask, c) },
	}
}

// vectors64 are in Go: most of a product of float64 is its tiles.
var vectors64 = vectors[float64]{
	scale: func(_ *asm.Args, c []float64, beta float64) {
		for i := range c {
			c[i] *= beta
		}
	},
	add: func(_ *asm.Args, c, x []float64) {
		for i, v := range x[:len(c)] {
			c[i] += v
		}
	},
	rectify: func(_ *asm.Args, c []float64) {
		for i, v := range c {
			if v <= 0 {
				c[i] = 0
			}
		}
	},
	keep: func(_ *asm.Args, c, mask []float64) {
		for i, v := range mask[:len(c)] {
			if !(v > 0) {
				c[i] = 0
			}
		}
	},
}
