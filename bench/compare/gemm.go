package main

import (
	"fmt"
	"math"
	"runtime"
	"sync"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/lanewise/lanewise/kernels"
)

// A product is C = op(A)·op(B), row-major: op(A) is m×k, op(B) k×n.
type product struct {
	transA, transB bool
	m, n, k        int
	a, b, c        []float32
}

func (p product) kind() string {
	letter := map[bool]string{false: "N", true: "T"}
	return letter[p.transA] + letter[p.transB]
}

func (p product) String() string {
	return fmt.Sprintf("%s %dx%dx%d", p.kind(), p.m, p.n, p.k)
}

func (p product) flop() float64 { return 2 * float64(p.m) * float64(p.n) * float64(p.k) }

func (p product) square() bool { return p.m == p.n && p.n == p.k }

// batch is the number of images whose training step has the product, or 0.
func (p product) batch() int {
	switch {
	case p.square():
		return 0
	case p.transA:
		return p.k
	}
	return p.m
}

// lda and ldb are the lengths of the rows of A and B as they are stored.
func (p product) lda() int {
	if p.transA {
		return p.m
	}
	return p.k
}

func (p product) ldb() int {
	if p.transB {
		return p.k
	}
	return p.n
}

// products are the squares, and what a training step of 784-400-20-400-784
// multiplies: forward (NT), gradients of the inputs (NN) and of the weights
// (TN), for several sizes of a batch.
func products() []product {
	var ps []product
	for _, n := range []int{64, 256, 512, 1024, 2048} {
		ps = append(ps, product{m: n, n: n, k: n})
	}
	for _, batch := range []int{128, 64, 8, 1} {
		for _, s := range [][2]int{{400, 784}, {20, 400}, {400, 20}, {784, 400}} {
			ps = append(ps, product{transB: true, m: batch, n: s[0], k: s[1]})
		}
		for _, s := range [][2]int{{400, 784}, {784, 400}, {20, 400}, {400, 40}} {
			ps = append(ps, product{m: batch, n: s[0], k: s[1]})
		}
		for _, s := range [][2]int{{784, 400}, {400, 784}, {400, 20}, {20, 400}} {
			ps = append(ps, product{transA: true, m: s[0], n: s[1], k: batch})
		}
	}
	return ps
}

// mostInGo is how many operations the reference gets: beyond, a call takes
// many times as long as everything else together.
const mostInGo = 2e7

func gemmContests() []contest {
	var cs []contest
	for _, p := range products() {
		cs = append(cs, contest{
			bench: "gemm", name: p.String(), work: p.flop(), unit: "GFLOP/s", scale: 1e9,
			limit: limit{flop: p.flop()}, product: &p,
			enter: func(f *field) ([]entrant, checker) { return gemmEntrants(f, p) },
		})
	}
	return cs
}

func gemmEntrants(f *field, p product) ([]entrant, checker) {
	p.a, p.b, p.c = normal(1, p.m*p.k), normal(2, p.k*p.n), aligned(p.m*p.n)
	here := func(run timed) (work, error) {
		spoil(p.c)
		return local(run, p.c), nil
	}
	entrants := f.ours(func(e *kernels.Engine) (work, error) {
		if e.Set().Name() == "go" && p.flop() > mostInGo {
			return work{}, errSlow
		}
		return here(calls(func() {
			p.by(e)
		}))
	})
	entrants = append(entrants, f.inLibraries("gemm", func(l library) (work, error) {
		run, err := l.gemm(p)
		if err != nil {
			return work{}, err
		}
		return here(run)
	})...)
	entrants = append(entrants, f.inProcesses(task{
		bench:  "gemm",
		params: map[string]any{"ta": p.transA, "tb": p.transB, "m": p.m, "n": p.n, "k": p.k},
		inputs: map[string][]float32{"a": p.a, "b": p.b},
	})...)
	entrants = append(entrants, entrant{"gonum", peer, func() (work, error) { return here(p.gonum(f.threads)) }})
	return entrants, p.checker()
}

// by is our own product.
func (p product) by(e *kernels.Engine) {
	matrix := func(trans bool, rows, cols int, data []float32) kernels.Matrix {
		if trans {
			return kernels.NewMatrix(data, cols, rows).T()
		}
		return kernels.NewMatrix(data, rows, cols)
	}
	e.Gemm(kernels.NewMatrix(p.c, p.m, p.n), 1, matrix(p.transA, p.m, p.k, p.a), matrix(p.transB, p.k, p.n, p.b), 0, nil)
}

// gonum runs on as many threads as GOMAXPROCS says. It starts goroutines, which
// would have to wait for another thread if the caller were locked to one: so it
// is called from a goroutine of its own.
func (p product) gonum(threads int) timed {
	trans := map[bool]blas.Transpose{false: blas.NoTrans, true: blas.Trans}
	stored := func(t bool, rows, cols, ld int, data []float32) blas32.General {
		if t {
			rows, cols = cols, rows
		}
		return blas32.General{Rows: rows, Cols: cols, Stride: ld, Data: data}
	}
	a, b := stored(p.transA, p.m, p.k, p.lda(), p.a), stored(p.transB, p.k, p.n, p.ldb(), p.b)
	c := blas32.General{Rows: p.m, Cols: p.n, Stride: p.n, Data: p.c}
	call := calls(func() { blas32.Gemm(trans[p.transA], trans[p.transB], 1, a, b, 0, c) })
	return func(warm, reps int) (time.Duration, error) {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(threads))
		var t time.Duration
		var wg sync.WaitGroup
		wg.Go(func() { t, _ = call(warm, reps) })
		wg.Wait()
		return t, nil
	}
}

// checker holds an output against the first one, and some of its elements
// against their value in float64. Whatever the order of its sums, an element is
// within (k+4)·2⁻²⁴·|A|·|B| of the exact one.
func (p product) checker() checker {
	q := p
	q.a, q.b, q.c = absolutes(p.a), absolutes(p.b), make([]float32, len(p.c))
	q.by(kernels.New(kernels.Default(), 0))
	bound := func(i int) float64 { return 1.001 * float64(p.k+4) * 0x1p-24 * float64(q.c[i]) }
	const samples = 997 // a prime, so that they spread over the columns
	exact := map[int]float64{}
	for s := range samples {
		i := s * len(p.c) / samples
		exact[i] = p.element(i/p.n, i%p.n)
	}
	return func(c, first []float32) error {
		if len(c) != len(p.c) {
			return fmt.Errorf("%d elements instead of %d", len(c), len(p.c))
		}
		for i, want := range exact {
			if d := math.Abs(float64(c[i]) - want); !(d <= bound(i)) {
				return fmt.Errorf("element (%d, %d) is %v and should be %v", i/p.n, i%p.n, c[i], want)
			}
		}
		for i, want := range first {
			if d := math.Abs(float64(c[i]) - float64(want)); !(d <= 2*bound(i)) {
				return fmt.Errorf("element (%d, %d) is %v, and %v for lanewise", i/p.n, i%p.n, c[i], want)
			}
		}
		return nil
	}
}

// element is an element of C, in float64.
func (p product) element(i, j int) float64 {
	rowA, alongA, rowB, alongB := i*p.lda(), 1, j, p.ldb()
	if p.transA {
		rowA, alongA = i, p.lda()
	}
	if p.transB {
		rowB, alongB = j*p.ldb(), 1
	}
	var sum float64
	for k := range p.k {
		sum += float64(p.a[rowA+k*alongA]) * float64(p.b[rowB+k*alongB])
	}
	return sum
}
