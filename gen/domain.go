package main

// A domain is where a function is to hold. On the usual one there are no special
// cases, which cost up to half of the time elsewhere; the bits are the same.
type domain int

const (
	everywhere domain = iota
	usual
)

// A shortcut tells the usual elements of a kernel: those whose key, an unsigned
// integer, is at most most.
type shortcut struct {
	key  func(in []*val) *val
	most uint64
}

// usualAbs holds for |in[i]| <= most, as bits.
func usualAbs(i int, most uint64) *shortcut {
	return &shortcut{func(in []*val) *val { return abs(in[i]) }, most}
}

// usualNegAbs does, too, for functions of -|in[i]|.
func usualNegAbs(i int, most uint64) *shortcut {
	return &shortcut{func(in []*val) *val { return negAbs(in[i]) }, most | signBit}
}

const (
	// Up to here exp(x) and exp(-x) are normal numbers.
	usualExp = 0x42ac0000 // 86
	// Up to here exp(x/2) is one, and the KL and its gradient meet no limit.
	usualLogvar = 0x41e80000 // 29
)

const minNormal = 0x00800000

// usualLog holds for positive numbers that are normal and finite.
var usualLog = &shortcut{func(in []*val) *val { return isub(in[0], u(minNormal)) }, posInf - 1 - minNormal}
