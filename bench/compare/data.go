package main

import (
	"math"
	"math/rand/v2"
	"unsafe"
)

type float interface{ float32 | float64 }

// cacheLine is where arrays start, so that no implementation is slowed by chance.
const cacheLine = 64

// aligned makes an array that starts at a cache line.
func aligned[T float](n int) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	x := make([]T, n+cacheLine/size)
	at := int(-uintptr(unsafe.Pointer(&x[0]))%cacheLine) / size
	return x[at : at+n : at+n]
}

// normal draws n numbers from N(0, 1).
func normal[T float](seed uint64, n int) []T {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	x := aligned[T](n)
	for i := range x {
		x[i] = T(rng.NormFloat64())
	}
	return x
}

// uniform draws n numbers from [0, 1).
func uniform[T float](seed uint64, n int) []T {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	x := aligned[T](n)
	for i := range x {
		x[i] = T(rng.Float32())
	}
	return x
}

func absolutes[T float](x []T) []T {
	y := aligned[T](len(x))
	for i, v := range x {
		y[i] = T(math.Abs(float64(v)))
	}
	return y
}

func clone[T float](x []T) []T {
	y := aligned[T](len(x))
	copy(y, x)
	return y
}

// widened are arrays, one after the other, in float64.
func widened[T float](xs ...[]T) []float64 {
	n := 0
	for _, x := range xs {
		n += len(x)
	}
	y := make([]float64, 0, n)
	for _, x := range xs {
		for _, v := range x {
			y = append(y, float64(v))
		}
	}
	return y
}

// spoil fills outputs with NaN, so that none passes with what another left.
func spoil[T float](xs ...[]T) {
	for _, x := range xs {
		for i := range x {
			x[i] = T(math.NaN())
		}
	}
}
