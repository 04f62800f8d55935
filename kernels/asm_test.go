package kernels

import (
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/trace"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestAssemblyLeavesReservedRegisters reads the assembly: no function touches what
// belongs to others, the frame pointer (which is not restored for functions
// without a frame), the stack pointer (but to find local variables), the control
// register of floating point, and on arm64 the registers of the platform, the
// linker and the goroutine.
func TestAssemblyLeavesReservedRegisters(t *testing.T) {
	for _, arch := range []struct {
		name, bad, before string // what must come before RET
	}{
		{"amd64", `\b(BP|BPL|SP|LDMXCSR|VLDMXCSR|FXRSTOR|XRSTOR|EMMS|CALL)\b`, "VZEROUPPER"},
		{"arm64", `\b(R18|R2[6-9]|R30|g|RSP|LR|MSR|MRS|CALL|BL|SVC)\b`, ""},
	} {
		files, err := filepath.Glob("asm/*_" + arch.name + ".s")
		if err != nil || len(files) == 0 {
			t.Skip("no source here")
		}
		bad, local, header := regexp.MustCompile(arch.bad), regexp.MustCompile(`(?:^| )(\d*)\(SP\)`), regexp.MustCompile(`NOSPLIT, \$(\d{1,3})-`)
		for _, name := range files {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			function, functions, frame, ready := "", 0, 0, false
			for i, line := range strings.Split(string(text), "\n") {
				code, comment, _ := strings.Cut(line, "//")
				code = strings.TrimSpace(code)
				if strings.HasPrefix(code, "TEXT ") {
					function = code
					functions++
					if m := header.FindStringSubmatch(code); m != nil {
						frame, _ = strconv.Atoi(m[1])
					} else {
						t.Errorf("%s:%d: not a small frame without a split: %s", name, i+1, code)
					}
					continue
				}
				for _, m := range local.FindAllStringSubmatch(code, -1) {
					if at, _ := strconv.Atoi(m[1]); at+8 > frame {
						t.Errorf("%s:%d: beyond a frame of %d bytes: %s", name, i+1, frame, code)
					}
				}
				if m := bad.FindString(local.ReplaceAllString(code, "")); m != "" && function != "" {
					t.Errorf("%s:%d: %s: %s", name, i+1, m, code)
				}
				if w, ok := strings.CutPrefix(code, "WORD $"); ok && !isVectorWord(w) {
					t.Errorf("%s:%d: not on vector registers: %s %s", name, i+1, code, comment)
				}
				switch code {
				case arch.before:
					ready = true
				case "RET":
					if !ready && arch.before != "" {
						t.Errorf("%s:%d: returns without %s", name, i+1, arch.before)
					}
					ready = false
				}
			}
			if functions < 20 {
				t.Errorf("%s: found %d functions", name, functions)
			}
		}
	}
}

// isVectorWord tells whether an instruction of arm64 is one of three or two
// vector registers, or of one and an element, and thus of no others.
func isVectorWord(hex string) bool {
	w, err := strconv.ParseUint(hex, 0, 32)
	const copies = 0x70 // between vector and general registers, too
	return err == nil && w>>31 == 0 && w>>28&1 == 0 && w>>25&7 == 7 && w>>21&0xff != copies
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
				gemm32(e, false, true, 50, 50, 100, 1, x, 100, x, 100, 0, y, 50)
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
