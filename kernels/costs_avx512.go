package kernels

// Measured on Zen 4 (EPYC, 32 KiB and 1 MiB of cache a core), one thread. A and B are
// read from the second level: a step of 12×32 takes 24 cycles for 176 bytes. What
// counts is to pack little, and to pass C seldom. A single block of A may nearly fill
// the second level, as B is then packed once and used at once; of several, smaller ones
// leave room for C and for the panels of B that come back. Planes of up to 4 channels are
// 1.1 to 4.2 times as fast as tiles, those of 5 and 6 0.8 to 1.5 times. Blocks of 2^18
// elements of windows gain 6 to 19 % in weight gradients of 32 channels and more. On two
// threads, those of one channel gain 60 to 90 % if chains are divided, which halves what a
// thread reads, of 43 tiles 10 %, of 96 they lose 6 %. The form of nine rows is for windows
// of 3×3 pixels. Direct convolutions gain up to 20 %, transposed ones 25 to 65 %, gradients
// of weights 4 to 17 %, on two threads up to 50 %. A row or two times packed panels that the
// second level nearly holds, or does not, gain 4 to 8 % in blocks of 2^16 to 2^17 elements, to
// and fro; more rows nothing.
var costs32AVX512 = costs{
	tiles: []tileShape{
		{mr: 12, nr: 32, heights: []int{9, 8, 6, 4, 2, 1}, widths: []int{24, 16}, least: 2},
		{mr: 24, nr: 8, heights: []int{20, 16, 8}, mostCols: 8},
	},
	nc: 2048, blockA: 224 << 10, blocksA: 60 << 10, panelB: 24 << 10, call: 1 << 21,
	panelBlock: 128 << 10,
	packUses:   4, aInPlace: true, bInPlaceUses: 64,
	move: 4, moveC: 8, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
	rowCols: 64, rowAlways: 1, rowRules: []rowRule{{3, 16, 192}, {maxInt, 4, 192}},
	rowDepth: 512, rowBlock: 1 << 15, rowShared: 1 << 13, rowsInCall: 512, dotMaxRows: 2,
	planeChannels: 4, blockWindows: 1 << 18, moveWindow: 8, moveApart: 20, directCall: 1500,
	leastWork: 1 << 17, partEdge: 6, dividedTiles: 48,
}

var costs64AVX512 = costs{
	tiles: []tileShape{{mr: 12, nr: 16, heights: []int{8, 6, 4, 2, 1}, widths: []int{12, 8}, least: 2}},
	nc:    2048, blockA: 112 << 10, panelB: 12 << 10, call: 1 << 20,
	packUses: 4, aInPlace: true, bInPlaceUses: 64,
	move: 5, moveC: 8, inPlaceGain: 0.03, transposeRows: 3, transposeSteps: 8,
	rowCols: 32, rowAlways: 1, rowRules: []rowRule{{3, 16, 96}, {maxInt, 4, 96}},
	rowDepth: 512, rowBlock: 1 << 14, rowShared: 1 << 12, rowsInCall: 512, dotMaxRows: 2,
	leastWork: 1 << 16, partEdge: 6,
}
