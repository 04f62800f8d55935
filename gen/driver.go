package main

// A driver writes the frame of functions: arguments, loops and moves of memory. G is
// what it calls a general register.
type driver[G any] interface {
	// function starts a function of package asm; sig is its type without "func".
	function(name, sig string)
	ret()
	label(name string) label
	mark(l label)

	argument(name string) G // in a new register
	stride(name string) G   // an argument that counts elements, as bytes
	takeG() G
	bytes(count, to G) // of so many elements
	set(to, from G)
	add(by, to G)
	subtract(by, from G)
	// addNumber sets to to from + n, and the flags for ifNegative and ifNotNegative.
	addNumber(n int, from, to G)
	ifNegative(to label)
	ifNotNegative(to label)
	unlessBit(bit int, of G, to label)
	// countDown takes 1 from n, and jumps if that leaves more than 0.
	countDown(n G, to label)
	// move copies 8, 16 or 32 bytes at some distance from two pointers, through
	// vector registers of its own.
	move(src, dst G, at, bytes int)
	// moveOn copies a power of two of bytes, 4 or more, and advances the pointers.
	moveOn(src, dst G, bytes int)
	// splitOn copies splitStep elements of even places, and of odd ones, and advances the
	// pointers.
	splitOn(src, even, odd G)

	take() vreg
	takeN(n int) []vreg
	clear(r vreg)
	fma(a, b, sum vreg)
}

// copyRows writes the packing of operands that are stored along their panel.
func copyRows[G any](d driver[G], e *elem, width int) {
	d.function(copyName(width), copySignature(e))
	dst, w, src, ld, n := d.argument("dst"), d.stride("w"), d.argument("src"), d.stride("ld"), d.argument("n")
	loop := d.label("loop")
	d.mark(loop)
	for at, left := 0, width*e.bytes; left > 0; {
		size := 32
		for size > left {
			size /= 2
		}
		d.move(src, dst, at, size)
		at, left = at+size, left-size
	}
	d.add(ld, src)
	d.add(w, dst)
	d.countDown(n, loop)
	d.ret()
}

// peak writes a loop of n rounds of independent FMAs on registers alone: the limit
// that GEMM is measured against.
func peak[G any](d driver[G], chains int) {
	d.function("PeakFMA", "(n int)")
	acc, x := d.takeN(chains), d.take()
	for _, r := range append(acc, x) {
		d.clear(r)
	}
	n, loop := d.argument("n"), d.label("loop")
	d.mark(loop)
	for _, r := range acc {
		d.fma(x, x, r)
	}
	d.countDown(n, loop)
	d.ret()
}
