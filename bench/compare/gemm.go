package main

import (
	"runtime"
	"sync"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/lanewise/lanewise/kernels"
)

// A product is a shape with its operands.
type product[T float] struct {
	shape
	a, b, c []T
}

// multiplier is C = op(A)·op(B) on our kernels.
func multiplier[T float](e *kernels.Engine, p product[T]) func() {
	switch p := any(p).(type) {
	case product[float32]:
		c, a, b := matrices(p)
		return func() { e.Gemm(c, 1, a, b, 0, nil) }
	case product[float64]:
		c, a, b := matrices(p)
		return func() { e.Gemm64(c, 1, a, b, 0, nil) }
	}
	panic("unreachable")
}

func matrices[T float](p product[T]) (c, a, b kernels.MatrixOf[T]) {
	stored := func(trans bool, rows, cols int, data []T) kernels.MatrixOf[T] {
		if trans {
			return kernels.NewMatrix(data, cols, rows).T()
		}
		return kernels.NewMatrix(data, rows, cols)
	}
	return kernels.NewMatrix(p.c, p.m, p.n), stored(p.transA, p.m, p.k, p.a), stored(p.transB, p.k, p.n, p.b)
}

// mostFlopInGo is how many operations the reference gets: beyond, a call takes
// many times as long as all others together.
const mostFlopInGo = 2e7

func gemmCases() []benchCase {
	var cs []benchCase
	for _, s := range gemmShapes() {
		cs = append(cs, benchCase{
			bench: "gemm", name: s.String(), work: s.flop(), unit: "GFLOP/s", scale: 1e9,
			limit: limit{flop: s.flop()}, product: &s,
			setUp: func(su *suite) ([]implementation, checker) { return gemmImplementations(su, s) },
		})
	}
	return cs
}

func gemm64Cases() []benchCase {
	var cs []benchCase
	for _, s := range gemm64Shapes() {
		cs = append(cs, benchCase{
			bench: "gemm64", name: s.String(), work: s.flop(), unit: "GFLOP/s", scale: 1e9,
			limit: limit{flop: s.flop(), double: true}, product: &s,
			setUp: func(su *suite) ([]implementation, checker) { return gemm64Implementations(su, s) },
		})
	}
	return cs
}

func gemmImplementations(su *suite, s shape) ([]implementation, checker) {
	p := newProduct[float32](s)
	implementations := p.implementations(su, "gemm", func(l library, p product[float32]) (timed, error) { return l.gemm(p) })
	implementations = append(implementations, su.inProcesses(task{
		bench:  "gemm",
		params: map[string]any{"ta": p.transA, "tb": p.transB, "m": p.m, "n": p.n, "k": p.k},
		inputs: map[string][]float32{"a": p.a, "b": p.b},
	})...)
	general := func(m stored[float32]) blas32.General {
		return blas32.General{Rows: m.rows, Cols: m.cols, Stride: m.stride, Data: m.data}
	}
	a, b, c := general(p.storedA()), general(p.storedB()), general(p.storedC())
	call := func() { blas32.Gemm(transpose[p.transA], transpose[p.transB], 1, a, b, 0, c) }
	return append(implementations, p.gonum(su, call)), p.checker()
}

func gemm64Implementations(su *suite, s shape) ([]implementation, checker) {
	p := newProduct[float64](s)
	implementations := p.implementations(su, "gemm64", func(l library, p product[float64]) (timed, error) { return l.gemm64(p) })
	general := func(m stored[float64]) blas64.General {
		return blas64.General{Rows: m.rows, Cols: m.cols, Stride: m.stride, Data: m.data}
	}
	a, b, c := general(p.storedA()), general(p.storedB()), general(p.storedC())
	call := func() { blas64.Gemm(transpose[p.transA], transpose[p.transB], 1, a, b, 0, c) }
	return append(implementations, p.gonum(su, call)), p.checker()
}

func newProduct[T float](s shape) product[T] {
	return product[T]{s, normal[T](1, s.m*s.k), normal[T](2, s.k*s.n), aligned[T](s.m * s.n)}
}

// here is work that leaves C.
func (p product[T]) here(run timed) (work, error) {
	spoil(p.c)
	return local(run, p.c), nil
}

// implementations are our kernels and the libraries.
func (p product[T]) implementations(su *suite, bench string, call func(library, product[T]) (timed, error)) []implementation {
	implementations := su.ours(func(e *kernels.Engine) (work, error) {
		if e.Set().Name() == "go" && p.flop() > mostFlopInGo {
			return work{}, errSlow
		}
		return p.here(calls(multiplier(e, p)))
	})
	return append(implementations, su.inLibraries(bench, func(l library) (work, error) {
		run, err := call(l, p)
		if err != nil {
			return work{}, err
		}
		return p.here(run)
	})...)
}

// gonum is gonum, on as many threads as GOMAXPROCS says. It starts
// goroutines, which would have to wait for another thread if the caller were
// locked to one: so it is called from a goroutine of its own.
func (p product[T]) gonum(su *suite, call func()) implementation {
	timedCall := calls(call)
	return implementation{"gonum", peer, func() (work, error) {
		return p.here(func(warm, reps int) (time.Duration, error) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(su.threads))
			var t time.Duration
			var wg sync.WaitGroup
			wg.Go(func() { t, _ = timedCall(warm, reps) })
			wg.Wait()
			return t, nil
		})
	}}
}

var transpose = map[bool]blas.Transpose{false: blas.NoTrans, true: blas.Trans}

// A stored matrix is an operand as it lies in memory, which is how gonum wants
// it.
type stored[T float] struct {
	rows, cols, stride int
	data               []T
}

func (p product[T]) storedA() stored[T] {
	return stored[T]{len(p.a) / p.lda(), p.lda(), p.lda(), p.a}
}

func (p product[T]) storedB() stored[T] {
	return stored[T]{len(p.b) / p.ldb(), p.ldb(), p.ldb(), p.b}
}

func (p product[T]) storedC() stored[T] { return stored[T]{p.m, p.n, p.n, p.c} }
