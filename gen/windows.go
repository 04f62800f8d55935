package main

// windowsSignature is that of the gathering of a convolution's windows, which are rows of
// an image, channels last:
//
//	dst[p·ld + r·run + i] = src[p·step + r·line + i],  i < run, r < rows, p < places,
//
// all of them positive.
func windowsSignature(e *elem) string {
	return e.signature("(dst *T, ld int, src *T, step, line int, places, rows, run int)")
}

// windowsStep is what the last loop over a run moves at a time, in elements.
const windowsStep = 8

// windows writes the gathering of windows; each of unrolls is a loop over a run that
// moves so many elements at a time, the most first.
func windows[G any](d driver[G], e *elem, unrolls ...int) {
	d.function("Windows", windowsSignature(e))
	dst, ld, src, step := d.argument("dst"), d.stride("ld"), d.argument("src"), d.stride("step")
	line, places, rows, run := d.stride("line"), d.argument("places"), d.argument("rows"), d.argument("run")
	from, to, row, left := d.takeG(), d.takeG(), d.takeG(), d.takeG()
	d.bytes(run, left)
	d.subtract(left, line) // what lies between the rows of a window

	place, nextRow := d.label("place"), d.label("row")
	d.mark(place)
	d.set(from, src)
	d.set(to, dst)
	d.set(row, rows)
	d.mark(nextRow)
	moveElements(d, e, run, left, from, to, append(unrolls, windowsStep)...)
	d.add(line, from)
	d.countDown(row, nextRow)
	d.add(step, src)
	d.add(ld, dst)
	d.countDown(places, place)
	d.ret()
}

// moveElements moves so many, and advances the pointers; each of unrolls, powers of two
// and the last less than any before, is a loop that moves so many elements at a time.
func moveElements[G any](d driver[G], e *elem, count, left, from, to G, unrolls ...int) {
	counted, least := count, 0
	for _, n := range unrolls {
		iterate(d, counted, left, n-least, n, func() { d.moveOn(from, to, n*e.bytes) })
		counted, least = left, n
	}
	// left is below 0, and its low bits tell what is left
	for n := least / 2; n > 0; n /= 2 {
		skip := d.label("skip")
		d.unlessBit(n, left, skip)
		d.moveOn(from, to, n*e.bytes)
		d.mark(skip)
	}
}
