package main

// tiles are the GEMM micro-kernels: as many accumulators as the registers allow
// beside a row of B and a few registers for A. A smaller height or width is here if
// BenchmarkTiles shows that it takes less time than the next larger one; of one or two
// rows, which wait for the latency of FMAs, 24 columns of avx512 do not.
var tiles = map[*isa][]tileShape{
	avx2: {
		{elem: f32, mr: 6, nr: 16, heights: []int{4, 2}},
		{elem: f32, mr: 4, nr: 24, heights: []int{3, 2, 1}},
		{elem: f32, mr: 12, nr: 8, heights: []int{8}},
		{elem: f64, mr: 6, nr: 8, heights: []int{4, 2, 1}},
	},
	avx512: {
		{elem: f32, mr: 12, nr: 32, heights: []int{9, 8, 6, 4, 2, 1}, widths: []int{24, 16}, pairs: true},
		{elem: f32, mr: 24, nr: 8, heights: []int{20, 16, 8}},
		{elem: f64, mr: 12, nr: 16, heights: []int{8, 6, 4, 2, 1}, widths: []int{12, 8}},
	},
	neonSet: {
		{elem: f32, mr: 6, nr: 16},
		{elem: f32, mr: 4, nr: 24},
		{elem: f64, mr: 6, nr: 8},
	},
}

// packings are what packs panels of those tiles' shapes, the widest first; heights
// of transposes that are no panel's make them up.
var packings = map[*isa][]packing{
	avx2: {
		{f32, []int{24, 16, 12, 8, 6, 4}, []int{16, 8, 6, 4}, 4},
		{f64, []int{8, 6, 4}, []int{8, 6, 4}, 4},
	},
	avx512: {
		{f32, []int{32, 16, 12, 8, 4}, []int{16, 12, 8, 4}, 4},
		{f64, []int{16, 12, 8, 4}, []int{12, 8, 4}, 4},
	},
	neonSet: {
		{f32, []int{24, 16, 6, 4}, []int{8, 6, 4}, 4},
		{f64, []int{8, 6, 4}, []int{8, 6, 4}, 4},
	},
}
