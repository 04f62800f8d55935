//go:build !purego && !noasm

package kernels

import (
	"github.com/klauspost/cpuid/v2"

	"github.com/lanewise/lanewise/kernels/asm"
)

// byMaker chooses costs: of processors that were not measured, those of the same maker
// are the nearest.
func byMaker(amd, intel costs) costs {
	if cpuid.CPU.IsVendor(cpuid.Intel) {
		return intel
	}
	return amd
}

var gemm32AVX512 = tiles[float32]{
	costs:      byMaker(costs32AVX512, costs32AVX512Intel),
	run:        []microKernel[float32]{asm.Gemm12x32AVX512, asm.Gemm24x8AVX512},
	row:        asm.GemmRowAVX512,
	transposes: []packer[float32]{{16, asm.Transpose16AVX512}, {12, asm.Transpose12AVX512}, {8, asm.Transpose8AVX512}, {4, asm.Transpose4AVX512}},
	copies:     []packer[float32]{{32, asm.Copy32AVX512}, {16, asm.Copy16AVX512}, {12, asm.Copy12AVX512}, {8, asm.Copy8AVX512}, {4, asm.Copy4AVX512}},
	dots:       []dots[float32]{{8, asm.Dots8AVX512}, {16, asm.Dots16AVX512}, {24, asm.Dots24AVX512}, {32, asm.Dots32AVX512}},
	windows:    asm.WindowsAVX512,
	split:      asm.SplitAVX512,
	amax:       asm.AmaxAVX512,
	scaleBy:    asm.ScaleByAVX512,
}

var gemm64AVX512 = tiles[float64]{
	costs:      byMaker(costs64AVX512, costs64AVX512Intel),
	run:        []microKernel[float64]{asm.Gemm12x16F64AVX512},
	row:        asm.GemmRowF64AVX512,
	transposes: []packer[float64]{{12, asm.Transpose12F64AVX512}, {8, asm.Transpose8F64AVX512}, {4, asm.Transpose4F64AVX512}},
	copies:     []packer[float64]{{16, asm.Copy16F64AVX512}, {12, asm.Copy12F64AVX512}, {8, asm.Copy8F64AVX512}, {4, asm.Copy4F64AVX512}},
	dots:       []dots[float64]{{8, asm.Dots8F64AVX512}, {16, asm.Dots16F64AVX512}, {24, asm.Dots24F64AVX512}, {32, asm.Dots32F64AVX512}},
	amax:       asm.AmaxF64AVX512,
	scaleBy:    asm.ScaleByF64AVX512,
}

var gemm32AVX2 = tiles[float32]{
	costs:      byMaker(costs32AVX2, costs32AVX2Intel),
	run:        []microKernel[float32]{asm.Gemm6x16AVX2, asm.Gemm4x24AVX2, asm.Gemm12x8AVX2},
	row:        asm.GemmRowAVX2,
	transposes: []packer[float32]{{16, asm.Transpose16AVX2}, {8, asm.Transpose8AVX2}, {6, asm.Transpose6AVX2}, {4, asm.Transpose4AVX2}},
	copies:     []packer[float32]{{24, asm.Copy24AVX2}, {16, asm.Copy16AVX2}, {12, asm.Copy12AVX2}, {8, asm.Copy8AVX2}, {6, asm.Copy6AVX2}, {4, asm.Copy4AVX2}},
	dots:       []dots[float32]{{8, asm.Dots8AVX2}, {16, asm.Dots16AVX2}, {24, asm.Dots24AVX2}, {32, asm.Dots32AVX2}},
	windows:    asm.WindowsAVX2,
	split:      asm.SplitAVX2,
	amax:       asm.AmaxAVX2,
	scaleBy:    asm.ScaleByAVX2,
}

var gemm64AVX2 = tiles[float64]{
	costs:      byMaker(costs64AVX2, costs64AVX2Intel),
	run:        []microKernel[float64]{asm.Gemm6x8F64AVX2},
	row:        asm.GemmRowF64AVX2,
	transposes: []packer[float64]{{8, asm.Transpose8F64AVX2}, {6, asm.Transpose6F64AVX2}, {4, asm.Transpose4F64AVX2}},
	copies:     []packer[float64]{{8, asm.Copy8F64AVX2}, {6, asm.Copy6F64AVX2}, {4, asm.Copy4F64AVX2}},
	dots:       []dots[float64]{{8, asm.Dots8F64AVX2}, {16, asm.Dots16F64AVX2}, {24, asm.Dots24F64AVX2}, {32, asm.Dots32F64AVX2}},
	amax:       asm.AmaxF64AVX2,
	scaleBy:    asm.ScaleByF64AVX2,
}
