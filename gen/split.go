package main

// splitSignature is that of the parting of a row's elements into those of even and of odd
// places:
//
//	dst[r·ld + i]       = src[r·line + 2·i],
//	dst[r·ld + odd + i] = src[r·line + 2·i + 1],  i < n, r < rows,
//
// n a multiple of splitStep, all of them positive.
func splitSignature(e *elem) string {
	return e.signature("(dst *T, odd, ld int, src *T, line int, rows, n int)")
}

// splitStep is how many pairs are parted at a time.
const splitStep = 8

// split writes the parting of rows.
func split[G any](d driver[G], e *elem) {
	d.function("Split", splitSignature(e))
	dst, odd, ld := d.argument("dst"), d.stride("odd"), d.stride("ld")
	src, line, rows, n := d.argument("src"), d.stride("line"), d.argument("rows"), d.argument("n")
	from, evens, odds, left := d.takeG(), d.takeG(), d.takeG(), d.takeG()

	row, pairs := d.label("row"), d.label("pairs")
	d.mark(row)
	d.set(from, src)
	d.set(evens, dst)
	d.set(odds, dst)
	d.add(odd, odds)
	d.addNumber(-splitStep, n, left)
	d.mark(pairs)
	d.splitOn(from, evens, odds)
	d.addNumber(-splitStep, left, left)
	d.jumpIf(notNegative, pairs)
	d.add(line, src)
	d.add(ld, dst)
	d.countDown(rows, row)
	d.ret()
}
