//go:build !purego && !noasm

package peak

import "github.com/lanewise/lanewise/kernels/asm"

// FMA runs about flop operations of independent FMAs and returns their
// exact number; 0 where the set has no such loop.
func FMA(set string, flop float64) float64 {
	if set != "neon" {
		return 0
	}
	const perRound = 2 * asm.PeakChainsNEON * 4
	n := int(flop/perRound) + 1
	const atMost = 1 << 12 // rounds per call: assembly cannot be preempted
	for i := n; i > 0; i -= atMost {
		asm.PeakFMANEON(min(i, atMost))
	}
	return perRound * float64(n)
}
