package main

import (
	"math"
	"math/rand/v2"
	"unsafe"
)

// cacheLine is where arrays start, so that nobody is slowed by chance.
const cacheLine = 64

// aligned makes an array that starts at a cache line.
func aligned(n int) []float32 {
	const spare = cacheLine / 4
	x := make([]float32, n+spare)
	at := int(-uintptr(unsafe.Pointer(&x[0])) % cacheLine / 4)
	return x[at : at+n : at+n]
}

// normal draws n numbers from N(0, 1).
func normal(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	x := aligned(n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// uniform draws n numbers from [0, 1).
func uniform(seed uint64, n int) []float32 {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	x := aligned(n)
	for i := range x {
		x[i] = rng.Float32()
	}
	return x
}

func absolutes(x []float32) []float32 {
	y := aligned(len(x))
	for i, v := range x {
		y[i] = float32(math.Abs(float64(v)))
	}
	return y
}

func clone(x []float32) []float32 {
	y := aligned(len(x))
	copy(y, x)
	return y
}

// spoil fills outputs with NaN, so that nobody passes with what another left.
func spoil(xs ...[]float32) {
	for _, x := range xs {
		for i := range x {
			x[i] = float32(math.NaN())
		}
	}
}
