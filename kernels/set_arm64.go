//go:build !purego && !noasm

package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// rows lists what this machine can run, the fastest first. The vectors of
// neonRow are part of arm64 as Go requires it: there is nothing to ask.
func rows() []*row { return []*row{&neonRow, &goRow} }

var neonRow = row{"neon", gemm32NEON, gemm64NEON, asm.NEON}
