package blas

import "math"

// amaxBlock is how many elements are looked at at a time, for the largest of them.
const amaxBlock = 64

// Isamax is the index of the first element of the largest magnitude, as gonum has it.
func (im *Implementation) Isamax(n int, x []float32, incX int) int {
	if incX != 1 || n < 2*amaxBlock || len(x) < n {
		return im.Implementation.Isamax(n, x, incX)
	}
	// Without their signs, bits of floats are in the order of magnitudes, NaN last.
	at, most := 0, uint32(0)
	for i := 0; i < n; i += amaxBlock {
		a, b, c, d := uint32(0), uint32(0), uint32(0), uint32(0)
		block := x[i:min(i+amaxBlock, n)]
		for ; len(block) >= 4; block = block[4:] {
			v := (*[4]float32)(block)
			a = max(a, math.Float32bits(v[0])<<1)
			b = max(b, math.Float32bits(v[1])<<1)
			c = max(c, math.Float32bits(v[2])<<1)
			d = max(d, math.Float32bits(v[3])<<1)
		}
		for _, v := range block {
			a = max(a, math.Float32bits(v)<<1)
		}
		if a = max(a, b, c, d); a > most {
			at, most = i, a
		}
	}
	if most > 0xff<<24 { // there is a NaN
		return im.Implementation.Isamax(n, x, incX)
	}
	for math.Float32bits(x[at])<<1 != most {
		at++
	}
	return at
}

// Idamax is Isamax in float64.
func (im *Implementation) Idamax(n int, x []float64, incX int) int {
	if incX != 1 || n < 2*amaxBlock || len(x) < n {
		return im.Implementation.Idamax(n, x, incX)
	}
	at, most := 0, uint64(0)
	for i := 0; i < n; i += amaxBlock {
		a, b, c, d := uint64(0), uint64(0), uint64(0), uint64(0)
		block := x[i:min(i+amaxBlock, n)]
		for ; len(block) >= 4; block = block[4:] {
			v := (*[4]float64)(block)
			a = max(a, math.Float64bits(v[0])<<1)
			b = max(b, math.Float64bits(v[1])<<1)
			c = max(c, math.Float64bits(v[2])<<1)
			d = max(d, math.Float64bits(v[3])<<1)
		}
		for _, v := range block {
			a = max(a, math.Float64bits(v)<<1)
		}
		if a = max(a, b, c, d); a > most {
			at, most = i, a
		}
	}
	if most > 0x7ff<<53 { // there is a NaN
		return im.Implementation.Idamax(n, x, incX)
	}
	for math.Float64bits(x[at])<<1 != most {
		at++
	}
	return at
}
