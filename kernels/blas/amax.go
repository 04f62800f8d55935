package blas

import "unsafe"

const (
	amaxLeast = 32 // elements, or gonum's loop is as fast: BenchmarkLevel1 measures it
	amaxBlock = 64 // elements that are looked at at a time, for the largest of them
)

// Isamax is the index of the first element of the largest magnitude, as gonum has it.
func (im *Implementation) Isamax(n int, x []float32, incX int) int {
	if incX != 1 || n < amaxLeast || len(x) < n {
		return im.Implementation.Isamax(n, x, incX)
	}
	if at, most := amax(unsafe.Slice((*uint32)(unsafe.Pointer(&x[0])), n)); most <= 0xff<<24 {
		return at
	}
	return im.Implementation.Isamax(n, x, incX) // there is a NaN
}

// Idamax is Isamax in float64.
func (im *Implementation) Idamax(n int, x []float64, incX int) int {
	if incX != 1 || n < amaxLeast || len(x) < n {
		return im.Implementation.Idamax(n, x, incX)
	}
	if at, most := amax(unsafe.Slice((*uint64)(unsafe.Pointer(&x[0])), n)); most <= 0x7ff<<53 {
		return at
	}
	return im.Implementation.Idamax(n, x, incX)
}

// amax is where the bits of floats are largest first, and how large, without their signs:
// then they are in the order of magnitudes, NaN last.
func amax[T uint32 | uint64](x []T) (at int, most T) {
	for i := 0; i < len(x); i += amaxBlock {
		if m := largest(x[i:min(i+amaxBlock, len(x))]); m > most {
			at, most = i, m
		}
	}
	for x[at]<<1 != most {
		at++
	}
	return at, most
}

// largest is a function of its own, that its variables have registers.
//
//go:noinline
func largest[T uint32 | uint64](x []T) T {
	var a, b, c, d T
	for ; len(x) >= 4; x = x[4:] {
		a = max(a, x[0]<<1)
		b = max(b, x[1]<<1)
		c = max(c, x[2]<<1)
		d = max(d, x[3]<<1)
	}
	for _, v := range x {
		a = max(a, v<<1)
	}
	return max(a, b, c, d)
}
