package kernels

// vectors are operations on parts of rows of C that tiles do not do.
type vectors[T Float] struct {
	scale   func(c []T, beta T)
	add     func(c, x []T)
	rectify func(c []T)       // x <= 0 ? 0 : x
	keep    func(c, mask []T) // mask > 0 ? c : 0
}

// vectors32 are those of a set.
func (s Set) vectors32() vectors[float32] {
	return vectors[float32]{
		scale: func(c []float32, beta float32) {
			inChunks(c, func(c []float32, _ int) { s.scale(&c[0], &c[0], len(c), beta) })
		},
		add: func(c, x []float32) {
			inChunks(c, func(c []float32, i int) { s.row.add(&c[0], &c[0], &x[i], len(c)) })
		},
		rectify: func(c []float32) {
			inChunks(c, func(c []float32, _ int) { s.relu(&c[0], &c[0], len(c)) })
		},
		keep: func(c, mask []float32) {
			inChunks(c, func(c []float32, i int) { s.reluGrad(&c[0], &mask[i], &c[0], len(c)) })
		},
	}
}

// inChunks calls f for parts of c, with the index of each, that are short enough for
// a call into assembly.
func inChunks[T any](c []T, f func(c []T, i int)) {
	for i := 0; i < len(c); i += chunk {
		f(c[i:min(i+chunk, len(c))], i)
	}
}

// vectors64 are in Go: most of a product of float64 is its tiles.
var vectors64 = vectors[float64]{
	scale: func(c []float64, beta float64) {
		for i := range c {
			c[i] *= beta
		}
	},
	add: func(c, x []float64) {
		for i, v := range x[:len(c)] {
			c[i] += v
		}
	},
	rectify: func(c []float64) {
		for i, v := range c {
			if v <= 0 {
				c[i] = 0
			}
		}
	},
	keep: func(c, mask []float64) {
		for i, v := range mask[:len(c)] {
			if !(v > 0) {
				c[i] = 0
			}
		}
	},
}
