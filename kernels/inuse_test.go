package kernels

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const inUse = "kernels: an Engine is in use by another goroutine"

// allMethods are all methods of Engine that compute, as functions of arrays of at
// least allLength elements.
func allMethods() []method {
	const n = 64
	to64 := func(x []float32) []float64 {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = float64(v)
		}
		return y
	}
	conv := Convolution{4, 8, 8, 3, 3, 3, 8, 2, 2, 1, 0, 0, 1}
	nx, ny, nw := conv.lengths()
	return append(slices.Clone(methods),
		method{"Conv", 1, 2, true, func(e *Engine, o, i [][]float32) float64 {
			e.Conv(o[0][:ny], i[0][:nx], i[1][:nw], conv, nil)
			return 0
		}},
		method{"ConvTranspose", 1, 2, true, func(e *Engine, o, i [][]float32) float64 {
			e.ConvTranspose(o[0][:nx], i[0][:ny], i[1][:nw], conv, nil)
			return 0
		}},
		method{"ConvWeightGrad", 1, 2, true, func(e *Engine, o, i [][]float32) float64 {
			e.ConvWeightGrad(o[0][:nw], i[0][:nx], i[1][:ny], conv)
			return 0
		}},
		method{"ColumnSums", 1, 1, true, func(e *Engine, o, i [][]float32) float64 {
			e.ColumnSums(o[0][:n], i[0][:n*n])
			return 0
		}},
		method{"Gemm", 1, 2, true, func(e *Engine, o, i [][]float32) float64 {
			gemm32(e, false, true, n, n, n, 1, i[0], n, i[1], n, 0.5, o[0], n)
			return 0
		}},
		method{"Gemm with a bias", 1, 3, true, func(e *Engine, o, i [][]float32) float64 {
			gemmBias(e, false, false, n, n, n, i[0], n, i[1], n, i[2][:n], ReLU, o[0], n)
			return 0
		}},
		method{"GemmPacked", 1, 2, true, func(e *Engine, o, i [][]float32) float64 {
			p := Packed{i[1], n, n, e.set.PackedWidth()}
			e.GemmPacked(NewMatrix(o[0], n, n), 1, NewMatrix(i[0], n, n), p, 0.5, nil)
			return 0
		}},
		method{"Pack", 1, 1, true, func(e *Engine, o, i [][]float32) float64 {
			e.Pack(o[0], NewMatrix(i[0], n, n))
			return 0
		}},
		method{"Gemm64", 1, 2, true, func(e *Engine, o, i [][]float32) float64 {
			c := to64(o[0])
			defer func() { // after a panic too
				for j, v := range c {
					o[0][j] = float32(v)
				}
			}()
			gemm64(e, false, false, n, n, n, 1, to64(i[0]), n, to64(i[1]), n, 0.5, c, n)
			return 0
		}},
	)
}

const allLength = 2*chunk + 64

// A use is one call of a method and what it gives.
type use struct {
	method
	in, out [][]float32 // before the call
	want    [][]float32
	sum     float64
}

func uses(s Set) []use {
	rng := rand.New(rand.NewPCG(31, 32))
	e := New(s, 1)
	var us []use
	for _, m := range allMethods() {
		u := use{method: m, in: arrays(rng, m.in, allLength), out: arrays(rng, m.out, allLength)}
		u.want = clones(u.out)
		u.sum = m.call(e, u.want, u.in)
		us = append(us, u)
	}
	return us
}

// on calls the method on e. It tells whether it ran, and what is wrong: a result,
// a panic with another text, or one after something was written.
func (u *use) on(e *Engine) (ran bool, err error) {
	got := clones(u.out)
	defer func() {
		if p := recover(); p == inUse {
			err = differ(u.name, got, u.out)
		} else if p != nil {
			err = fmt.Errorf("%s: panic %v", u.name, p)
		}
	}()
	sum := u.call(e, got, u.in)
	if !sameT(sum, u.sum) {
		return true, fmt.Errorf("%s: returned %v, want %v", u.name, sum, u.sum)
	}
	return true, differ(u.name, got, u.want)
}

func differ(what string, got, want [][]float32) error {
	for k := range got {
		for i := range got[k] {
			if !same(got[k][i], want[k][i]) {
				return fmt.Errorf("%s: out[%d][%d] = %v, want %v", what, k, i, got[k][i], want[k][i])
			}
		}
	}
	return nil
}

// TestInUse calls every method of an engine that is in use, and again when it is
// not.
func TestInUse(t *testing.T) {
	all := allMethods()
	for e, i := reflect.TypeFor[*Engine](), 0; i < e.NumMethod(); i++ {
		name := e.Method(i).Name
		if name != "Set" && name != "Threads" && name != "String" && name != "Each" && // see TestEach
			!slices.ContainsFunc(all, func(m method) bool { return m.name == name }) {
			t.Errorf("%s is not tried", name)
		}
	}
	for _, r := range testRows(t) {
		us := uses(Set{r})
		for _, threads := range []int{1, 2} {
			e := New(Set{r}, threads)
			for i := range us {
				e.enter()
				if ran, err := us[i].on(e); ran || err != nil {
					t.Errorf("%v: in use: %s ran: %v, %v", e, us[i].name, ran, err)
				}
				e.leave()
				if ran, err := us[i].on(e); !ran || err != nil {
					t.Errorf("%v: not in use: %s ran: %v, %v", e, us[i].name, ran, err)
				}
			}
		}
	}
}

// TestTwoGoroutinesInOneEngine has them call all methods side by side: a call
// either panics and has written nothing, or its results are right.
func TestTwoGoroutinesInOneEngine(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0))))
	for _, r := range testRows(t) {
		us := uses(Set{r})
		for _, threads := range []int{1, 2} {
			e := New(Set{r}, threads)
			end := time.Now().Add(200 * time.Millisecond)
			var both sync.WaitGroup
			var ran, panicked atomic.Int64
			for _, step := range []int{1, len(us) - 1} { // forwards and backwards, so that all pairs meet
				both.Go(func() {
					for i := 0; time.Now().Before(end); i = (i + step) % len(us) {
						ok, err := us[i].on(e)
						if err != nil {
							t.Errorf("%v: %v", e, err)
						}
						if ok {
							ran.Add(1)
						} else {
							panicked.Add(1)
						}
					}
				})
			}
			both.Wait()
			t.Logf("%v: %d calls ran, %d panicked", e, ran.Load(), panicked.Load())
			for i := range us {
				if ok, err := us[i].on(e); !ok || err != nil {
					t.Errorf("%v: afterwards: %s ran: %v, %v", e, us[i].name, ok, err)
				}
			}
		}
	}
}
