package main

import (
	"math"
	"slices"
)

// A spread is a median with its quartiles.
type spread struct{ q1, median, q3 float64 }

// spreadOf is the spread of xs; NaN if there are none. Quartiles lie between
// the nearest values, as in R's default.
func spreadOf(xs []float64) spread {
	s := slices.Clone(xs)
	slices.Sort(s)
	at := func(q float64) float64 {
		if len(s) == 0 {
			return math.NaN()
		}
		h := q * float64(len(s)-1)
		i := int(h)
		if i+1 == len(s) {
			return s[i]
		}
		return s[i] + (h-float64(i))*(s[i+1]-s[i])
	}
	return spread{at(0.25), at(0.5), at(0.75)}
}

func median(xs []float64) float64 { return spreadOf(xs).median }

// ratios divides round by round.
func ratios(over, under []float64) []float64 {
	r := make([]float64, min(len(over), len(under)))
	for i := range r {
		r[i] = over[i] / under[i]
	}
	return r
}

// geometricMean is NaN for none.
func geometricMean(xs []float64) float64 {
	var sum float64
	for _, x := range xs {
		sum += math.Log(x)
	}
	return math.Exp(sum / float64(len(xs)))
}
