package kernels

// Not measured: sizes are those of avx2, for first-level caches of 32 KiB and more.
var costs32NEON = costs{
	tiles: []tileShape{
		{mr: 6, nr: 16},
		{mr: 4, nr: 24},
		{mr: 1, nr: 64, mostRows: 2},
	},
	packedTile: 1,
	nc:         2048, blockA: 80 << 10, panelB: 25 << 8, call: 1 << 19,
	packUses: 4, bInCache: true,
	move: 4, moveC: 8, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 384,
	planeChannels: 1,
	leastWork:     1 << 17, partEdge: 10,
}

var costs64NEON = costs{
	tiles: []tileShape{{mr: 6, nr: 8}},
	nc:    2048, blockA: 40 << 10, panelB: 7 << 9, call: 1 << 18,
	packUses: 4, bInCache: true,
	move: 4, moveC: 8, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 384,
	leastWork: 1 << 16, partEdge: 10,
}
