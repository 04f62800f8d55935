package kernels

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"unsafe"
)

// TestScratchIsEnough makes convolutions and products again once every slice that the engine
// has grown is NaN and lies right before a guard page: no kernel reads or writes beyond one,
// and nothing that was there before reaches a result.
func TestScratchIsEnough(t *testing.T) {
	rng := rand.New(rand.NewPCG(43, 44))
	for _, r := range testRows(t) {
		direct, gathered := *r, *r
		direct.gemm32.planeChannels, direct.gemm32.moveWindow = 0, 1e12
		gathered.gemm32.planeChannels, gathered.gemm32.moveWindow = 0, 0
		for i, row := range []*row{&direct, &gathered, r} {
			for n, g := range convolutions() {
				nx, ny, nw := g.lengths()
				if brief() && (i > 0 && n%3 != i || ny*nw > 1<<21*g.Filters) {
					continue
				}
				x := arrays(rng, 1, max(nx, ny, nw))[0]
				twice(t, row, ny, func(e *Engine, dst []float32) { e.Conv(dst, x[:nx], x[:nw], g, nil) })
				twice(t, row, nx, func(e *Engine, dst []float32) { e.ConvTranspose(dst, x[:ny], x[:nw], g, nil) })
				twice(t, row, nw, func(e *Engine, dst []float32) { e.ConvWeightGrad(dst, x[:nx], x[:ny], g) })
			}
		}
		for _, s := range [][3]int{{7, 33, 5}, {13, 17, 700}, {1, 50, 1100}, {2, 39, 520}, {3, 100, 31}, {300, 7, 9}, {33, 300, 40}} {
			m, n, k := s[0], s[1], s[2]
			x := arrays(rng, 1, max(m*k, k*n))[0]
			transposes(func(transA, transB bool) {
				a, b := view(transA, m, k, x[:m*k], columns(transA, m, k)), view(transB, k, n, x[:k*n], columns(transB, k, n))
				for _, alpha := range []float32{1, 0.5} {
					twice(t, r, m*n, func(e *Engine, dst []float32) { e.Gemm(NewMatrix(dst, m, n), alpha, a, b, 0, nil) })
				}
			})
		}
	}
}

// twice makes dst, and again in guarded scratch.
func twice(t *testing.T, r *row, n int, run func(e *Engine, dst []float32)) {
	t.Helper()
	e, first, second := New(Set{r}, 1), make([]float32, n), make([]float32, n)
	run(e, first)
	guardScratch(t, reflect.ValueOf(e).Elem())
	run(e, second)
	for i := range first {
		if !sameBits(first[i], second[i]) {
			t.Fatalf("%v: element %d is %v, and in guarded memory %v", e, i, first[i], second[i])
		}
	}
}

// guardScratch replaces all slices of float32 that v has, except behind pointers.
func guardScratch(t *testing.T, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			guardScratch(t, v.Field(i))
		}
	case reflect.Slice:
		if x, ok := reflect.NewAt(v.Type(), unsafe.Pointer(v.UnsafeAddr())).Interface().(*[]float32); ok {
			if n := cap(*x); n > 0 {
				*x = garbage(guarded(t, n, true))
			}
			return
		}
		if v.Type().Elem().Kind() == reflect.Struct {
			for i := range v.Len() {
				guardScratch(t, v.Index(i))
			}
		}
	}
}
