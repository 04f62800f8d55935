package kernels

import (
	"slices"
	"testing"
)

// blockShapes are m, n, k beside every bound of the plans of all sets, and every
// tile, with the other two small.
func blockShapes(t testing.TB) [][3]int {
	shapes := [][3]int{{1, 2*chunk + 5, 1}, {1, 1, 1}, {1, 1, 3000}, {2, 3, 0}, {5, 1, 2}, {1, 7, 2}, {5, 1, 38*chainSteps + 1}}
	near := func(n int, f func(n int) [3]int) {
		for d := -1; d <= 1; d++ {
			shapes = append(shapes, f(n+d))
		}
	}
	for _, k := range []int{chainSteps, 2 * chainSteps} {
		near(k, func(k int) [3]int { return [3]int{7, 19, k} })
		near(k, func(k int) [3]int { return [3]int{1, 67, k} })
		near(k, func(k int) [3]int { return [3]int{25, 5, k} })
	}
	for _, k := range []int{dotRows - 1, dotRows, 403, 8201} { // a few rows
		shapes = append(shapes, [3]int{1, 67, k}, [3]int{1, 93, k}, [3]int{2, 8, k}, [3]int{2, 15, k})
	}
	shapes = append(shapes, [3]int{1, 9, 40_000}, [3]int{2, 17, 9_001}, // a part of one row of B
		[3]int{12, 32, 2100}, [3]int{3, 9, 10_500}) // chains divided among threads
	for _, c := range testCosts(t) {
		near(c.blockA/chainSteps, func(m int) [3]int { return [3]int{m, 5, chainSteps} })
		for _, tile := range c.tiles { // blocks of the first chain
			near(min(chainSteps, c.panelB/tile.nr/8*8), func(k int) [3]int { return [3]int{7, 5, k} })
		}
		near(c.nc, func(n int) [3]int { return [3]int{3, n, 2} })
		shapes = append(shapes, [3]int{40, 64, 8}, [3]int{40, 64, 7}, [3]int{c.transposeRows, 70, 33}) // transposed, and not
		for _, rule := range c.rowRules {                                                              // row by row, and not
			m := min(rule.rows, 40)
			near(rule.cols, func(n int) [3]int { return [3]int{m, n, rule.steps} })
			near(rule.steps, func(k int) [3]int { return [3]int{m, rule.cols, k} })
			shapes = append(shapes, [3]int{m + 1, rule.cols, rule.steps}, [3]int{m, c.rowShared/rule.steps + 1, rule.steps / 2})
		}
		if c.rowCols > 0 {
			shapes = append(shapes, [3]int{2, c.nc + 1, 2*c.rowDepth + 1}, [3]int{1 + c.rowsInCall, 100, 4}, [3]int{1000, 100, 4}, [3]int{2, 3000, 100})
		}
		if c.panelBlock > 0 {
			for m := range 4 {
				shapes = append(shapes, [3]int{1 + m, c.panelBlock / 200, 2*chainSteps + 1})
			}
		}
		for _, tile := range c.tiles {
			near(tile.mr, func(m int) [3]int { return [3]int{m, tile.nr + 1, 11} })
			near(3*tile.mr, func(m int) [3]int { return [3]int{m, tile.nr, 6} })
			near(2*tile.nr, func(n int) [3]int { return [3]int{tile.mr + 1, n, 5} })
		}
		if !brief() {
			shapes = append(shapes, [3]int{c.blockA/chainSteps + 1, 50, 2*chainSteps + 1}) // two kinds of block at once
			if !goAlone() {
				shapes = append(shapes, [3]int{1500, c.nc + 1, 2}) // huge
			}
		}
	}
	slices.SortFunc(shapes, func(a, b [3]int) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(shapes)
}

// testCosts are those of all sets and element types.
func testCosts(t testing.TB) (cs []*costs) {
	for _, r := range testRows(t) {
		cs = append(cs, &r.gemm32.costs, &r.gemm64.costs)
	}
	return cs
}
