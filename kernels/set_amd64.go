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
	name:   "avx512",
	gemm32: gemm32AVX512,
	gemm64: gemm64AVX512,

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
	name:   "avx2",
	gemm32: gemm32AVX2,
	gemm64: gemm64AVX2,

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
