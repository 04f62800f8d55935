package kernels

// Bounds of rows, of what is read in place and of parts are from Zen 3 (EPYC, 32 KiB and
// 512 KiB of cache a core), one thread; forms, their least rows, blocks for chains of 512
// steps, what it costs to move an element, and that two rows go by tiles, from Zen 4, and so
// are blocks of windows, which gain 5 to 10 %, and costs of direct convolutions, which gain up
// to 18 %, transposed ones 28 to 45 %, gradients of weights 7 to 26 %. Blocks of packed panels
// (Zen 4) gain a row or two 2 to 14 % where B is larger than a cache.
var costs32AVX2 = costs{
	tiles: []tileShape{
		{mr: 6, nr: 16, heights: []int{4, 2}, least: 5},
		{mr: 4, nr: 24, heights: []int{3, 2, 1}, least: 3},
		{mr: 12, nr: 8, heights: []int{8}, mostCols: 8},
	},
	packedTile: 1, panelBlock: 96 << 10,
	nc: 2048, blockA: 80 << 10, panelB: 25 << 8, call: 1 << 21,
	packUses: 4, bInCache: true,
	move: 4, moveC: 8, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
	rowCols: 32, rowAlways: 1, rowRules: []rowRule{{16, 16, 32}, {maxInt, 8, 96}},
	rowDepth: 16, rowBlock: 1 << 12, rowShared: 1 << 13, rowsInCall: 512, dotMaxRows: 2,
	planeChannels: 3, blockWindows: 1 << 18, moveWindow: 6, moveApart: 20, directCall: 1500,
	leastWork: 1 << 17, partEdge: 10,
}

var costs64AVX2 = costs{
	tiles: []tileShape{{mr: 6, nr: 8, heights: []int{4, 2, 1}, least: 4}},
	nc:    2048, blockA: 40 << 10, panelB: 7 << 9, call: 1 << 20,
	packUses: 4, bInCache: true,
	move: 4, moveC: 8, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
	rowCols: 16, rowAlways: 2, rowRules: []rowRule{{16, 16, 32}, {maxInt, 8, 48}},
	rowDepth: 16, rowBlock: 1 << 11, rowShared: 1 << 12, rowsInCall: 512, dotMaxRows: 2,
	leastWork: 1 << 16, partEdge: 10,
}
