package main

import (
	"math"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae/cmd/vae/internal/pca"
)

// TestFittedCodes: what is drawn has the mean and the covariance of the codes, one of whose
// components is a multiple of another and one of which is constant.
func TestFittedCodes(t *testing.T) {
	const n, rows = 4, 20000
	e := kernels.New(kernels.Default(), 1)
	codes := make([]float32, n*rows)
	e.Normal(codes, kernels.Noise{Seed: 1})
	for i := 0; i < len(codes); i += n {
		c := codes[i : i+n]
		c[0], c[1], c[2], c[3] = 2*c[0]+1, c[0]-c[1]/2, 4*c[0]-3, 7
	}
	fitted, err := fitCodes(e, codes, n)
	if err != nil {
		t.Fatal(err)
	}
	eps := make([]float32, n*rows)
	e.Normal(eps, kernels.Noise{Seed: 2})
	drawn := fitted.draw(eps)
	mean, covariance, err := pca.Covariance(e, codes, n)
	if err != nil {
		t.Fatal(err)
	}
	gotMean, gotCovariance, err := pca.Covariance(e, drawn, n)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got, want, tolerance float64) {
		t.Helper()
		if !(math.Abs(got-want) <= tolerance) {
			t.Errorf("%s is %v, want %v", what, got, want)
		}
	}
	for i := range n {
		near("a mean", gotMean[i], mean[i], 0.15)
		for j := range n {
			near("a covariance", gotCovariance[i*n+j], covariance[i*n+j], 0.6)
		}
	}
	near("what is constant", float64(drawn[n+3]), 7, 1e-5)
	for i := 0; i < len(drawn); i += n {
		near("a multiple", float64(drawn[i+2]), 2*float64(drawn[i])-5, 1e-3)
	}
	if z := fitted.draw(make([]float32, n)); z[0] != float32(mean[0]) {
		t.Errorf("a code of no noise is %v, want the mean %v", z, mean)
	}
}
