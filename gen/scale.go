package main

// scaleSignature is that of x[i] *= f, i < n. n is a multiple of scaleStep, and positive.
func scaleSignature(e *elem) string { return e.signature("(x *T, n int, f *T)") }

// scaleStep is how many elements a round of the loop takes.
const scaleStep = 16

// A scaleDriver writes the parts of the multiplication.
type scaleDriver[G any] interface {
	driver[G]
	broadcastFrom(p G) vreg
	// scaleAt multiplies a vector at some distance from p.
	scaleAt(p G, at int, f vreg)
}

// scaleBy writes the multiplication, in vectors of so many bytes.
func scaleBy[G any](d scaleDriver[G], e *elem, bytes int) {
	d.function("ScaleBy", scaleSignature(e))
	x, n := d.argument("x"), d.argument("n")
	f := d.broadcastFrom(d.argument("f"))
	loop := d.label("loop")
	d.mark(loop)
	for at := 0; at < scaleStep*e.bytes; at += bytes {
		d.scaleAt(x, at, f)
	}
	d.addNumber(scaleStep*e.bytes, x, x)
	d.addNumber(-scaleStep, n, n)
	d.jumpIf(positive, loop)
	d.ret()
}
