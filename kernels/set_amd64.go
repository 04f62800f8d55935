//go:build !purego && !noasm

package kernels

import (
	"github.com/klauspost/cpuid/v2"

	"github.com/lanewise/lanewise/kernels/asm"
)

// rows lists what this machine can run, the fastest first.
func rows() []*row { return available(cpuid.CPU.Supports) }

// available picks rows by the features that they need. It asks for those that
// gen allowed itself, and for all of them together: AVX-512F without its
// companions, or AVX2 without FMA, is a machine for the next row. cpuid says
// that AVX and AVX-512 are there only if the operating system saves their
// registers; of FMA3 it does not know, so FMA3 counts only beside AVX2.
func available(has func(...cpuid.FeatureID) bool) []*row {
	var rs []*row
	avx2 := has(cpuid.AVX, cpuid.AVX2, cpuid.FMA3)
	if avx2 && has(cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL) {
		rs = append(rs, &avx512Row)
	}
	if avx2 {
		rs = append(rs, &avx2Row)
	}
	return append(rs, &goRow)
}

var avx512Row = row{
	name: "avx512",
	gemm: tiles[float32]{
		shapes:     []tile[float32]{{12, 32, true, asm.Gemm12x32AVX512, []int{8, 6, 4, 2, 1}, []int{24, 16}}, {mr: 1, nr: 64, byRows: true, run: asm.GemmRowAVX512}, {24, 8, true, asm.Gemm24x8AVX512, []int{20, 16, 8}, nil}},
		transposes: []packer[float32]{{8, asm.Transpose8AVX512}, {4, asm.Transpose4AVX512}},
		copies:     []packer[float32]{{64, asm.Copy64AVX512}, {32, asm.Copy32AVX512}, {12, asm.Copy12AVX512}, {4, asm.Copy4AVX512}},
		dots:       []dots[float32]{{8, asm.Dots8AVX512}, {16, asm.Dots16AVX512}, {24, asm.Dots24AVX512}, {32, asm.Dots32AVX512}},
		row:        &tile[float32]{mr: 1, nr: 64, byRows: true, run: asm.GemmRowAVX512},
	},
	gemm8: tiles[float64]{
		shapes: []tile[float64]{{12, 16, true, asm.Gemm12x16F64AVX512, []int{8, 6, 4, 2, 1}, []int{12, 8}}},
		row:    &tile[float64]{mr: 1, nr: 32, byRows: true, run: asm.GemmRowF64AVX512},
	},

	exp:      asm.ExpAVX512,
	log:      asm.LogAVX512,
	sigmoid:  asm.SigmoidAVX512,
	tanh:     asm.TanhAVX512,
	softplus: asm.SoftplusAVX512,
	relu:     asm.ReLUAVX512,

	expGrad:      asm.ExpGradAVX512,
	logGrad:      asm.LogGradAVX512,
	sigmoidGrad:  asm.SigmoidGradAVX512,
	tanhGrad:     asm.TanhGradAVX512,
	softplusGrad: asm.SoftplusGradAVX512,
	reluGrad:     asm.ReLUGradAVX512,

	add:   asm.AddAVX512,
	scale: asm.ScaleAVX512,
	sum:   asm.SumAVX512,

	bce:          asm.BCEAVX512,
	squaredError: asm.SquaredErrorAVX512,

	kl:               asm.KLAVX512,
	normal:           asm.NormalAVX512,
	reparam:          asm.ReparamAVX512,
	reparamNoise:     asm.ReparamNoiseAVX512,
	reparamGrad:      asm.ReparamGradAVX512,
	reparamGradNoise: asm.ReparamGradNoiseAVX512,

	adam: asm.AdamAVX512,
}

var avx2Row = row{
	name: "avx2",
	gemm: tiles[float32]{
		shapes:     []tile[float32]{{6, 16, true, asm.Gemm6x16AVX2, []int{4, 2}, nil}, {4, 24, true, asm.Gemm4x24AVX2, []int{3, 2, 1}, nil}, {mr: 1, nr: 64, byRows: true, run: asm.GemmRowAVX2}, {12, 8, true, asm.Gemm12x8AVX2, []int{8}, nil}},
		transposes: []packer[float32]{{8, asm.Transpose8AVX2}, {6, asm.Transpose6AVX2}, {4, asm.Transpose4AVX2}},
		copies:     []packer[float32]{{64, asm.Copy64AVX2}, {24, asm.Copy24AVX2}, {16, asm.Copy16AVX2}, {6, asm.Copy6AVX2}, {4, asm.Copy4AVX2}},
		dots:       []dots[float32]{{8, asm.Dots8AVX2}, {16, asm.Dots16AVX2}, {24, asm.Dots24AVX2}, {32, asm.Dots32AVX2}},
		row:        &tile[float32]{mr: 1, nr: 64, byRows: true, run: asm.GemmRowAVX2},
	},
	gemm8: tiles[float64]{
		shapes: []tile[float64]{{6, 8, true, asm.Gemm6x8F64AVX2, []int{4, 2, 1}, nil}},
		row:    &tile[float64]{mr: 1, nr: 32, byRows: true, run: asm.GemmRowF64AVX2},
	},

	exp:      asm.ExpAVX2,
	log:      asm.LogAVX2,
	sigmoid:  asm.SigmoidAVX2,
	tanh:     asm.TanhAVX2,
	softplus: asm.SoftplusAVX2,
	relu:     asm.ReLUAVX2,

	expGrad:      asm.ExpGradAVX2,
	logGrad:      asm.LogGradAVX2,
	sigmoidGrad:  asm.SigmoidGradAVX2,
	tanhGrad:     asm.TanhGradAVX2,
	softplusGrad: asm.SoftplusGradAVX2,
	reluGrad:     asm.ReLUGradAVX2,

	add:   asm.AddAVX2,
	scale: asm.ScaleAVX2,
	sum:   asm.SumAVX2,

	bce:          asm.BCEAVX2,
	squaredError: asm.SquaredErrorAVX2,

	kl:               asm.KLAVX2,
	normal:           asm.NormalAVX2,
	reparam:          asm.ReparamAVX2,
	reparamNoise:     asm.ReparamNoiseAVX2,
	reparamGrad:      asm.ReparamGradAVX2,
	reparamGradNoise: asm.ReparamGradNoiseAVX2,

	adam: asm.AdamAVX2,
}
