package kernels

// Measured on Emerald Rapids (Xeon, 48 KiB and 2 MiB of cache a core), one thread: twice
// the FMAs of Zen 4 in a cycle, if their vectors are whole, with caches that are no
// faster. So there is no width of one vector and a half, chains of four rows take as long
// as those of one, and what is moved or fetched beside the FMAs counts for more. Planes of
// up to 6 channels are 1.1 to 5.4 times as fast as tiles, those of 8 0.9 to 1.1 times. A
// block of windows for a weight gradient may fill half of the second level.
var costs32AVX512Intel = costs{
	tiles: []tileShape{
		{mr: 12, nr: 32, heights: []int{8, 6, 4, 2, 1}, widths: []int{16}, least: 4},
		{mr: 24, nr: 8, heights: []int{20, 16, 8}, leastCols: 15, mostCols: 8},
	},
	nc: 2048, blockA: 224 << 10, blocksA: 60 << 10, panelB: 24 << 10, panelFewUses: 4 << 10, call: 1 << 21,
	blockWindows: 1 << 18,
	fetchLeast:   384 << 10, fetchSteps: 24,
	packUses: 4, aInPlace: true, bInPlaceUses: 80,
	move: 10, moveC: 6, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
	rowCols: 64, rowAlways: 1, rowRules: []rowRule{{3, 16, 192}, {maxInt, 4, 192}},
	rowDepth: 512, rowBlock: 1 << 15, rowShared: 1 << 13, rowsInCall: 512, dotMaxRows: 2,
	planeChannels: 6,
	leastWork:     1 << 17, partEdge: 6,
}

var costs64AVX512Intel = costs{
	tiles: []tileShape{{mr: 12, nr: 16, heights: []int{8, 6, 4, 2, 1}, widths: []int{8}, least: 4}},
	nc:    2048, blockA: 112 << 10, panelB: 12 << 10, panelFewUses: 2 << 10, call: 1 << 20,
	fetchLeast: 192 << 10, fetchSteps: 48,
	packUses: 4, aInPlace: true, bInPlaceUses: 80,
	move: 10, moveC: 6, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
	rowCols: 32, rowAlways: 1, rowRules: []rowRule{{3, 16, 96}, {maxInt, 4, 96}},
	rowDepth: 512, rowBlock: 1 << 14, rowShared: 1 << 12, rowsInCall: 512, dotMaxRows: 2,
	leastWork: 1 << 16, partEdge: 6,
}
