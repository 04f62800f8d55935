package kernels

// A divided product has its chains divided among threads, for C has few tiles, or each
// would read all of B. Chains other than the first wait in memory of their own, a bounded
// number at a time, until they are added in order.
type divided[T Float] struct {
	first, count int // chains under way
	sums         []T
}

// dividedSums is how many elements of C may wait.
const dividedSums = 1 << 18

func (g *gemm[T]) divideChains() {
	all, size := ceilDiv(g.k, chainSteps), g.m*g.n
	d := &g.chains
	most := max(g.grid.chains, dividedSums/size)
	d.sums = grow(d.sums, min(all, most)*size)
	whole := work[T]{gemm: g, scratch: &g.workers[0], to: target[T]{c: g.c, ld: g.ldc}}
	c := rect{0, g.m, 0, g.n}
	for d.first = 0; d.first < all; d.first += d.count {
		d.count = min(most, all-d.first)
		g.engine.pool.run(g, min(g.grid.chains, d.count))
		for x := range d.count {
			end := 0
			if d.first+x == all-1 {
				end = g.ending()
			}
			if d.first+x > 0 {
				whole.finish(c, d.sums[x*size:], g.n, end)
			}
		}
	}
}

// doChains makes part number x of the chains under way.
func (g *gemm[T]) doChains(w *work[T], x int) {
	d, c := &g.chains, rect{0, g.m, 0, g.n}
	from, to := span(d.count, 1, x, min(g.grid.chains, d.count))
	for ; from < to; from++ {
		ps := pass{p0: (d.first + from) * chainSteps}
		ps.p1 = min(ps.p0+chainSteps, g.k)
		w.to = target[T]{c: d.sums[from*g.m*g.n:], ld: g.n}
		if ps.p0 == 0 {
			w.to = target[T]{c: g.c, ld: g.ldc}
			ps.start = w.begin(c)
		}
		w.multiply(c, ps)
	}
}
