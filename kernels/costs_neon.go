package kernels

// Not measured: sizes are those of avx2, for first-level caches of 32 KiB and more.
var costs32NEON = costs{
	tiles: []tileShape{
		{mr: 6, nr: 16},
		{mr: 4, nr: 24},
	},
	packedTile: 1,
	nc:         2048, blockA: 80 << 10, panelB: 25 << 8, call: 1 << 19,
	packUses: 4, bInCache: true,
	move: 4, moveC: 8, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 384,
	rowCols: 32, rowAlways: 1, rowRules: []rowRule{{16, 16, 32}, {maxInt, 8, 96}},
	rowDepth: 16, rowBlock: 1 << 12, rowShared: 1 << 13, rowsInCall: 512, dotMaxRows: 2,
	planeChannels: 1,
	leastWork:     1 << 17, partEdge: 10,
}

var costs64NEON = costs{
	tiles: []tileShape{{mr: 6, nr: 8}},
	nc:    2048, blockA: 40 << 10, panelB: 7 << 9, call: 1 << 18,
	packUses: 4, bInCache: true,
	move: 4, moveC: 8, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 384,
	rowCols: 16, rowAlways: 2, rowRules: []rowRule{{16, 16, 32}, {maxInt, 8, 48}},
	rowDepth: 16, rowBlock: 1 << 11, rowShared: 1 << 12, rowsInCall: 512, dotMaxRows: 2,
	leastWork: 1 << 16, partEdge: 10,
}
