// Package codec writes the codes of images to a small file, and reads them.
//
// Codes are quantised to the multiples of one step above the least value of their
// component, and the multiples are entropy-coded, component by component.
//
// One step for all components, and not as many levels for each, because components that
// vary little then cost little, and one that a VAE does not use (its mu is always near 0)
// costs nothing. For principal components that is the best that there is at a high rate,
// and a VAE's components are in units of their prior. Equal steps, and not steps that
// follow the distribution, because entropy coding gains more: of a normal distribution,
// equal steps need a quarter of a bit more than any code can do (Gish and Pierce 1968).
//
// The bits of a multiple that stand highest are coded by finite-state entropy, which has
// a table for each component; the bits below, which are as good as random, as they are.
// Where one ends and the other begins is what makes a component shortest. Of the codes of
// MNIST's 60,000 training images (20 components of the default VAE, 6 bits) that takes
// 1.002 of the entropies of the components; Huffman's codes take 1.009, and zstd 1.016 for
// each component by itself or 1.053 for all together. Of 1,000 images and 8 bits it takes
// 1.04, mostly for tables, where whole bytes would take 1.14.
package codec

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

const (
	// MaxBits is the most bits of a component.
	MaxBits = 16
	// maxComponents and maxRows bound what a file may claim.
	maxComponents = 1 << 16
	maxRows       = 1 << 30
)

// A Header says what a file holds.
type Header struct {
	Rows, Components int
	// Bits is how many the multiples of the component that varies most have: the step is
	// its range over 2^Bits-1.
	Bits int
	// Model is the SHA-256 of the weights of the model whose codes these are.
	Model [32]byte
}

// A Size is what a file takes.
type Size struct {
	Bytes int
	// Bits are those of a code in each component, on average.
	Bits []float64
}

// A component is how the codes of one component stand in a file.
type component struct {
	low   float32 // the least
	width int     // bits of the greatest multiple
	coded int     // of these, the highest, that are entropy-coded
	size  int     // bytes of these; what is left follows, packed
}

// packed is how many bytes the low bits of n multiples take.
func (c *component) packed(n int) int64 {
	return (int64(n)*int64(c.width-c.coded) + 7) / 8
}

// quantise gives the step of codes, rows of h.Components, and their components, of which
// only low and width are known.
func (h *Header) quantise(codes []float32) (step float64, components []component, err error) {
	low, high := make([]float32, h.Components), make([]float32, h.Components)
	copy(low, codes)
	copy(high, codes)
	for i, v := range codes {
		if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
			return 0, nil, fmt.Errorf("codec: the code of row %d is %v in component %d; want finite numbers", i/h.Components, v, i%h.Components)
		}
		j := i % h.Components
		low[j], high[j] = min(low[j], v), max(high[j], v)
	}
	widest := 0.0
	for j := range low {
		widest = max(widest, float64(high[j])-float64(low[j]))
	}
	step = widest / float64(int(1)<<h.Bits-1)
	components = make([]component, h.Components)
	for j := range components {
		c := &components[j]
		c.low = low[j]
		c.width = bits.Len(uint(c.multiple(high[j], step)))
	}
	return step, components, nil
}

// multiple is the nearest to v.
func (c *component) multiple(v float32, step float64) uint16 {
	if step == 0 {
		return 0
	}
	return uint16(math.Round((float64(v) - float64(c.low)) / step))
}

// value is what a multiple stands for.
func (c *component) value(multiple uint16, step float64) float32 {
	v := float64(c.low) + float64(float64(multiple)*step)
	return float32(max(-math.MaxFloat32, min(v, math.MaxFloat32)))
}

// check panics unless h is what codes are.
func (h *Header) check(codes []float32) {
	switch {
	case h.Bits < 1 || h.Bits > MaxBits:
		panic("codec: bits are not from 1 to 16")
	case h.Components < 1 || h.Components > maxComponents || h.Rows < 1 || h.Rows > maxRows:
		panic("codec: rows or components are none or too many")
	case len(codes)/h.Components != h.Rows || len(codes)%h.Components != 0:
		panic("codec: codes are not as many as rows of components")
	}
}

var errDamaged = errors.New("the file of codes is damaged; copy or write it again")
