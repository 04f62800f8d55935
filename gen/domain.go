package main

// A domain is where a function is to hold: the full range, or that of a fast path, which
// does without the special cases. They can cost as much as the rest; the bits are the same.
type domain int

const (
	fullRange domain = iota
	fastPath
)

// A guard tells where a kernel's fast path holds: for elements whose value, an unsigned
// integer, is at most limit.
type guard struct {
	value func(in []*val) *val
	limit *val
}

var (
	// Here exp(x) and exp(-x) are normal numbers.
	guardExp = guardAbs(0, 86)
	// The same, for functions of exp(-|x|), which have that number anyway.
	guardExpNegAbs = &guard{func(in []*val) *val { return negAbs(in[0]) }, f(-86)}
	// Here x is positive, normal and finite.
	guardLog = &guard{func(in []*val) *val { return isub(in[0], u(minNormal)) }, u(posInf - 1 - minNormal)}
)

// limitLogvar is where exp(x/2) is normal, and the KL and its gradient reach no
// limit.
const limitLogvar = 29

const minNormal = 0x00800000

// guardAbs is |in[i]| <= limit.
func guardAbs(i int, limit float64) *guard {
	return &guard{func(in []*val) *val { return abs(in[i]) }, f(limit)}
}
