package blas

import "unsafe"

// amaxLeast is from how many elements on ours is faster: BenchmarkLevel1 measures it.
const amaxLeast = 32

// Isamax is the index of the first element of the largest magnitude, as gonum has it.
func (im *Implementation) Isamax(n int, x []float32, incX int) int {
	if n >= amaxLeast && (vector[float32]{x, n, incX}).ascends() {
		if incX == 1 {
			if at := im.set.IndexOfMax(x[:n]); x[at] == x[at] {
				return at
			}
		} else if at, most := amaxApart(unsafe.Slice((*uint32)(unsafe.Pointer(&x[0])), len(x)), n, incX); most <= 0xff<<24 {
			return at
		}
	}
	return im.Implementation.Isamax(n, x, incX) // NaN: gonum passes over those after the first
}

// Idamax is Isamax in float64.
func (im *Implementation) Idamax(n int, x []float64, incX int) int {
	if n >= amaxLeast && (vector[float64]{x, n, incX}).ascends() {
		if incX == 1 {
			if at := im.set.IndexOfMax64(x[:n]); x[at] == x[at] {
				return at
			}
		} else if at, most := amaxApart(unsafe.Slice((*uint64)(unsafe.Pointer(&x[0])), len(x)), n, incX); most <= 0x7ff<<53 {
			return at
		}
	}
	return im.Implementation.Idamax(n, x, incX)
}

// amaxApart is where the bits of floats are largest first, and how large, without their
// signs: then they are in the order of magnitudes, NaN last.
func amaxApart[T uint32 | uint64](x []T, n, inc int) (at int, most T) {
	i := 0
	for k := range n {
		if v := x[i] << 1; v > most {
			at, most = k, v
		}
		i += inc
	}
	return at, most
}
