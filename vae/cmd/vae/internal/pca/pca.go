// Package pca finds the principal components of rows of float32: the linear
// autoencoder that nothing linear beats, for the same number of components.
//
// Every result has the same bits on every machine and on any number of threads: the
// products are those of the kernels, and what is left is float64 in a fixed order.
package pca

import (
	"fmt"
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// A Basis is the mean of rows and the first of their principal components.
type Basis struct {
	Mean []float32 // of each column
	// Components are rows of len(Mean), orthonormal, in descending order of Variances.
	// The largest element of each, by its magnitude, is positive.
	Components []float32
	Variances  []float64 // of the rows along each component, over their number, not one less
	Total      float64   // the variance along all components that there are
}

// Fit finds the first d principal components of x, rows of cols, as exactly as float32
// can hold them unless very many variances are nearly equal. It is an error if x holds
// an infinity or a NaN. Fit panics unless x has whole rows, at least one, and
// 0 < d <= cols.
//
// It takes about 2·rows·cols² floating-point operations and 8·cols² bytes for up to
// 4,096 columns; for more of them, 4·rows·cols·d operations for each of some dozen
// iterations, and no such memory.
func Fit(e *kernels.Engine, x []float32, cols, d int) (*Basis, error) {
	if d <= 0 || d > cols {
		panic("pca: the number of components is not from 1 to that of columns")
	}
	c, err := center(x, cols)
	if err != nil {
		return nil, err
	}
	var times product = c.times
	if cols <= maxExplicit {
		times = explicit(c.covariance(e), cols)
	}
	vectors, variances := leading(e, times, cols, d)
	b := &Basis{Mean: narrow(c.mean), Components: narrow(vectors), Variances: variances, Total: c.total()}
	for i := range d {
		orientPositive(b.Components[i*cols:][:cols])
	}
	return b, nil
}

// maxExplicit is the largest number of columns whose covariances are written out.
const maxExplicit = 4096

// orientPositive chooses the sign of a component.
func orientPositive(v []float32) {
	largest := float32(0)
	for _, x := range v {
		if max(x, -x) > max(largest, -largest) {
			largest = x
		}
	}
	if largest < 0 {
		for i := range v {
			v[i] = -v[i]
		}
	}
}

// Codes sets each row of codes to the coordinates of a row of x along the components.
// It panics unless both have as many whole rows.
func (b *Basis) Codes(e *kernels.Engine, codes, x []float32) {
	cols, d := len(b.Mean), len(b.Variances)
	n := b.rows(x, codes)
	bias := make([]float32, d)
	for i := range bias {
		bias[i] = -float32(dot(widen(b.Mean), widen(b.Components[i*cols:][:cols])))
	}
	e.Gemm(kernels.NewMatrix(codes, n, d), 1, kernels.NewMatrix(x, n, cols),
		kernels.NewMatrix(b.Components, d, cols).T(), 0, &kernels.Epilogue{Bias: bias})
}

// Reconstruct sets each row of x to the point that a row of codes stands for. It panics
// unless both have as many whole rows.
func (b *Basis) Reconstruct(e *kernels.Engine, x, codes []float32) {
	cols, d := len(b.Mean), len(b.Variances)
	n := b.rows(x, codes)
	e.Gemm(kernels.NewMatrix(x, n, cols), 1, kernels.NewMatrix(codes, n, d),
		kernels.NewMatrix(b.Components, d, cols), 0, &kernels.Epilogue{Bias: b.Mean})
}

func (b *Basis) rows(x, codes []float32) int {
	n := len(x) / len(b.Mean)
	if len(x) != n*len(b.Mean) || len(codes) != n*len(b.Variances) {
		panic("pca: rows and codes are not as many")
	}
	return n
}

func widen(x []float32) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func narrow(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}

// finite is an error where a row holds what is not a finite number.
func finite(x []float32, cols int) error {
	for i, v := range x {
		if v != v || math.IsInf(float64(v), 0) {
			return fmt.Errorf("pca: row %d has %v in column %d; want finite numbers", i/cols, v, i%cols)
		}
	}
	return nil
}
