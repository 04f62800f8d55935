//go:build !purego && !noasm

package peak

import "github.com/lanewise/lanewise/kernels/asm"

// FMA runs about flop operations of independent FMAs and returns their
// exact number; 0 where the set has no such loop.
func FMA(set string, flop float64) float64 {
	var run func(int)
	lanes := 0
	switch set {
	case "avx512":
		run, lanes = asm.PeakFMAAVX512, 16
	case "avx2":
		run, lanes = asm.PeakFMAAVX2, 8
	default:
		return 0
	}
	perRound := float64(2 * asm.PeakChains * lanes)
	n := int(flop/perRound) + 1
	const atMost = 1 << 12 // rounds per call: assembly cannot be preempted
	for i := n; i > 0; i -= atMost {
		run(min(i, atMost))
	}
	return perRound * float64(n)
}
