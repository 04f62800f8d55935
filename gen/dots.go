package main

// A dotsDriver writes the parts of a product of a vector and rows of a matrix. These are
// transposed in registers, in squares, so that each row has a lane of an accumulator, and
// its chain the one order that there is. The last eight may have some in common with
// those before: they begin at the same c.
type dotsDriver[G any] interface {
	driver[G]
	// prepare gets registers ready, for up to 8·n rows that lie ld apart.
	prepare(n int, ld G)
	loadC()
	storeC()
	// steps continues the chains by some elements at a, and at rows, of which every
	// eighth is given, and the first of the last eight. So many rows are more than a
	// processor prefetches by itself: with a line of each the next is asked for, a few at
	// a time, for that takes as long as the arithmetic.
	steps(count int, a G, rows []G)
}

// lineBytes is the size of a cache line.
const lineBytes = 64

// dots writes the kernel of at most 8·n rows.
func dots[G any](d dotsDriver[G], e *elem, n int) {
	d.function(dotsName(n), dotsSignature(e))
	ld := d.stride("ldb")
	d.prepare(n, ld)
	d.loadC()
	var rows []G
	for i := range n {
		rows = append(rows, d.argument("b"))
		switch {
		case i == n-1:
			count := d.argument("rows")
			d.addNumber(-dotsRows, count, count)
			d.addProduct(count, ld, rows[i])
			d.dropG(count)
		case i > 0:
			d.addTimes(dotsRows*i, ld, rows[i])
		}
	}
	a, quads := d.argument("a"), d.argument("quads")
	steps := func(count int) {
		d.steps(count, a, rows)
		for _, p := range append(rows, a) {
			d.addNumber(count*e.bytes, p, p)
		}
	}

	// An iteration takes a line of every row.
	rest, done := d.label("rest"), d.label("done")
	line := lineBytes / e.bytes
	iterate(d, quads, quads, line/4, line/4, func() { steps(line) })
	d.addNumber(line/4, quads, quads)
	d.jumpIf(zero, done)
	d.mark(rest)
	steps(4)
	d.countDown(quads, rest)
	d.mark(done)
	d.storeC()
	d.ret()
}
