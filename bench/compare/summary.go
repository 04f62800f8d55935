package main

import (
	"cmp"
	"math"
	"slices"
)

// A summary is what a result says about one implementation.
type summary struct {
	name     string
	kind     kind
	absent   string
	median   float64 // seconds
	rate     float64
	ratio    spread  // to the best peer; above 1 is faster
	fraction float64 // of the limit; NaN where there is none
	times    []float64
}

// best is the index of the peer with the least median; -1 without peers.
func (r result) best() int {
	best := -1
	for i, s := range r.scores {
		if s.kind == peer && s.absent == "" && (best < 0 || median(s.times) < median(r.scores[best].times)) {
			best = i
		}
	}
	return best
}

// summaries are of all implementations. Ratios and fractions are medians of those of
// single rounds: what disturbs a round disturbs both sides.
func (r result) summaries() []summary {
	best := r.best()
	var all []summary
	for _, s := range r.scores {
		nan := math.NaN()
		sum := summary{name: s.name, kind: s.kind, absent: s.absent, median: nan, rate: nan, ratio: spread{nan, nan, nan}, fraction: nan}
		if s.absent == "" {
			sum.times = s.times
			sum.median = median(s.times)
			sum.rate = r.work / r.scale / sum.median
			if best >= 0 {
				sum.ratio = spreadOf(ratios(r.scores[best].times, s.times))
			}
			if f := median(ratios(r.limits, s.times)); f > 0 {
				sum.fraction = f
			}
		}
		all = append(all, sum)
	}
	return all
}

// ours is the implementation that the others are compared with.
func (r result) ours() summary {
	all := r.summaries()
	return all[slices.IndexFunc(all, func(s summary) bool { return s.kind == ours })]
}

// ratiosTo are the times of another implementation over ours, round by round; none where
// it took no part.
func (r result) ratiosTo(name string) []float64 {
	own := r.ours()
	for _, s := range r.scores {
		if s.name == name && s.absent == "" {
			return ratios(s.times, own.times)
		}
	}
	return nil
}

// An absence is why a implementation took no part, and where.
type absence struct {
	name, reason string
	cases        []string
	inAllCases   bool
}

// absences of the results of one bench, by name.
func absences(rs []result) []absence {
	var all []absence
	for _, r := range rs {
		for _, s := range r.scores {
			if s.absent == "" {
				continue
			}
			i := slices.IndexFunc(all, func(a absence) bool { return a.name == s.name && a.reason == s.absent })
			if i < 0 {
				i = len(all)
				all = append(all, absence{name: s.name, reason: s.absent})
			}
			all[i].cases = append(all[i].cases, r.name)
		}
	}
	for i := range all {
		all[i].inAllCases = len(all[i].cases) == len(rs)
	}
	slices.SortStableFunc(all, func(a, b absence) int { return cmp.Compare(a.name, b.name) })
	return all
}
