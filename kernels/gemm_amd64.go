//go:build !purego && !noasm

package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// Measured on Zen 4 (EPYC, 32 KiB and 1 MiB of cache a core), one thread. A and B are
// read from the second level: a step of 12×32 takes 24 cycles for 176 bytes. What
// counts is to pack little, and to pass C seldom.
var gemm32AVX512 = tiles[float32]{
	costs: costs{
		tiles: []tileShape{
			{mr: 12, nr: 32, heights: []int{8, 4}, widths: []int{24, 16}, byRows: true},
			{mr: 24, nr: 8, heights: []int{20, 16, 12, 8, 4}, byRows: true, mostCols: 8},
		},
		mc: 1536, nc: 2048, blockA: 224 << 10, call: 1 << 21,
		packUses: 4, aInPlace: true, bInPlaceUses: 64,
		move: 4, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
		rowCols: 64, rowFew: 2, rowRules: []rowRule{{16, 16, 32}, {32, 8, 96}, {maxInt, 4, 96}},
		rowDepth: 64, rowBlock: 1 << 15, rowShared: 1 << 13, rowsInCall: 512, dots: true,
		leastWork: 1 << 17, partEdge: 10,
	},
	run:        []microKernel[float32]{asm.Gemm12x32AVX512, asm.Gemm24x8AVX512},
	row:        asm.GemmRowAVX512,
	transposes: []packer[float32]{{16, asm.Transpose16AVX512}, {12, asm.Transpose12AVX512}, {8, asm.Transpose8AVX512}, {4, asm.Transpose4AVX512}},
	copies:     []packer[float32]{{32, asm.Copy32AVX512}, {16, asm.Copy16AVX512}, {12, asm.Copy12AVX512}, {8, asm.Copy8AVX512}, {4, asm.Copy4AVX512}},
	dots:       []dots[float32]{{8, asm.Dots8AVX512}, {16, asm.Dots16AVX512}, {24, asm.Dots24AVX512}, {32, asm.Dots32AVX512}},
}

var gemm64AVX512 = tiles[float64]{
	costs: costs{
		tiles: []tileShape{{mr: 12, nr: 16, heights: []int{8, 4}, widths: []int{12, 8}, byRows: true}},
		mc:    1536, nc: 2048, blockA: 112 << 10, call: 1 << 20,
		packUses: 4, aInPlace: true, bInPlaceUses: 64,
		move: 4, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
		rowFew: 2, dots: true,
		leastWork: 1 << 16, partEdge: 10,
	},
	run:        []microKernel[float64]{asm.Gemm12x16F64AVX512},
	transposes: []packer[float64]{{12, asm.Transpose12F64AVX512}, {8, asm.Transpose8F64AVX512}, {4, asm.Transpose4F64AVX512}},
	copies:     []packer[float64]{{16, asm.Copy16F64AVX512}, {12, asm.Copy12F64AVX512}, {8, asm.Copy8F64AVX512}, {4, asm.Copy4F64AVX512}},
	dots:       []dots[float64]{{8, asm.Dots8F64AVX512}, {16, asm.Dots16F64AVX512}, {24, asm.Dots24F64AVX512}, {32, asm.Dots32F64AVX512}},
}

// Measured on Zen 3 (EPYC, 32 KiB and 512 KiB of cache a core), one thread.
var gemm32AVX2 = tiles[float32]{
	costs: costs{
		tiles: []tileShape{
			{mr: 6, nr: 16, byRows: true},
			{mr: 4, nr: 24, byRows: true},
			{mr: 12, nr: 8, byRows: true},
		},
		packedTile: 1,
		mc:         1536, nc: 2048, blockA: 64 << 10, call: 1 << 21,
		packUses: 4, bInCache: true,
		move: 4, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
		rowCols: 32, rowFew: 2, rowRules: []rowRule{{16, 16, 32}, {maxInt, 8, 96}},
		rowDepth: 16, rowBlock: 1 << 12, rowShared: 1 << 13, rowsInCall: 512, dots: true,
		leastWork: 1 << 17, partEdge: 10,
	},
	run:        []microKernel[float32]{asm.Gemm6x16AVX2, asm.Gemm4x24AVX2, asm.Gemm12x8AVX2},
	row:        asm.GemmRowAVX2,
	transposes: []packer[float32]{{16, asm.Transpose16AVX2}, {8, asm.Transpose8AVX2}, {6, asm.Transpose6AVX2}, {4, asm.Transpose4AVX2}},
	copies:     []packer[float32]{{24, asm.Copy24AVX2}, {16, asm.Copy16AVX2}, {12, asm.Copy12AVX2}, {8, asm.Copy8AVX2}, {6, asm.Copy6AVX2}, {4, asm.Copy4AVX2}},
	dots:       []dots[float32]{{8, asm.Dots8AVX2}, {16, asm.Dots16AVX2}, {24, asm.Dots24AVX2}, {32, asm.Dots32AVX2}},
}

var gemm64AVX2 = tiles[float64]{
	costs: costs{
		tiles: []tileShape{{mr: 6, nr: 8, byRows: true}},
		mc:    1536, nc: 2048, blockA: 32 << 10, call: 1 << 20,
		packUses: 4, bInCache: true,
		move: 4, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
		rowFew: 2, dots: true,
		leastWork: 1 << 16, partEdge: 10,
	},
	run:        []microKernel[float64]{asm.Gemm6x8F64AVX2},
	transposes: []packer[float64]{{8, asm.Transpose8F64AVX2}, {6, asm.Transpose6F64AVX2}, {4, asm.Transpose4F64AVX2}},
	copies:     []packer[float64]{{8, asm.Copy8F64AVX2}, {6, asm.Copy6F64AVX2}, {4, asm.Copy4F64AVX2}},
	dots:       []dots[float64]{{8, asm.Dots8F64AVX2}, {16, asm.Dots16F64AVX2}, {24, asm.Dots24F64AVX2}, {32, asm.Dots32F64AVX2}},
}
