package main

import (
	"errors"
	"fmt"
	"math"
)

// checker tells whether both sides are equal, for a vector that is drawn. What is wrong
// in one element is wrong by its share of a side, which is much more than roundings are.
func (op gonumOp) checker(in gonumInputs) checker {
	x := normal[float64](16, in.n)
	return func(out, first []float64) error {
		if first != nil && len(out) != len(first) {
			return fmt.Errorf("%d elements instead of %d", len(out), len(first))
		}
		got, want, err := op.sides(in, out, x)
		if err != nil {
			return err
		}
		if len(got) != len(want) || len(want) == 0 {
			return errors.New("it has left nothing")
		}
		size := 0.0
		for _, w := range want {
			size = max(size, math.Abs(w))
		}
		for i, w := range want {
			if !near(got[i], w, 1e-8*size) {
				return fmt.Errorf("what should be %v is %v, of a size of %v", w, got[i], size)
			}
		}
		return nil
	}
}

// Inputs: elements are rounded to float32.

func normals(seed uint64, n int, scale float64) []float64 {
	x := normal[float64](seed, n*n)
	for i := range x {
		x[i] = float64(float32(x[i] * scale))
	}
	return x
}

func oneNormal(n int) gonumInputs { return gonumInputs{n: n, a: normals(14, n, 1)} }

func twoNormal(n int) gonumInputs {
	return gonumInputs{n: n, a: normals(14, n, 1), b: normals(15, n, 1)}
}

// contracting has eigenvalues in the unit circle, or nearly.
func contracting(n int) gonumInputs {
	return gonumInputs{n: n, a: normals(14, n, 1/math.Sqrt(float64(n)))}
}

// definite is symmetric, with eigenvalues between 1.5 and 4.5, or nearly.
func definite(n int) gonumInputs {
	a := normals(14, n, 1/math.Sqrt(float64(2*n)))
	for i := range n {
		for j := range i {
			a[i*n+j] = a[j*n+i]
		}
		a[i*n+i] += 3
		a[i*n+i] = float64(float32(a[i*n+i]))
	}
	return gonumInputs{n: n, a: a}
}

// productWith is the square A times x.
func productWith(a, x []float64) []float64 {
	y := make([]float64, len(x))
	for i := range y {
		y[i] = dotted(a[i*len(x):][:len(x)], x)
	}
	return y
}

// transposedProductWith is Aᵀ times x.
func transposedProductWith(a, x []float64) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		for j, w := range a[i*len(x):][:len(x)] {
			y[j] += v * w
		}
	}
	return y
}

// oriented multiplies by A or by Aᵀ.
func oriented(a []float64, trans bool) func(x []float64) []float64 {
	return func(x []float64) []float64 {
		if trans {
			return transposedProductWith(a, x)
		}
		return productWith(a, x)
	}
}

func dotted(x, y []float64) (sum float64) {
	for i, v := range x {
		sum += v * y[i]
	}
	return sum
}

func plus(x, y []float64) []float64 {
	for i, v := range y {
		x[i] += v
	}
	return x
}

func minus(x, y []float64) []float64 {
	for i, v := range y {
		x[i] -= v
	}
	return x
}

// parts are the real parts, then the imaginary ones.
func parts(zs []complex128) []float64 {
	out := make([]float64, 0, 2*len(zs))
	for _, z := range zs {
		out = append(out, real(z))
	}
	for _, z := range zs {
		out = append(out, imag(z))
	}
	return out
}
