package kernels

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/trace"
	"strings"
	"testing"
	"time"
)

// TestAssemblyKeepsItsHandsOff reads the assembly: no function touches the
// frame pointer (with no frame of its own nobody would restore it), the stack
// pointer, or the control register of floating point.
func TestAssemblyKeepsItsHandsOff(t *testing.T) {
	files, err := filepath.Glob("asm/*_amd64.s")
	if err != nil || len(files) == 0 {
		t.Skip("no source here")
	}
	bad := regexp.MustCompile(`\b(BP|BPL|SP|LDMXCSR|VLDMXCSR|FXRSTOR|XRSTOR|EMMS|CALL)\b`)
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		function, frames, cleared := "", 0, false
		for i, line := range strings.Split(string(text), "\n") {
			code, _, _ := strings.Cut(line, "//")
			if strings.HasPrefix(code, "TEXT ") {
				function = code
				frames++
				if !strings.Contains(code, "NOSPLIT, $0-") {
					t.Errorf("%s:%d: a frame: %s", name, i+1, code)
				}
				continue
			}
			if m := bad.FindString(code); m != "" && function != "" {
				t.Errorf("%s:%d: %s: %s", name, i+1, m, strings.TrimSpace(code))
			}
			switch strings.TrimSpace(code) {
			case "VZEROUPPER":
				cleared = true
			case "RET":
				if !cleared {
					t.Errorf("%s:%d: returns without VZEROUPPER", name, i+1)
				}
				cleared = false
			}
		}
		if frames < 20 {
			t.Errorf("%s: found %d functions", name, frames)
		}
	}
}

// TestStacksUnwindAroundKernels runs kernels while the collector moves stacks,
// the tracer follows frame pointers, and signals hit them in the middle; and
// asks after each whether Go still computes with subnormals, rounding to
// nearest.
func TestStacksUnwindAroundKernels(t *testing.T) {
	if err := trace.Start(io.Discard); err == nil { // not if -trace has it
		defer trace.Stop()
	}
	stop := make(chan bool)
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
			}
		}
	}()
	defer close(stop)
	limit := 300 * time.Millisecond
	if brief() {
		limit = 50 * time.Millisecond
	}
	for _, r := range testRows(t) {
		e := New(Set{r}, 3)
		x, y := make([]float32, 2*chunk), make([]float32, 2*chunk)
		for i := range x {
			x[i] = math.SmallestNonzeroFloat32 * float32(i)
		}
		for end := time.Now().Add(limit); time.Now().Before(end); {
			deeper(20, func() {
				e.Exp(y, x)
				e.Tanh(y, x)
				if !same(y[3], x[3]) {
					t.Fatalf("%v: tanh(%v) = %v", e, x[3], y[3])
				}
				e.Gemm(false, true, 50, 50, 100, 1, x, 100, x, 100, 0, y, 50)
				// On bits: comparisons may take subnormals for 0, too.
				tiny, three := opaque(0x1p-126), opaque(3)
				if !same(tiny/2, 0x1p-127) || !same(1/three, 0x1.555556p-2) || !same(-1/three, -0x1.555556p-2) {
					t.Fatalf("%v: left floating point in another mode", e)
				}
				trace.Log(t.Context(), "kernel", "done") // a stack by frame pointers
				var pcs [64]uintptr
				if n := runtime.Callers(0, pcs[:]); n < 24 {
					t.Fatalf("%v: a stack of %d frames", e, n)
				}
			})
		}
	}
}

//go:noinline
func opaque(x float32) float32 { return x }

//go:noinline
func deeper(n int, f func()) {
	var frame [64]byte // so that the stack grows and is moved
	frame[n] = 1
	if n == 0 {
		f()
	} else {
		deeper(n-1, f)
	}
	runtime.KeepAlive(&frame)
}
