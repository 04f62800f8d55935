package kernels

import "github.com/lanewise/lanewise/internal/ref"

// goRow is the reference itself.
var goRow = row{
	name:   "go",
	gemm32: gemm32Go,
	gemm64: gemm64Go,

	exp:      ref.Unary(ref.Exp),
	log:      ref.Unary(ref.Log),
	sigmoid:  ref.Unary(ref.Sigmoid),
	tanh:     ref.Unary(ref.Tanh),
	softplus: ref.Unary(ref.Softplus),
	relu:     ref.Unary(ref.ReLU),

	expGrad:      ref.Binary(ref.ExpGrad),
	logGrad:      ref.Binary(ref.LogGrad),
	sigmoidGrad:  ref.Binary(ref.SigmoidGrad),
	tanhGrad:     ref.Binary(ref.TanhGrad),
	softplusGrad: ref.Binary(ref.SoftplusGrad),
	reluGrad:     ref.Binary(ref.ReLUGrad),

	add:   ref.Binary(ref.Add),
	scale: ref.Scale,
	sum:   ref.Sum,

	bce:          ref.Loss(ref.BCE),
	squaredError: ref.Loss(ref.SquaredError),

	kl:               ref.Binary(ref.KL),
	normal:           ref.Normals,
	reparam:          ref.ReparameterizeWith,
	reparamNoise:     ref.ReparameterizeNoise,
	reparamGrad:      ref.ReparameterizeGradWith,
	reparamGradNoise: ref.ReparameterizeGradNoise,

	adam: ref.AdamAll,
}
