package pca

import (
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// A product sets dst, n rows, to v, n rows, times a symmetric matrix.
type product func(e *kernels.Engine, dst, v []float64, n int)

func explicit(s []float64, cols int) product {
	return func(e *kernels.Engine, dst, v []float64, n int) {
		e.Gemm64(kernels.NewMatrix(dst, n, cols), 1, kernels.NewMatrix(v, n, cols), kernels.NewMatrix(s, cols, cols), 0, nil)
	}
}

const (
	accuracy  = 1e-10 // of a component, as a residual, in units of the largest variance
	maxRounds = 60    // where variances are too near to each other for that
	maxPowers = 20    // of the matrix, in a round
	perBasis  = 4     // of them before the vectors are made orthonormal
	sight     = 1e-12 // what powers leave of the smallest direction, in units of the largest
)

// leading finds the d eigenvectors of the largest eigenvalues of a matrix of cols·cols
// that is positive semidefinite, by subspace iteration: some vectors more than are
// wanted are multiplied by the matrix again and again, and the best of their span are
// taken (Rayleigh and Ritz; Saad, "Numerical Methods for Large Eigenvalue Problems", 5.2).
func leading(e *kernels.Engine, times product, cols, d int) (vectors, values []float64) {
	n := min(cols, d+max(8, d/2))
	v, w, h := make([]float64, n*cols), make([]float64, n*cols), make([]float64, n*n)
	randomize(v, 0)
	orthonormalize(v, cols)
	for round := 1; ; round++ {
		times(e, w, v, n)
		e.Gemm64(kernels.NewMatrix(h, n, n), 1, kernels.NewMatrix(w, n, cols), kernels.NewMatrix(v, n, cols).T(), 0, nil)
		values, q := eigen(h, n)
		v, w = combine(e, q, v, n), combine(e, q, w, n)
		largest := max(0, values[0])
		worst := 0.0
		for i := range d {
			values[i] = max(0, values[i])
			worst = max(worst, residual(w[i*cols:][:cols], v[i*cols:][:cols], values[i]))
		}
		if worst <= accuracy*largest || largest == 0 || round == maxRounds {
			return v[:d*cols], values[:d]
		}
		divide(w, largest)
		v, w = w, v
		for i, most := 1, powers(largest/values[n-1]); i < most; i++ {
			if i%perBasis == 0 {
				orthonormalize(v, cols)
			}
			times(e, w, v, n)
			divide(w, largest)
			v, w = w, v
		}
		orthonormalize(v, cols)
	}
}

// powers is how many powers of the matrix leave the smallest direction in sight, where
// one of them leaves 1/ratio of it.
func powers(ratio float64) int {
	left, n := 1.0, 0
	for ; n < maxPowers && left > sight; n++ {
		left /= ratio
	}
	if !(ratio >= 1) || n == 0 { // the smallest is 0, or less by rounding
		return 1
	}
	return n
}

// combine gives the rows of v times those of q, n·n.
func combine(e *kernels.Engine, q, v []float64, n int) []float64 {
	cols := len(v) / n
	dst := make([]float64, len(v))
	e.Gemm64(kernels.NewMatrix(dst, n, cols), 1, kernels.NewMatrix(q, n, n), kernels.NewMatrix(v, n, cols), 0, nil)
	return dst
}

// residual is the length of w - value·v.
func residual(w, v []float64, value float64) float64 {
	s := 0.0
	for i := range w {
		r := w[i] - float64(value*v[i])
		s += float64(r * r)
	}
	return math.Sqrt(s)
}

// randomize fills a row with numbers that are the same for the same which.
func randomize(v []float64, which uint64) {
	noise := kernels.Noise{Stream: which}
	for i := range v {
		v[i] = float64(noise.Uniform(uint64(i))) - 0.5
	}
}

// orthonormalize is Gram and Schmidt's method, done twice. A row that the others span is
// replaced.
func orthonormalize(v []float64, cols int) {
	const dependent = 1e-12
	for i := 0; i < len(v); i += cols {
		x := v[i:][:cols]
		for which := uint64(1); ; which++ {
			before := math.Sqrt(dot(x, x))
			for range 2 {
				for j := 0; j < i; j += cols {
					subtract(x, v[j:][:cols])
				}
			}
			if after := math.Sqrt(dot(x, x)); after > dependent*before {
				divide(x, after)
				break
			}
			randomize(x, which)
		}
	}
}

// subtract takes from x what is along y, of length 1.
func subtract(x, y []float64) {
	s := dot(x, y)
	for k, v := range y {
		x[k] -= float64(s * v)
	}
}

// dot sums four parts, which a processor can do side by side.
func dot(x, y []float64) float64 {
	var s [4]float64
	for len(x) >= 4 && len(y) >= 4 {
		s[0] += float64(x[0] * y[0])
		s[1] += float64(x[1] * y[1])
		s[2] += float64(x[2] * y[2])
		s[3] += float64(x[3] * y[3])
		x, y = x[4:], y[4:]
	}
	for i := range x {
		s[i] += float64(x[i] * y[i])
	}
	return s[0] + s[1] + (s[2] + s[3])
}

func divide(x []float64, by float64) {
	for i := range x {
		x[i] /= by
	}
}
