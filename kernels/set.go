package kernels

import (
	"fmt"
	"os"
	"strings"
	"sync"
)

// A Set is one implementation of every kernel: "avx512", "avx2", "neon" or
// "go". All sets return the same bits; they differ in speed and in the machines
// that they run on. A Set is a value without state: use it with [New].
type Set struct{ *row }

// A row names everything that a set consists of.
type row struct {
	name   string
	gemm32 tiles[float32]
	gemm64 tiles[float64]

	exp, log, sigmoid, tanh, softplus, relu unary

	expGrad, logGrad, sigmoidGrad, tanhGrad, softplusGrad, reluGrad binary

	add   binary
	scale func(dst, x *float32, n int, s float32)
	sum   func(x *float32, n int, sum *float32)

	bce, squaredError lossKernel

	kl               binary
	normal           func(dst *float32, n int, noise *[3]uint64)
	reparam          func(z, kl, mu, logvar, eps *float32, n int)
	reparamNoise     func(z, kl, eps, mu, logvar *float32, n int, noise *[3]uint64)
	reparamGrad      func(dmu, dlogvar, dz, mu, logvar, eps *float32, n int, beta float32)
	reparamGradNoise func(dmu, dlogvar, dz, mu, logvar *float32, n int, beta float32, noise *[3]uint64)

	adam adamKernel
}

type (
	unary  = func(dst, x *float32, n int)
	binary = func(dst, x, y *float32, n int)

	lossKernel = func(grad, x, t *float32, n int, scale float32, sum *float32)
	adamKernel = func(w, m, v, g *float32, n int, beta1, rest1, beta2, rest2, step, bias2, eps, decay float32)
)

// Name is the word for the set in LANEWISE_ISA, in tests and in benchmarks.
func (s Set) Name() string { return s.name }

// Sets lists the sets that this machine can run, the fastest first.
func Sets() []Set {
	sets := make([]Set, 0, 3)
	for _, r := range rows() {
		sets = append(sets, Set{r})
	}
	return sets
}

// Lookup finds a set by name. The error lists the names that this machine has.
func Lookup(name string) (Set, error) {
	var names []string
	for _, s := range Sets() {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	return Set{}, fmt.Errorf("kernels: no set %q on this machine: it has %s", name, strings.Join(names, ", "))
}

// FromEnvironment is the set that LANEWISE_ISA names, or the fastest one where
// the variable is not set. The error lists the names that this machine has.
func FromEnvironment() (Set, error) {
	name, ok := os.LookupEnv("LANEWISE_ISA")
	if !ok || name == "" {
		return Sets()[0], nil
	}
	s, err := Lookup(name)
	if err != nil {
		err = fmt.Errorf("LANEWISE_ISA: %w", err)
	}
	return s, err
}

// Default is [FromEnvironment], asked once. It panics where that is an error.
var Default = sync.OnceValue(func() Set {
	s, err := FromEnvironment()
	if err != nil {
		panic(err.Error())
	}
	return s
})
