package main

import (
	"fmt"
	"runtime"
	"sync"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
	"gonum.org/v1/gonum/lapack"
	gonumLAPACK "gonum.org/v1/gonum/lapack/gonum"
	"gonum.org/v1/gonum/lapack/lapack64"

	"github.com/lanewise/lanewise/kernels"
	ours64 "github.com/lanewise/lanewise/kernels/blas"
	oursLAPACK "github.com/lanewise/lanewise/kernels/lapack"
)

// gonumOrders are the orders of the matrices: from what a program has by thousands to
// what it waits for.
var gonumOrders = []int{8, 32, 100, 500, 1000, 2000}

// gonumCases are what gonum does, with kernels/blas and kernels/lapack in use and with its own.
func gonumCases() []benchCase {
	var cs []benchCase
	for _, op := range gonumOps() {
		for _, n := range gonumOrders {
			cs = append(cs, gonumCase(op, n))
		}
	}
	return cs
}

func gonumCase(op gonumOp, n int) benchCase {
	flop := op.flop * float64(n) * float64(n) * float64(n)
	c := benchCase{
		bench: "gonum", name: fmt.Sprintf("%s %d", op.name, n), work: flop, unit: "GFLOP/s", scale: 1e9,
		order: n, against: []string{"gonum", numpyName, singleName},
		setUp: func(su *suite) ([]implementation, checker) { return gonumImplementations(su, op, n) },
	}
	if op.counted {
		c.limit = limit{flop: flop, double: true}
	}
	return c
}

func gonumImplementations(su *suite, op gonumOp, n int) ([]implementation, checker) {
	in := op.inputs(n)
	on := func(im blas.Float64, la lapack.Float64) (work, error) {
		call, output := op.prepare(in)
		return work{run: inGonum(im, la, su.threads, calls(call)), output: func() ([]float64, error) { return output(), nil }}, nil
	}
	all := su.ours(func(e *kernels.Engine) (work, error) {
		if e.Set().Name() == "go" && op.flop*float64(n*n*n) > mostFlopInGo {
			return work{}, errSlow
		}
		return on(ours64.New(e.Set(), e.Threads()), oursLAPACK.Implementation{})
	})
	all = append(all, implementation{"gonum", peer, func() (work, error) { return on(gonum.Implementation{}, gonumLAPACK.Implementation{}) }})
	all = append(all, su.inProcesses(task{
		bench:  "gonum",
		params: map[string]any{"op": op.name, "n": n},
		inputs: map[string][]float32{"a": narrowed(in.a), "b": narrowed(in.b)},
	})...)
	return all, op.checker(in)
}

// inGonum makes timed calls while gonum's packages use a BLAS and a LAPACK. They are made in a
// goroutine of their own, as gonum starts goroutines: see product.gonum.
func inGonum(im blas.Float64, la lapack.Float64, threads int, run timed) timed {
	return func(warm, reps int) (t time.Duration, err error) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		defer blas64.Use(blas64.Implementation())
		defer lapack64.Use(gonumLAPACK.Implementation{})
		blas64.Use(im)
		lapack64.Use(la)
		var wg sync.WaitGroup
		wg.Go(func() { t, err = run(warm, reps) })
		wg.Wait()
		return t, err
	}
}

// narrowed is x, every element of which is a float32.
func narrowed(x []float64) []float32 {
	y := make([]float32, len(x))
	for i, v := range x {
		y[i] = float32(v)
	}
	return y
}
