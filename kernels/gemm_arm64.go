//go:build !purego && !noasm

package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// Not measured: sizes are those of avx2, for first-level caches of 32 KiB and more.
var gemm32NEON = tiles[float32]{
	costs: costs{
		tiles: []tileShape{
			{mr: 6, nr: 16, byRows: true},
			{mr: 4, nr: 24, byRows: true},
			{mr: 1, nr: 64, byRows: true, mostRows: 2},
		},
		packedTile: 1,
		mc:         1536, nc: 2048, blockA: 64 << 10, call: 1 << 19,
		packUses: 4, bInCache: true,
		move: 4, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 384,
		leastWork: 1 << 17, partEdge: 10,
	},
	run:        []microKernel[float32]{asm.Gemm6x16NEON, asm.Gemm4x24NEON, asm.Gemm1x64NEON},
	transposes: []packer[float32]{{8, asm.Transpose8NEON}, {6, asm.Transpose6NEON}, {4, asm.Transpose4NEON}},
	copies:     []packer[float32]{{64, asm.Copy64NEON}, {24, asm.Copy24NEON}, {16, asm.Copy16NEON}, {6, asm.Copy6NEON}, {4, asm.Copy4NEON}},
}

var gemm64NEON = tiles[float64]{
	costs: costs{
		tiles: []tileShape{{mr: 6, nr: 8, byRows: true}},
		mc:    1536, nc: 2048, blockA: 32 << 10, call: 1 << 18,
		packUses: 4, bInCache: true,
		move: 4, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 384,
		leastWork: 1 << 16, partEdge: 10,
	},
	run:        []microKernel[float64]{asm.Gemm6x8F64NEON},
	transposes: []packer[float64]{{8, asm.Transpose8F64NEON}, {6, asm.Transpose6F64NEON}, {4, asm.Transpose4F64NEON}},
	copies:     []packer[float64]{{8, asm.Copy8F64NEON}, {6, asm.Copy6F64NEON}, {4, asm.Copy4F64NEON}},
}
