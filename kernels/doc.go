// Package kernels is fast float32 for training networks on a CPU, without cgo:
// GEMM with epilogues, exp, log and the usual activations, losses with their
// gradients, the reparameterization of a variational autoencoder, and Adam.
//
// # Sets
//
// Every kernel exists in several sets, which a [Set] names: avx512 and
// avx2 on amd64, neon on arm64, and go, the pure-Go reference that runs
// everywhere. All sets return the same bits (any NaN equals any NaN), at every
// number of threads. [Default] takes the fastest that the machine has, or the
// one that the environment variable LANEWISE_ISA names. The build tags purego
// and noasm leave only go.
//
//	e := kernels.New(kernels.Default(), 0)
//	e.Sigmoid(y, x)
//
// # What holds for every method
//
// Lengths: dst comes first, and all slices have its length, unless the method
// says otherwise. A length that does not fit is a bug of the caller: the method
// panics with a constant message, before it writes anything.
//
// Aliasing: an output may be the same slice as an input, element for element.
// Slices that overlap in part panic. The exceptions are GEMM and Adam, whose
// outputs share nothing with their inputs.
//
// Special values: NaN goes through, and so do infinities as the formula has
// it; subnormal numbers are numbers, in operands and in results. The processor's
// rounding and flush modes are neither changed nor relied on, other than that
// they are Go's.
//
// Errors are in ULP, the distance between the float32 neighbours of the exact
// result. They were measured over all 2^32 inputs; where a function has two
// arguments, the bound is proved from such a run over one of them.
//
// Allocation: none, once the engine's workspace has grown to the largest shape.
//
// Concurrency: an [Engine] does one thing at a time. A method that is called while
// another goroutine uses the engine panics before it writes anything. No call into
// assembly runs longer than about 100 µs, so that goroutines can be preempted.
package kernels
