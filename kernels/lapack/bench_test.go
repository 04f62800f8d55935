package lapack

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"
	"gonum.org/v1/gonum/mat"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/kernels/blas"
)

func normal(n int) *mat.Dense {
	rng := rand.New(rand.NewPCG(1, 2))
	a := mat.NewDense(n, n, nil)
	for i := range n {
		for j := range n {
			a.Set(i, j, rng.NormFloat64())
		}
	}
	return a
}

// beside times f on this package and on gonum's, in rotations, with kernels/blas in use.
func beside(b *testing.B, f func()) {
	defer blas64.Use(blas64.Implementation())
	defer lapack64.Use(gonum.Implementation{})
	blas64.Use(blas.New(kernels.Default(), 1))
	var ours, theirs time.Duration
	for range b.N {
		lapack64.Use(Implementation{})
		start := time.Now()
		f()
		ours += time.Since(start)
		lapack64.Use(gonum.Implementation{})
		start = time.Now()
		f()
		theirs += time.Since(start)
	}
	b.ReportMetric(theirs.Seconds()/ours.Seconds(), "×gonum")
	b.ReportMetric(ours.Seconds()/float64(b.N)*1e3, "ms")
	b.ReportMetric(0, "ns/op")
}

func BenchmarkSVD(b *testing.B) {
	for _, n := range []int{8, 32, 48, 64, 100, 200, 500, 1000} {
		a := normal(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			beside(b, func() {
				var svd mat.SVD
				svd.Factorize(a, mat.SVDThin)
			})
		})
	}
}

func BenchmarkEigenSym(b *testing.B) {
	for _, n := range []int{8, 32, 48, 64, 100, 200, 500, 1000} {
		var a mat.SymDense
		a.SymOuterK(1, normal(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			beside(b, func() {
				var e mat.EigenSym
				e.Factorize(&a, true)
			})
		})
	}
}

func BenchmarkCholesky(b *testing.B) {
	for _, n := range []int{8, 32, 48, 100, 500, 1000} {
		var a mat.SymDense
		a.SymOuterK(1, normal(n))
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			beside(b, func() {
				var c mat.Cholesky
				c.Factorize(&a)
			})
		})
	}
}

func BenchmarkLU(b *testing.B) {
	for _, n := range []int{8, 32, 48, 100, 500, 1000} {
		a := normal(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			beside(b, func() {
				var lu mat.LU
				lu.Factorize(a)
			})
		})
	}
}
