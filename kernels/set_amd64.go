//go:build !purego && !noasm

package kernels

import (
	"github.com/klauspost/cpuid/v2"

	"github.com/lanewise/lanewise/kernels/asm"
)

// rows lists what this machine can run, the fastest first.
func rows() []*row { return available(cpuid.CPU.Supports) }

// available picks rows whose features are there, all of them: AVX-512F without its
// companions, or AVX2 without FMA, is a machine for the next row. cpuid says that AVX
// and AVX-512 are there only if the operating system saves their registers; of FMA3 it
// does not know, so FMA3 counts only beside AVX2.
func available(has func(...cpuid.FeatureID) bool) []*row {
	var rs []*row
	if has(asm.NeedsAVX512...) {
		rs = append(rs, &avx512Row)
	}
	if has(asm.NeedsAVX2...) {
		rs = append(rs, &avx2Row)
	}
	return append(rs, &goRow)
}

var (
	avx512Row = row{"avx512", gemm32AVX512, gemm64AVX512, asm.AVX512}
	avx2Row   = row{"avx2", gemm32AVX2, gemm64AVX2, asm.AVX2}
)
