//go:build !purego && !noasm

package kernels

import "github.com/lanewise/lanewise/kernels/asm"

var gemm32NEON = tiles[float32]{
	costs:      costs32NEON,
	run:        []microKernel[float32]{asm.Gemm6x16NEON, asm.Gemm4x24NEON},
	row:        asm.GemmRowNEON,
	transposes: []packer[float32]{{8, asm.Transpose8NEON}, {6, asm.Transpose6NEON}, {4, asm.Transpose4NEON}},
	copies:     []packer[float32]{{24, asm.Copy24NEON}, {16, asm.Copy16NEON}, {6, asm.Copy6NEON}, {4, asm.Copy4NEON}},
	dots:       []dots[float32]{{8, asm.Dots8NEON}, {16, asm.Dots16NEON}, {24, asm.Dots24NEON}, {32, asm.Dots32NEON}},
	windows:    asm.WindowsNEON,
	split:      asm.SplitNEON,
	amax:       asm.AmaxNEON,
	scaleBy:    asm.ScaleByNEON,
}

var gemm64NEON = tiles[float64]{
	costs:      costs64NEON,
	run:        []microKernel[float64]{asm.Gemm6x8F64NEON},
	row:        asm.GemmRowF64NEON,
	transposes: []packer[float64]{{8, asm.Transpose8F64NEON}, {6, asm.Transpose6F64NEON}, {4, asm.Transpose4F64NEON}},
	copies:     []packer[float64]{{8, asm.Copy8F64NEON}, {6, asm.Copy6F64NEON}, {4, asm.Copy4F64NEON}},
	dots:       []dots[float64]{{8, asm.Dots8F64NEON}, {16, asm.Dots16F64NEON}, {24, asm.Dots24F64NEON}, {32, asm.Dots32F64NEON}},
	amax:       asm.AmaxF64NEON,
	scaleBy:    asm.ScaleByF64NEON,
}
