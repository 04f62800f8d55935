//go:build !purego && !noasm

package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// peakRound runs rounds of independent FMAs of a set, of so many operations each on
// float32, if it has such a kernel.
func peakRound(r *row) (run func(n int), flops int) {
	switch r {
	case &avx512Row:
		return asm.PeakFMAAVX512, 2 * 16 * asm.PeakChains
	case &avx2Row:
		return asm.PeakFMAAVX2, 2 * 8 * asm.PeakChains
	}
	return nil, 0
}
