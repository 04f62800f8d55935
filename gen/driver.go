package main

// A driver writes the frame of functions: arguments, loops and moves of memory. G is
// what it calls a general register.
type driver[G any] interface {
	// function starts a function of package asm; sig is its type without "func".
	function(name, sig string)
	ret()
	label(name string) label
	mark(l label)
	jump(to label)

	// Variables of a function have names that stand where those of arguments do.
	argument(name string) G // in a new register
	stride(name string) G   // an argument that counts elements, as bytes
	reload(name string, to G)
	assign(variable, name string)
	raise(name string, by G)
	raiseNumber(name string, n int) // and set the flags
	takeG() G
	dropG(rs ...G)
	bytes(count, to G) // of so many elements
	set(to, from G)
	add(by, to G)
	subtract(by, from G)
	addTimes(n int, of, to G)
	addProduct(a, b, to G) // and leaves anything in a
	// addNumber sets to to from + n, and the flags for jumpIf, as compare does for x - n.
	addNumber(n int, from, to G)
	compare(x G, n int)
	jumpIf(c condition, to label)
	unlessBit(bit int, of G, to label)
	// unless jumps where a bit of the argument mode is not set, or none of several.
	unless(bits int, to label)
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
	relu(r, zero vreg)     // makes 0 what is not above zero, but keeps NaN
	prefetch(p G, off int) // asks for C
}

// A condition is how a number compares with 0, in assemblers' words.
type condition string

const (
	negative    condition = "LT"
	notNegative condition = "GE"
	positive    condition = "GT"
	zero        condition = "EQ"
	notPositive condition = "LE"
)

// iterate writes a loop that takes step from count at a time, while count is at least
// least. In left it leaves what remains minus least, which is below 0. Of a count that is
// already reduced by some number, least is reduced by it, too.
func iterate[G any](d driver[G], count, left G, least, step int, body func()) {
	loop, rest := d.label("loop"), d.label("rest")
	d.addNumber(-least, count, left)
	d.jumpIf(negative, rest)
	d.mark(loop)
	body()
	d.addNumber(-step, left, left)
	d.jumpIf(notNegative, loop)
	d.mark(rest)
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
