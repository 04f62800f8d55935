package blas

import "github.com/lanewise/lanewise/kernels"

// A vector is an argument of the BLAS: n elements that lie inc apart, backwards if inc
// is negative.
type vector[T kernels.Float] struct {
	data   []T
	n, inc int
}

// fits tells whether the slice has the elements, of which there are some.
func (v vector[T]) fits() bool {
	return v.ascends() || v.inc < 0 && len(v.data) > (1-v.n)*v.inc
}

// ascends tells whether it fits and does not run backwards.
func (v vector[T]) ascends() bool { return v.inc > 0 && len(v.data) > (v.n-1)*v.inc }

// first is the index of the first element.
func (v vector[T]) first() int {
	if v.inc < 0 {
		return (1 - v.n) * v.inc
	}
	return 0
}

// copyTo is dst[i] = scale·v[i].
func (v vector[T]) copyTo(dst []T, scale T) {
	if v.inc == 1 && scale == 1 {
		copy(dst, v.data)
		return
	}
	at := v.first()
	for i := range dst {
		dst[i] = scale * v.data[at]
		at += v.inc
	}
}

// copyFrom is v[i] = src[i].
func (v vector[T]) copyFrom(src []T) {
	if v.inc == 1 {
		copy(v.data, src)
		return
	}
	at := v.first()
	for _, x := range src {
		v.data[at] = x
		at += v.inc
	}
}

// row is x as a matrix of one row.
func row[T kernels.Float](x []T) kernels.MatrixOf[T] { return kernels.NewMatrix(x, 1, len(x)) }
