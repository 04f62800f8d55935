package kernels

import (
	"reflect"
	"testing"
	"unsafe"
)

func expectNoAllocs(t *testing.T, e *Engine, what string, f func()) {
	t.Helper()
	// AllocsPerRun runs on one P; a first run warms up. Goroutines that have
	// ended are used again once there are enough of them.
	for range 2 {
		f()
	}
	evenWorkers(e.gemm32.workers)
	evenWorkers(e.gemm64.workers)
	evenWorkers(e.elements.workers)
	if got := testing.AllocsPerRun(5, f); got != 0 {
		t.Errorf("%v: %s allocates %v times", e, what, got)
	}
}

// evenWorkers gives each worker as much memory as any has grown to: it depends on the
// scheduler which of them comes to which part, and when.
func evenWorkers[W any](workers []W) {
	for i := range reflect.TypeFor[W]().NumField() {
		most := 0
		slice := func(w *W) (reflect.Value, bool) {
			f := reflect.ValueOf(w).Elem().Field(i)
			return reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem(), f.Kind() == reflect.Slice
		}
		for w := range workers {
			if s, ok := slice(&workers[w]); ok {
				most = max(most, s.Cap())
			}
		}
		for w := range workers {
			if s, ok := slice(&workers[w]); ok && s.Cap() < most {
				s.Set(reflect.MakeSlice(s.Type(), most, most))
			}
		}
	}
}
