package main

// amaxSignature is that of the search for the largest magnitude, |x[i]| for i < n, where
// NaN is larger than all numbers. n is a multiple of amaxStep, and positive.
func amaxSignature(e *elem) string { return e.signature("(x *T, n int) T") }

// amaxStep is how many elements a round of the loop takes.
const amaxStep = 32

// An amaxDriver writes the parts of the search.
type amaxDriver[G any] interface {
	driver[G]
	usesPool() // makes constants ready
	loadConstant(bits uint64, r vreg)
	// magnitude loads a vector at some distance from p, and clears the signs.
	magnitude(p G, at int, mask, r vreg)
	// larger sets most to the larger elements of both.
	larger(x, most vreg)
	// returnLargest returns the largest element of a vector.
	returnLargest(most, spare vreg)
}

// amax writes the search, in vectors of so many bytes.
func amax[G any](d amaxDriver[G], e *elem, bytes int) {
	const chains = 4
	d.function("Amax", amaxSignature(e))
	d.usesPool()
	x, n, mask := d.argument("x"), d.argument("n"), d.take()
	d.loadConstant(1<<(8*e.bytes-1)-1, mask)
	most, v := d.takeN(chains), d.takeN(chains)
	for _, r := range most {
		d.clear(r)
	}
	loop := d.label("loop")
	d.mark(loop)
	for i := range amaxStep * e.bytes / bytes {
		d.magnitude(x, i*bytes, mask, v[i%chains])
		d.larger(v[i%chains], most[i%chains])
	}
	d.addNumber(amaxStep*e.bytes, x, x)
	d.addNumber(-amaxStep, n, n)
	d.jumpIf(positive, loop)
	for _, r := range most[1:] {
		d.larger(r, most[0])
	}
	d.returnLargest(most[0], v[0])
	d.ret()
}
