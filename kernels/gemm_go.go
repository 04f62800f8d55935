package kernels

import (
	"math"

	"github.com/lanewise/lanewise/internal/ref"
)

const maxInt = math.MaxInt

// costsGo are those of the reference, which computes no more than there is, and may
// be preempted.
var costsGo = costs{
	tiles:  []tileShape{{mr: ref.Mr, nr: ref.Nr, heights: []int{3, 2, 1}}},
	strict: true,
	nc:     2048, blockA: 64 << 10, panelB: 7 << 10, call: 1 << 21,
	packUses: 4,
	move:     4, moveC: 20, transposeRows: 3, transposeSteps: 384,
	planeChannels: 3,
	leastWork:     1 << 17, partEdge: 10,
}

var (
	gemm32Go = tiles[float32]{costs: costsGo, run: []microKernel[float32]{ref.Gemm}}
	gemm64Go = tiles[float64]{costs: costsGo, run: []microKernel[float64]{ref.GemmFloat64}}
)
