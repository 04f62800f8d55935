//go:build !purego && !noasm

package kernels

import "github.com/lanewise/lanewise/kernels/asm"

func peakRound(r *row) (run func(n int), flops int) {
	if r == &neonRow {
		return asm.PeakFMANEON, 2 * 4 * asm.PeakChainsNEON
	}
	return nil, 0
}
