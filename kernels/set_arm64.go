//go:build !purego && !noasm

package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// rows lists what this machine can run, the fastest first. The vectors of
// neonRow are part of arm64 as Go requires it: there is nothing to ask.
func rows() []*row { return []*row{&neonRow, &goRow} }

var neonRow = row{
	name:   "neon",
	gemm32: gemm32NEON,
	gemm64: gemm64NEON,

	exp:      asm.ExpNEON,
	log:      asm.LogNEON,
	sigmoid:  asm.SigmoidNEON,
	tanh:     asm.TanhNEON,
	softplus: asm.SoftplusNEON,
	relu:     asm.ReLUNEON,

	expGrad:      asm.ExpGradNEON,
	logGrad:      asm.LogGradNEON,
	sigmoidGrad:  asm.SigmoidGradNEON,
	tanhGrad:     asm.TanhGradNEON,
	softplusGrad: asm.SoftplusGradNEON,
	reluGrad:     asm.ReLUGradNEON,

	add:   asm.AddNEON,
	scale: asm.ScaleNEON,
	sum:   asm.SumNEON,

	bce:          asm.BCENEON,
	squaredError: asm.SquaredErrorNEON,

	kl:               asm.KLNEON,
	normal:           asm.NormalNEON,
	reparam:          asm.ReparamNEON,
	reparamNoise:     asm.ReparamNoiseNEON,
	reparamGrad:      asm.ReparamGradNEON,
	reparamGradNoise: asm.ReparamGradNoiseNEON,

	adam: asm.AdamNEON,
}
