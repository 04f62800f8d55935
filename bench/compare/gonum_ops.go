package main

import (
	"errors"
	"math"
	"math/cmplx"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// A gonumOp is an operation on matrices of order n, and how to tell that its output
// is right.
type gonumOp struct {
	name    string
	flop    float64 // operations, in n³
	counted bool    // that is what it does, or nearly, and not what such methods take
	inputs  func(n int) gonumInputs
	// prepare makes a call, and what gives the output of the last one.
	prepare func(in gonumInputs) (call func(), output func() []float64)
	// sides are two vectors that an output makes equal: for most, what the operation
	// was given and what it came to, times vector x. Their elements have a scale of 1.
	sides func(in gonumInputs, out, x []float64) (got, want []float64, err error)
}

// gonumInputs are square matrices whose elements are float32s, as processes get them.
type gonumInputs struct {
	n    int
	a, b []float64
}

func (in gonumInputs) matrices() (a, b *mat.Dense) {
	return mat.NewDense(in.n, in.n, in.a), mat.NewDense(in.n, in.n, in.b)
}

func gonumOps() []gonumOp {
	var ops []gonumOp
	for _, kind := range []string{"NN", "TN", "NT", "TT"} {
		ops = append(ops, mulOp(kind))
	}
	return append(ops, choleskyOp(), luOp(), qrOp(), solveOp(), covarianceOp(), svdOp(), eigenSymOp(), eigenOp(), expOp())
}

func mulOp(kind string) gonumOp {
	transA, transB := kind[0] == 'T', kind[1] == 'T'
	return gonumOp{
		name: "Mul " + kind, flop: 2, counted: true, inputs: twoNormal,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a, b := in.matrices()
			x, y := mat.Matrix(a), mat.Matrix(b)
			if transA {
				x = a.T()
			}
			if transB {
				y = b.T()
			}
			c := mat.NewDense(in.n, in.n, nil)
			return func() { c.Mul(x, y) }, func() []float64 { return c.RawMatrix().Data }
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			return productWith(out, x), oriented(in.a, transA)(oriented(in.b, transB)(x)), nil
		},
	}
}

func choleskyOp() gonumOp {
	return gonumOp{
		name: "Cholesky", flop: 1. / 3, counted: true, inputs: definite,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a := mat.NewSymDense(in.n, in.a)
			var f mat.Cholesky
			return func() { must(f.Factorize(a)) }, func() []float64 { return mat.DenseCopyOf(f.RawU()).RawMatrix().Data }
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			return transposedProductWith(out, productWith(out, x)), productWith(in.a, x), nil
		},
	}
}

// luOp leaves L below the diagonal, U, and for every row of A the row of L·U.
func luOp() gonumOp {
	return gonumOp{
		name: "LU", flop: 2. / 3, counted: true, inputs: oneNormal,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a, _ := in.matrices()
			var f mat.LU
			return func() { f.Factorize(a) }, func() []float64 {
				var l, u mat.TriDense
				f.LTo(&l)
				f.UTo(&u)
				out := make([]float64, in.n*in.n, in.n*in.n+in.n)
				for i := range in.n {
					copy(out[i*in.n:], l.RawTriangular().Data[i*in.n:][:i])
					copy(out[i*in.n+i:], u.RawTriangular().Data[i*in.n+i:][:in.n-i])
				}
				for _, row := range f.RowPivots(nil) {
					out = append(out, float64(row))
				}
				return out
			}
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			n := in.n
			ux, ax := make([]float64, n), productWith(in.a, x)
			for i := range n {
				ux[i] = dotted(out[i*n+i:][:n-i], x[i:])
			}
			for i := range n {
				row := out[n*n+i]
				if !(row >= 0 && row < float64(n) && row == math.Trunc(row)) {
					return nil, nil, errors.New("a pivot is no row")
				}
				r := int(row)
				got = append(got, ux[r]+dotted(out[r*n:][:r], ux[:r]))
			}
			return got, ax, nil
		},
	}
}

// qrOp leaves R.
func qrOp() gonumOp {
	return gonumOp{
		name: "QR", flop: 4. / 3, counted: true, inputs: oneNormal,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a, _ := in.matrices()
			var f mat.QR
			return func() { f.Factorize(a) }, func() []float64 {
				var r mat.Dense
				f.RTo(&r)
				return r.RawMatrix().Data
			}
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			return transposedProductWith(out, productWith(out, x)), transposedProductWith(in.a, productWith(in.a, x)), nil
		},
	}
}

// solveOp has n right-hand sides.
func solveOp() gonumOp {
	return gonumOp{
		name: "Solve", flop: 8. / 3, counted: true, inputs: twoNormal,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a, b := in.matrices()
			x := mat.NewDense(in.n, in.n, nil)
			return func() { must(x.Solve(a, b) == nil) }, func() []float64 { return x.RawMatrix().Data }
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			return productWith(in.a, productWith(out, x)), productWith(in.b, x), nil
		},
	}
}

func covarianceOp() gonumOp {
	return gonumOp{
		name: "CovarianceMatrix", flop: 1, counted: true, inputs: oneNormal,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a, _ := in.matrices()
			c := mat.NewSymDense(in.n, nil)
			return func() { stat.CovarianceMatrix(c, a, nil) }, func() []float64 { return mat.DenseCopyOf(c).RawMatrix().Data }
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			n := in.n
			ones := make([]float64, n)
			for i := range ones {
				ones[i] = 1
			}
			means, ax := transposedProductWith(in.a, ones), productWith(in.a, x)
			centre := dotted(means, x) / float64(n)
			for i := range ax {
				ax[i] -= centre // of rows: those of columns go with their sum, which is 0
			}
			want = transposedProductWith(in.a, ax)
			for i := range want {
				want[i] /= float64(n - 1)
			}
			return productWith(out, x), want, nil
		},
	}
}

// svdOp leaves U, the singular values, and V.
func svdOp() gonumOp {
	return gonumOp{
		name: "SVD", flop: 22, inputs: oneNormal,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a, _ := in.matrices()
			var f mat.SVD
			return func() { must(f.Factorize(a, mat.SVDThin)) }, func() []float64 {
				var u, v mat.Dense
				f.UTo(&u)
				f.VTo(&v)
				return append(append(u.RawMatrix().Data, f.Values(nil)...), v.RawMatrix().Data...)
			}
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			n := in.n
			y := transposedProductWith(out[n*n+n:], x)
			for i := range y {
				y[i] *= out[n*n+i]
			}
			return productWith(out[:n*n], y), productWith(in.a, x), nil
		},
	}
}

// eigenSymOp leaves the eigenvalues, and the eigenvectors as columns.
func eigenSymOp() gonumOp {
	return gonumOp{
		name: "EigenSym", flop: 9, inputs: definite,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a := mat.NewSymDense(in.n, in.a)
			var f mat.EigenSym
			return func() { must(f.Factorize(a, true)) }, func() []float64 {
				var v mat.Dense
				f.VectorsTo(&v)
				return append(f.Values(nil), v.RawMatrix().Data...)
			}
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			y := transposedProductWith(out[in.n:], x)
			for i := range y {
				y[i] *= out[i]
			}
			return productWith(out[in.n:], y), productWith(in.a, x), nil
		},
	}
}

// eigenOp leaves the eigenvalues, and the eigenvectors as columns, both of them as
// real parts and then as imaginary ones.
func eigenOp() gonumOp {
	return gonumOp{
		name: "Eigen", flop: 25, inputs: oneNormal,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a, _ := in.matrices()
			var f mat.Eigen
			return func() { must(f.Factorize(a, mat.EigenRight)) }, func() []float64 {
				var v mat.CDense
				f.VectorsTo(&v)
				out := parts(f.Values(nil))
				return append(out, parts(v.RawCMatrix().Data)...)
			}
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			n := in.n
			values, vectors := out[:2*n], out[2*n:]
			scaled := [2][]float64{make([]float64, n), make([]float64, n)}
			for i := range n {
				z := complex(values[i], values[n+i]) * complex(x[i], 0)
				if cmplx.IsNaN(z) {
					return nil, nil, errors.New("an eigenvalue is NaN")
				}
				scaled[0][i], scaled[1][i] = real(z), imag(z)
			}
			re, im := vectors[:n*n], vectors[n*n:]
			got = append(minus(productWith(re, scaled[0]), productWith(im, scaled[1])), plus(productWith(re, scaled[1]), productWith(im, scaled[0]))...)
			return got, append(productWith(in.a, productWith(re, x)), productWith(in.a, productWith(im, x))...), nil
		},
	}
}

// expOp is held against exp(A)·x by its series, for A has a spectral radius of 1.
func expOp() gonumOp {
	return gonumOp{
		name: "Exp", flop: 20, inputs: contracting,
		prepare: func(in gonumInputs) (func(), func() []float64) {
			a, _ := in.matrices()
			e := mat.NewDense(in.n, in.n, nil)
			return func() { e.Exp(a) }, func() []float64 { return e.RawMatrix().Data }
		},
		sides: func(in gonumInputs, out, x []float64) (got, want []float64, err error) {
			want = append(want, x...)
			term := x
			for k := 1.0; k < 60; k++ {
				term = productWith(in.a, term)
				for i := range term {
					term[i] /= k
					want[i] += term[i]
				}
			}
			return productWith(out, x), want, nil
		},
	}
}

func must(ok bool) {
	if !ok {
		panic("compare: gonum has failed on matrices that are not singular")
	}
}
