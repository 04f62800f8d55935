//go:build race

package kernels

import (
	"os"
	"strings"
	"testing"
)

const raceEnabled = true

// races are calls that go wrong beside each other, and some that do not; each
// function is one goroutine.
var races = []struct {
	name string
	race bool
	a, b func(e *Engine)
}{
	{"two write", true,
		func(e *Engine) { e.Exp(shared[:50], other[:50]) },
		func(e *Engine) { e.Exp(shared[49:99], other[:50]) }},
	{"one reads", true,
		func(e *Engine) { e.Exp(shared[:50], other[:50]) },
		func(e *Engine) { e.Exp(own[:50], shared[49:99]) }},
	{"both read", false,
		func(e *Engine) { e.Exp(shared[:50], other[:50]) },
		func(e *Engine) { e.Exp(own[:50], other[:50]) }},
	{"a map's last source", true,
		func(e *Engine) { e.ExpGrad(own[:50], other[:50], shared[:50]) },
		func(e *Engine) { shared[49] = 1 }},
	{"noise", true,
		func(e *Engine) { e.Normal(shared[:50], Noise{}) },
		func(e *Engine) { shared[49] = 1 }},
	{"loss", true,
		func(e *Engine) { e.BCEWithLogits(own[:50], other[:50], shared[:50], 1) },
		func(e *Engine) { shared[49] = 1 }},
	{"kl of samples", true,
		func(e *Engine) { e.Reparameterize(5, own[:50], shared[:5], other[:50], other[50:100], Drawn(Noise{})) },
		func(e *Engine) { shared[4] = 1 }},
	{"kept noise", true,
		func(e *Engine) {
			e.Reparameterize(5, own[:50], nil, other[:50], other[50:100], Kept(shared[:50], Noise{}))
		},
		func(e *Engine) { shared[49] = 1 }},
	{"given noise", true,
		func(e *Engine) { e.Reparameterize(5, own[:50], nil, other[:50], other[50:100], Given(shared[:50])) },
		func(e *Engine) { shared[49] = 1 }},
	{"gradient's noise", true,
		func(e *Engine) {
			e.ReparameterizeGrad(own[:50], own[50:100], other[:50], other[:50], other[50:100], Given(shared[:50]), 1)
		},
		func(e *Engine) { shared[49] = 1 }},
	{"second gradient", true,
		func(e *Engine) {
			e.ReparameterizeGrad(own[:50], shared[:50], other[:50], other[:50], other[50:100], Drawn(Noise{}), 1)
		},
		func(e *Engine) { _ = shared[49] + sink() }},
	{"moments", true,
		func(e *Engine) { e.Adam(own[:50], own[50:100], shared[:50], other[:50], DefaultAdam(), 1) },
		func(e *Engine) { shared[49] = 1 }},
	{"sums", true,
		func(e *Engine) { e.ColumnSums(own[:10], shared[:100]) },
		func(e *Engine) { shared[99] = 1 }},
	{"A", true,
		func(e *Engine) { gemm32(e, false, false, 3, 3, 3, 1, shared[:30], 10, other, 3, 0, own, 3) },
		func(e *Engine) { shared[22] = 1 }},
	{"B", true,
		func(e *Engine) { gemm32(e, false, true, 3, 3, 3, 1, other, 3, shared[:30], 10, 0, own, 3) },
		func(e *Engine) { shared[22] = 1 }},
	{"C", true,
		func(e *Engine) { gemm32(e, false, false, 3, 3, 3, 1, other, 3, other, 3, 0, shared[:30], 10) },
		func(e *Engine) { shared[22] = 1 }},
	{"bias", true,
		func(e *Engine) { gemmBias(e, false, false, 3, 3, 3, other, 3, other, 3, shared[:3], ReLU, own, 3) },
		func(e *Engine) { shared[2] = 1 }},
	{"gaps in A, B and C", false,
		func(e *Engine) {
			gemm32(e, false, false, 3, 3, 3, 1, other, 3, other, 3, 0, shared[:30], 10)
			gemm32(e, false, false, 3, 3, 3, 1, shared[:30], 10, shared[:30], 10, 0, own, 3)
		},
		func(e *Engine) { gemm32(e, false, false, 3, 3, 3, 1, other, 3, other, 3, 0, shared[3:33], 10) }},
	{"what lies behind C and its mask", false,
		func(e *Engine) {
			mask := NewMatrix(shared, 3, 3)
			e.Gemm(NewMatrix(own, 3, 3), 1, NewMatrix(other, 3, 3), NewMatrix(other, 3, 3), 0, &Epilogue{Mask: mask})
			gemm32(e, false, false, 3, 3, 3, 1, other, 3, other, 3, 0, shared[9:], 3)
		},
		func(e *Engine) { shared[18] = 1 }},
	{"a bias by row", true,
		func(e *Engine) {
			e.Gemm(NewMatrix(own, 3, 3), 1, NewMatrix(other, 3, 3), NewMatrix(other, 3, 3), 0, &Epilogue{RowBias: shared[:3]})
		},
		func(e *Engine) { shared[2] = 1 }},
	{"mask", true,
		func(e *Engine) {
			e.Gemm(NewMatrix(own, 3, 3), 1, NewMatrix(other, 3, 3), NewMatrix(other, 3, 3), 0, &Epilogue{Mask: NewMatrix(shared, 3, 3)})
		},
		func(e *Engine) { shared[8] = 1 }},
	{"a packed B", true,
		func(e *Engine) {
			e.GemmPacked(NewMatrix(own, 3, 3), 1, NewMatrix(other, 3, 3), Packed{shared, 3, 3, e.Set().PackedWidth()}, 0, nil)
		},
		func(e *Engine) { shared[8] = 1 }},
	{"what is packed", true,
		func(e *Engine) { e.Pack(own, NewMatrix(shared, 3, 3)) },
		func(e *Engine) { shared[8] = 1 }},
	{"where it is packed", true,
		func(e *Engine) { e.Pack(shared, NewMatrix(other, 3, 3)) },
		func(e *Engine) { shared[8] = 1 }},
	{"gaps in what is packed", false,
		func(e *Engine) {
			e.Pack(own, view(false, 3, 3, shared, 10))
			e.Pack(own, view(true, 3, 3, shared, 10))
		},
		func(e *Engine) { shared[9] = 1 }},
	{"behind A, B and C", false,
		func(e *Engine) {
			gemm32(e, false, false, 3, 3, 3, 1, other, 3, other, 3, 0, shared, 10)
			gemm32(e, false, false, 3, 3, 3, 1, shared, 10, shared, 10, 0, own, 3)
		},
		func(e *Engine) { shared[23], shared[30], shared[199] = 1, 1, 1 }},
	{"A though alpha is 0", false,
		func(e *Engine) { gemm32(e, false, false, 3, 3, 3, 0, shared, 3, shared, 3, 0, own, 3) },
		func(e *Engine) { shared[2] = 1 }},
}

var shared, other, own = make([]float32, 200), make([]float32, 200), make([]float32, 200)

//go:noinline
func sink() float32 { return 0 }

// TestRacesShow has processes of its own in which goroutines race in assembly.
func TestRacesShow(t *testing.T) {
	if name := os.Getenv("LANEWISE_TEST_RACE"); name != "" {
		for _, c := range races {
			if c.name == name {
				done := make(chan bool)
				e, f := New(Default(), 1), New(Default(), 1)
				go func() { c.a(e); done <- true }()
				go func() { c.b(f); done <- true }()
				<-done
				<-done
			}
		}
		return
	}
	for _, r := range rows() {
		for _, c := range races {
			t.Run(r.name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				out, err := run(t, helper(t, "TestRacesShow", "LANEWISE_TEST_RACE="+c.name, "LANEWISE_ISA="+r.name))
				if seen := strings.Contains(out, "WARNING: DATA RACE"); seen != c.race || (err != nil) != c.race {
					t.Errorf("race reported: %v (%v), want %v\n%s", seen, err, c.race, out)
				}
			})
		}
	}
}
