package kernels

import (
	"slices"
	"testing"
	"unsafe"
)

// TestPanelsToAndFro: products by panels go through the blocks of B from one end to the other,
// and the next one back.
func TestPanelsToAndFro(t *testing.T) {
	const k, blocks = 10, 5
	for _, r := range testRows(t) {
		set := *r
		tile := set.gemm32.packedTile
		m, n := set.gemm32.packedShape().mr, 2*set.gemm32.packedShape().nr*blocks
		set.gemm32.panelBlock = n * k / blocks
		e := New(Set{&set}, 1)
		p := e.Pack(nil, NewMatrix(make([]float32, k*n), k, n))
		var order []int
		set.gemm32.run = slices.Clone(set.gemm32.run)
		set.gemm32.run[tile] = func(_ int, _ *float32, _, _, _ int, b *float32, _, _ int, _ *float32, _ int, _, _ *float32, _, _, _ int) {
			at := int(uintptr(unsafe.Pointer(b))-uintptr(unsafe.Pointer(&p.Data[0]))) / 4
			order = append(order, at*blocks/len(p.Data))
		}
		a, c := NewMatrix(make([]float32, m*k), m, k), NewMatrix(make([]float32, m*n), m, n)
		for _, want := range [][]int{{4, 3, 2, 1, 0}, {0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}} {
			order = order[:0]
			if e.GemmPacked(c, 1, a, p, 0, nil); !slices.Equal(order, want) {
				t.Errorf("%v: blocks %v, want %v", e, order, want)
			}
		}
	}
}
