//go:build !purego && !noasm

package kernels

import "github.com/lanewise/lanewise/kernels/asm"

// rows lists what this machine can run, the fastest first. The vectors of
// neonRow are part of arm64 as Go requires it: there is nothing to ask.
func rows() []*row { return []*row{&neonRow, &goRow} }

var neonRow = row{
	name: "neon",
	gemm: tiles[float32]{
		shapes:     []tile[float32]{{mr: 6, nr: 16, byRows: true, run: asm.Gemm6x16NEON}, {mr: 4, nr: 24, byRows: true, run: asm.Gemm4x24NEON}, {mr: 1, nr: 64, byRows: true, run: asm.Gemm1x64NEON}},
		transposes: []packer[float32]{{8, asm.Transpose8NEON}, {6, asm.Transpose6NEON}, {4, asm.Transpose4NEON}},
		copies:     []packer[float32]{{64, asm.Copy64NEON}, {24, asm.Copy24NEON}, {16, asm.Copy16NEON}, {6, asm.Copy6NEON}, {4, asm.Copy4NEON}},
	},
	gemm8: tiles[float64]{shapes: []tile[float64]{{mr: 6, nr: 8, byRows: true, run: asm.Gemm6x8F64NEON}}},

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
