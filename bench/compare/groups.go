package main

import (
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// A group is a part of a bench's cases that is summed up in a line.
type group struct {
	name string
	has  func(c benchCase) bool
}

// groups are those of all benches. The first of a bench holds all its cases.
func groups(bench string) []group {
	all := []group{{"all", func(benchCase) bool { return true }}}
	products := func(name string, has func(s shape) bool) {
		all = append(all, group{name, func(c benchCase) bool { return c.product != nil && has(*c.product) }})
	}
	switch bench {
	case "gonum":
		for _, n := range gonumOrders {
			all = append(all, group{fmt.Sprintf("order %d", n), func(c benchCase) bool { return c.order == n }})
		}
	case "conv":
		for _, product := range convProducts {
			all = append(all, group{product, func(c benchCase) bool { return strings.HasSuffix(c.name, " "+product) }})
		}
	case "gemm64":
		products("squares from 512", func(p shape) bool { return p.square() && p.m >= 512 })
		products("m >= 8 and k >= 20", func(p shape) bool { return p.m >= 8 && p.k >= 20 })
	case "gemm":
		aside := func(p shape) bool { return p.transB && p.m == 8 && p.n == 20 }
		products("m >= 8 and k >= 20, but NT 8x20x400", func(p shape) bool { return p.m >= 8 && p.k >= 20 && !aside(p) })
		products("NT 8x20x400", aside)
		products("squares from 512", func(p shape) bool { return p.square() && p.m >= 512 })
		products("squares and a step of 128 images", func(p shape) bool { return p.square() || p.batch() == 128 })
		for _, batch := range []int{64, 8, 1} {
			products(count(batch, "image"), func(p shape) bool { return p.batch() == batch })
		}
	}
	return all
}

// A groupSummary is what the results of a group come to.
type groupSummary struct {
	Bench   string `json:"bench"`
	Threads int    `json:"threads"`
	Group   string `json:"group"`
	Cases   int    `json:"cases"`
	// Of those, Compared have a peer: Ahead counts the ones that it does not
	// beat. Ratios are medians, and means are geometric.
	Compared    int      `json:"compared"`
	Ahead       int      `json:"ahead"`
	Ratio       *float64 `json:"ratio_to_best_peer"`
	LeastRatio  *float64 `json:"least_ratio"`
	LeastAt     string   `json:"least_ratio_case,omitempty"`
	Fraction    *float64 `json:"fraction_of_limit"`
	LeastPart   *float64 `json:"least_fraction"`
	LeastPartAt string   `json:"least_fraction_case,omitempty"`
}

// sumUp are the groups of results of one bench that have cases.
func sumUp(rs []result) []groupSummary {
	var all []groupSummary
	for _, g := range groups(rs[0].bench) {
		s := groupSummary{Bench: rs[0].bench, Threads: rs[0].threads, Group: g.name}
		var ratios, fractions figures
		for _, r := range rs {
			if !g.has(r.benchCase) {
				continue
			}
			s.Cases++
			own := r.ours()
			ratios.add(own.ratio.median, r.name)
			fractions.add(own.fraction, r.name)
		}
		for _, x := range ratios.values {
			s.Compared++
			if x >= 1 {
				s.Ahead++
			}
		}
		s.Ratio, s.LeastRatio, s.LeastAt = ratios.mean(), ratios.least(), ratios.at
		s.Fraction, s.LeastPart, s.LeastPartAt = fractions.mean(), fractions.least(), fractions.at
		if s.Cases > 0 {
			all = append(all, s)
		}
	}
	return all
}

// figures are a figure of several cases, and where it is least.
type figures struct {
	values []float64
	min    float64
	at     string
}

// add leaves out NaN.
func (f *figures) add(x float64, name string) {
	if math.IsNaN(x) {
		return
	}
	if len(f.values) == 0 || x < f.min {
		f.min, f.at = x, name
	}
	f.values = append(f.values, x)
}

func (f *figures) mean() *float64 { return number(geometricMean(f.values)) }

func (f *figures) least() *float64 {
	if len(f.values) == 0 {
		return nil
	}
	return &f.min
}

var groupHead = []string{"group", "cases", "ratio to best peer", "least", "1 or more", "of limit", "least"}

// cells are the words of a line below groupHead.
func (s groupSummary) cells() []string {
	figure := func(x *float64, at string, format func(float64) string) string {
		switch {
		case x == nil:
			return none
		case at == "" || s.Cases == 1:
			return format(*x)
		}
		return fmt.Sprintf("%s (%s)", format(*x), at)
	}
	two := func(x float64) string { return fmt.Sprintf("%.2f", x) }
	return []string{
		s.Group, fmt.Sprint(s.Cases),
		figure(s.Ratio, "", two), figure(s.LeastRatio, s.LeastAt, two), fmt.Sprintf("%d of %d", s.Ahead, s.Compared),
		figure(s.Fraction, "", percent), figure(s.LeastPart, s.LeastPartAt, percent),
	}
}

// groupLines are the groups of one bench as lines of cells, the head first;
// none where there is a single case, of which the table says all.
func groupLines(rs []result) [][]string {
	if len(rs) < 2 {
		return nil
	}
	lines := [][]string{groupHead}
	for _, s := range sumUp(rs) {
		lines = append(lines, s.cells())
	}
	return lines
}

// columns aligns lines of cells, the first column to the left.
func columns(lines [][]string) string {
	var widths []int
	for _, cells := range lines {
		for i, c := range cells {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	for _, cells := range lines {
		for i, c := range cells {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c))
			if i == 0 {
				b.WriteString(c + pad)
			} else {
				b.WriteString("  " + pad + c)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
