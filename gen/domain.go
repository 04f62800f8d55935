package main

// A domain is where a function is to hold. On the usual one it does without the
// special cases, which can cost as much as the rest; the bits are the same.
type domain int

const (
	everywhere domain = iota
	usual
)

// A shortcut is a kernel's body on its usual domain: for elements whose key, an
// unsigned integer, is at most most.
type shortcut struct {
	key  func(in []*val) *val
	most *val
}

var (
	// Here exp(x) and exp(-x) are normal numbers.
	usualExp = usualAbs(0, 86)
	// The same, for functions of exp(-|x|), which have that number anyway.
	usualExpNegAbs = &shortcut{func(in []*val) *val { return negAbs(in[0]) }, f(-86)}
	// Here x is positive, normal and finite.
	usualLog = &shortcut{func(in []*val) *val { return isub(in[0], u(minNormal)) }, u(posInf - 1 - minNormal)}
)

// usualLogvar is where exp(x/2) is normal, and the KL and its gradient reach no
// limit.
const usualLogvar = 29

const minNormal = 0x00800000

// usualAbs is where |in[i]| <= most.
func usualAbs(i int, most float64) *shortcut {
	return &shortcut{func(in []*val) *val { return abs(in[i]) }, f(most)}
}
