package main

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

// scored is what is said of a row.
type scored struct {
	Score   float64        `json:"score"`
	Anomaly *bool          `json:"anomaly,omitempty"` // where the model has a threshold
	Top     []contribution `json:"top,omitempty"`
}

// A contribution is what a column, or a pixel, adds to a score.
type contribution struct {
	Column string  `json:"column"`
	Adds   float64 `json:"adds"`
}

// rowParts are what a row's numbers come from.
type rowParts []rowPart

type rowPart struct {
	name  string
	width int // how many numbers it is
}

func columnParts(c *table.Columns) (p rowParts) {
	for i := range c.Columns {
		p = append(p, rowPart{c.Columns[i].Name, c.Columns[i].Width()})
	}
	return p
}

// pixelParts names pixels by row and column.
func pixelParts(images dataset.Images) (p rowParts) {
	for y := range images.Rows {
		for x := range images.Cols {
			p = append(p, rowPart{fmt.Sprintf("%d:%d", y, x), images.Channels()})
		}
	}
	return p
}

// numberParts names numbers by their index.
func numberParts(n int) (p rowParts) {
	for i := range n {
		p = append(p, rowPart{fmt.Sprint(i), 1})
	}
	return p
}

// most are the n that add most, the largest first, of equal ones the first.
func (p rowParts) most(terms []float32, n int) []contribution {
	all := make([]contribution, len(p))
	for i, part := range p {
		sum := 0.0
		for _, v := range terms[:part.width] {
			sum += float64(v)
		}
		all[i] = contribution{part.name, sum}
		terms = terms[part.width:]
	}
	slices.SortStableFunc(all, func(a, b contribution) int { return cmp.Compare(b.Adds, a.Adds) })
	return all[:min(n, len(all))]
}
