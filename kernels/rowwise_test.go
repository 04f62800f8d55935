package kernels

import "testing"

// TestRowwiseCallsAreShort: a goroutine cannot be stopped in assembly.
func TestRowwiseCallsAreShort(t *testing.T) {
	for _, r := range testRows(t) {
		if r.gemm.row == nil {
			continue
		}
		e := New(Set{r}, 1)
		row, calls := *r.gemm.row, 0
		row.run = func(k int, a *float32, ai, as, ap int, b *float32, bs, bp int, c *float32, ldc int, bias, mask *float32, m, n, mode int) {
			if calls++; m > rowwiseMost || m*n*k > rowwiseCall {
				t.Errorf("%s: a call of %d rows, %d columns and %d steps", r.name, m, n, k)
			}
		}
		e.gemm32.tiles.row = &row
		for _, s := range [][3]int{{2000, 33, 1}, {2000, 700, 8}, {1, 3000, 50}} {
			m, n, k := s[0], s[1], s[2]
			e.Gemm(false, false, m, n, k, 1, make([]float32, m*k), k, make([]float32, k*n), n, 0, make([]float32, m*n), n)
		}
		if calls < 4+6+8 {
			t.Errorf("%s: %d calls", r.name, calls)
		}
	}
}
