package kernels

import (
	"math/rand/v2"
	"reflect"
	"testing"
	"unsafe"
)

// TestEnginesKeepNothing: what an engine reaches after a call, through its fields, is none of
// the caller's memory, which can be collected.
func TestEnginesKeepNothing(t *testing.T) {
	direct := Convolution{2, 10, 12, 3, 4, 4, 32, 2, 2, 1, 1, 1, 1}
	nx, ny, nw := direct.lengths()
	rng := rand.New(rand.NewPCG(41, 42))
	all := append(allMethods(),
		method{name: "direct Conv", out: 1, in: 3, call: func(e *Engine, o, i [][]float32) float64 {
			e.Conv(o[0][:ny], i[0][:nx], i[1][:nw], direct, &Epilogue{Bias: i[2][:32]})
			return 0
		}},
		method{name: "direct ConvTranspose", out: 1, in: 2, call: func(e *Engine, o, i [][]float32) float64 {
			e.ConvTranspose(o[0][:nx], i[0][:ny], i[1][:nw], direct, nil)
			return 0
		}},
		method{name: "direct ConvWeightGrad", out: 1, in: 2, call: func(e *Engine, o, i [][]float32) float64 {
			e.ConvWeightGrad(o[0][:nw], i[0][:nx], i[1][:ny], direct)
			return 0
		}},
		method{name: "Gemm of chains", out: 1, in: 2, call: func(e *Engine, o, i [][]float32) float64 {
			e.Gemm(NewMatrix(o[0][:16], 4, 4), 1, NewMatrix(i[0][:16000], 4, 4000), NewMatrix(i[1][:16000], 4000, 4), 0, nil)
			return 0
		}})
	for _, r := range testRows(t) {
		always := *r
		always.gemm32.moveWindow = 1e12
		for _, e := range []*Engine{New(Set{r}, 1), New(Set{r}, 2), New(Set{&always}, 1), New(Set{&always}, 2)} {
			for _, m := range all {
				out, in := arrays(rng, m.out, max(allLength, nx, ny)), arrays(rng, m.in, max(allLength, nx, ny))
				m.call(e, out, in)
				k := search{seen: map[unsafe.Pointer]bool{}, arrays: append(out, in...)}
				if path := k.find(reflect.ValueOf(e), "e"); path != "" {
					t.Errorf("%v: after %s, %s is the caller's", e, m.name, path)
				}
			}
		}
	}
}

// A search looks for arrays.
type search struct {
	arrays [][]float32
	seen   map[unsafe.Pointer]bool
}

// find is the path to the first part of v that lies in one of the arrays, or "".
func (k *search) find(v reflect.Value, path string) string {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice:
		if v.IsNil() {
			return ""
		}
		p := v.UnsafePointer()
		for _, x := range k.arrays {
			if at := uintptr(p) - uintptr(unsafe.Pointer(&x[0])); at < uintptr(len(x))*unsafe.Sizeof(x[0]) {
				return path
			}
		}
		if v.Kind() == reflect.Pointer && !k.seen[p] {
			k.seen[p] = true
			return k.find(v.Elem(), path)
		}
		if v.Kind() == reflect.Slice && v.Type().Elem().Kind() >= reflect.Array { // not of numbers
			for i := range v.Len() {
				if found := k.find(v.Index(i), path+"[]"); found != "" {
					return found
				}
			}
		}
	case reflect.Interface:
		if !v.IsNil() {
			return k.find(v.Elem(), path)
		}
	case reflect.Array:
		for i := range v.Len() {
			if found := k.find(v.Index(i), path+"[]"); found != "" {
				return found
			}
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if found := k.find(v.Field(i), path+"."+v.Type().Field(i).Name); found != "" {
				return found
			}
		}
	}
	return ""
}
