package kernels

import (
	"math"
	"unsafe"
)

const (
	amaxStep  = 32  // elements that the kernel takes at a time, as in gen/amax.go
	amaxBlock = 128 // elements among which the largest is then looked for
)

// IndexOfMax returns the index of the first element of the largest magnitude |x[i]|, or
// of the first NaN if there is one; -1 if x is empty. It needs no engine.
func (s Set) IndexOfMax(x []float32) int {
	return indexOfMax(s.gemm32.amax, x, math.Float32bits, math.Float32bits(float32(math.Inf(1)))<<1)
}

// IndexOfMax64 is [Set.IndexOfMax] for float64.
func (s Set) IndexOfMax64(x []float64) int {
	return indexOfMax(s.gemm64.amax, x, math.Float64bits, math.Float64bits(math.Inf(1))<<1)
}

// indexOfMax compares bits without their signs, which are in the order of magnitudes, NaN
// last: those of inf are given.
func indexOfMax[T Float, U uint32 | uint64](kernel func(x *T, n int) T, x []T, bits func(T) U, inf U) int {
	if len(x) == 0 {
		return -1
	}
	raceRead(x)
	all := unsafe.Slice((*U)(unsafe.Pointer(&x[0])), len(x))
	at, most := 0, U(0)
	for i := 0; i < len(x); {
		n := min(amaxBlock, len(x)-i)
		var m U
		switch {
		case kernel == nil || len(x) < amaxStep:
			m = largest(all[i:][:n])
		case n < amaxStep: // what is seen twice is not larger than before
			i, n = len(x)-amaxStep, amaxStep
			fallthrough
		default:
			n = n / amaxStep * amaxStep
			m = bits(kernel(&x[i], n)) << 1
		}
		if m > most {
			at, most = i, m
		}
		if m > inf {
			most = inf + 1
			break
		}
		i += n
	}
	return at + first(all[at:], most)
}

// first is the index of the first that is at least so large.
func first[U uint32 | uint64](x []U, least U) int {
	for i, v := range x {
		if v<<1 >= least {
			return i
		}
	}
	return 0
}

// largest is a function of its own, that its variables have registers.
//
//go:noinline
func largest[U uint32 | uint64](x []U) U {
	var a, b, c, d U
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
