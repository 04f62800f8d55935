package elementary

import (
	"math"
	"math/big"
	"testing"
)

// numbers are from everywhere between low and high.
func numbers(n int, low, high float64) (all []float64) {
	for i := range n {
		all = append(all, low+(high-low)*float64(i)/float64(n-1))
	}
	return all
}

// TestExp compares with math.Exp, which errs by less than 1 ULP, and near 0 with a series
// in 200 bits.
func TestExp(t *testing.T) {
	for _, x := range numbers(200_001, -708, 709.7) {
		if got, want := Exp(x), math.Exp(x); !(math.Abs(got-want) <= 1e-15*want) {
			t.Fatalf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	for _, x := range numbers(501, -1, 1) {
		sum, term, v := big.NewFloat(1).SetPrec(200), big.NewFloat(1).SetPrec(200), big.NewFloat(x).SetPrec(200)
		for i := 1; i < 60; i++ {
			term.Mul(term, v)
			term.Quo(term, big.NewFloat(float64(i)))
			sum.Add(sum, term)
		}
		want, _ := sum.Float64()
		if got := Exp(x); !(math.Abs(got-want) <= 4.5e-16*want) {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	for x, want := range map[float64]float64{0: 1, 710: math.Inf(1), math.Inf(1): math.Inf(1), -746: 0, math.Inf(-1): 0} {
		if got := Exp(x); got != want {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if !math.IsNaN(Exp(math.NaN())) {
		t.Error("exp(NaN) is a number")
	}
}

// TestLn compares with math.Log, which errs by less than 1 ULP, and with Exp.
func TestLn(t *testing.T) {
	check := func(x float64) {
		if got, want := Ln(x), math.Log(x); !(math.Abs(got-want) <= 0x1p-51*math.Abs(want)) {
			t.Errorf("ln(%v) = %v, want %v", x, got, want)
		}
	}
	for _, x := range []float64{1, math.Nextafter(1, 0), math.Nextafter(1, 2), math.Sqrt2 / 2, math.Sqrt2, 2 * math.Pi, math.MaxFloat64, 0x1p-1022} {
		check(x)
	}
	// There math.Log of amd64 gives -709.
	if got := Ln(0x1p-1074); !(math.Abs(got+1074*math.Ln2) <= 1e-12) {
		t.Errorf("ln(2^-1074) = %v", got)
	}
	for _, e := range numbers(100_001, -1020, 1020) {
		check(math.Exp2(e))
	}
	for _, x := range numbers(1001, 0.01, 100) {
		if got := Exp(Ln(x)); !(math.Abs(got-x) <= 2e-15*x) {
			t.Errorf("exp(ln(%v)) = %v", x, got)
		}
	}
}
