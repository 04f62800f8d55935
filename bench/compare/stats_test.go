package main

import (
	"math"
	"testing"
)

func TestSpread(t *testing.T) {
	for _, c := range []struct {
		xs   []float64
		want spread
	}{
		{[]float64{3}, spread{3, 3, 3}},
		{[]float64{4, 1, 3, 2}, spread{1.75, 2.5, 3.25}},
		{[]float64{5, 1, 2, 4, 3}, spread{2, 3, 4}},
	} {
		if got := spreadOf(c.xs); got != c.want {
			t.Errorf("spreadOf(%v) = %v, want %v", c.xs, got, c.want)
		}
	}
	if s := spreadOf(nil); !math.IsNaN(s.median) {
		t.Errorf("spreadOf(nil) = %v", s)
	}
	if g := geometricMean([]float64{1, 4}); math.Abs(g-2) > 1e-12 {
		t.Errorf("geometricMean(1, 4) = %v", g)
	}
}
