package kernels

import "github.com/lanewise/lanewise/internal/ref"

// chainSteps is the length of a chain, and so of a block of k: see [Engine.Gemm].
const chainSteps = ref.ChainSteps

// dotRows is how many rows of B a dots kernel takes at a time, and how many, and
// steps, there must be.
const dotRows = 8

// costs are the sizes and bounds that a set has found best for an element type:
// each stands in a row of the set, beside its tiles, with the processor that it
// was measured on. BenchmarkPlan measures them again.
type costs struct {
	tiles      []tileShape // the best for large products first
	packedTile int         // whose panels Pack makes

	// Blocks. A panel of B stays in the first-level cache, or the second, while the
	// panels of a block of A pass; with several blocks of A, all panels of a block
	// of B wait in the second or third.
	nc           int // columns at most
	blockA       int // elements of a block of A
	blocksA      int // of a block if A has several; 0: as many
	panelB       int // of a panel of B, within the first chain
	panelFewUses int // the same, if it is packed for at most packUses uses; 0: no less
	// Of a block of gathered windows that go along the panels, each of which is a step: a
	// long one has whole rows of them; 0: patchBlock.
	blockWindows int
	panelBlock   int // elements of B, packed before, that few rows go through, to and fro; 0: as many as a call takes
	call         int // multiply-adds of a call, or one tile: less than 100 µs

	// C of the next tile is fetched before a tile, for the second-level cache,
	fetchLeast int // if there are so many elements, which do not stay there anyway,
	fetchSteps int // and a tile has at most so many steps, no others to fetch it beside; 0: any

	// In place, or packed.
	packUses     int  // uses of a panel that do not pay for packing it
	aInPlace     bool // A is read in place unless its rows share sets of the caches
	bInPlaceUses int  // so is a panel of B up to so many uses
	bInCache     bool // so is a B whose panel stays in the first-level cache
	strict       bool // but no column of B is read that C does not have

	// Transposed products: costs in multiply-adds.
	move           float64 // of an element that is packed
	moveC          float64 // of an element of C that is transposed
	inPlaceGain    float64 // the share that a product with B in place saves
	transposeRows  int     // of C, at least
	transposeSteps int     // at least

	// Row by row. rowCols = 0: there is no such kernel.
	rowCols    int       // columns that parts are multiples of
	rowAlways  int       // rows that are made so always
	rowRules   []rowRule // for more
	rowDepth   int       // steps of a block, as rows of B are read side by side,
	rowBlock   int       // or more, if they are short: elements of B
	rowShared  int       // elements of B that rows of C share in the first-level cache
	rowsInCall int       // each of which may miss every cache
	dotMaxRows int       // rows of A at most for dots kernels; 0: there are none

	// Convolutions: costs in multiply-adds.
	planeChannels int     // of a transposed one that is made of planes, at most
	moveWindow    float64 // of an element of a window that is gathered; 0: none is direct
	moveApart     float64 // of an element of C that is scattered
	directCall    float64 // of a call of a direct one

	// Threads.
	leastWork    int     // multiply-adds that are worth another thread
	partEdge     float64 // what a row or column of a part costs a step besides its multiply-adds
	dividedTiles int     // of C, if A is patches, whose chains are divided rather than they; 0: fewer than threads
}

// A rowRule says that products of at most so many rows, not covered by the rule
// before, go row by row if they have at most so many steps and at least so many
// columns.
type rowRule struct{ rows, steps, cols int }

// A tileShape is what a plan knows of a tile: mr×nr, and the smaller heights and
// widths that it computes of a tile that C cuts, the largest first.
type tileShape struct {
	mr, nr           int
	heights, widths  []int
	least, leastCols int // a form of fewer takes as long as one of so many
	mostCols         int // of C, if the tile is for products of few; 0 is any
}

// area is how many elements are computed for m×n, or could be in the same time.
func (t *tileShape) area(m, n int) int {
	rows := roundedUp(m, t.mr, t.heights)
	if rest := rows % t.mr; 0 < rest && rest < t.least {
		rows += t.least - rest
	}
	cols := roundedUp(n, t.nr, t.widths)
	if t.nr < t.leastCols {
		cols = cols / t.nr * t.leastCols
	}
	return rows * cols
}

// roundedUp is n in wholes, the last of which may be one of the parts.
func roundedUp(n, whole int, parts []int) int {
	rest := n % whole
	if rest == 0 {
		return n
	}
	return n - rest + form(rest, whole, parts)
}

// form is the smallest of whole and parts that covers n.
func form(n, whole int, parts []int) int {
	least := whole
	for _, p := range parts {
		if p >= n {
			least = p
		}
	}
	return least
}

// rowStep and colStep are where the parts of a product may end.
func (t *tileShape) rowStep() int {
	if len(t.heights) == 0 {
		return t.mr
	}
	return 4
}

func (t *tileShape) colStep() int {
	if len(t.widths) == 0 {
		return t.nr
	}
	return 16
}
