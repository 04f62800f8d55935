package main

// A shortcut is what a kernel's body comes to without special cases: the same
// bits for the elements whose key, an unsigned integer, is at most most.
type shortcut struct {
	most uint64
	body func(in, scalars []*val) (key *val, out []*val)
}

const (
	// The exponentials of numbers up to usualExp, and their inverses, are normal.
	usualExp    = 0x42ac0000 // 86
	usualNegExp = usualExp | signBit
	// Below, nothing in the KL or its gradient reaches a limit.
	usualLogvar = 0x41e80000 // 29
	// Numbers from minNormal on are positive, normal and finite up to here.
	minNormal = 0x00800000
	usualLog  = posInf - 1 - minNormal
)

var shortExp = &shortcut{usualExp, func(in, _ []*val) (*val, []*val) {
	x := in[0]
	return abs(x), []*val{expNormal(x)}
}}

var shortLog = &shortcut{usualLog, func(in, _ []*val) (*val, []*val) {
	x := in[0]
	return isub(x, u(minNormal)), []*val{logNormal(x, nil)}
}}

// shortNegAbs is for bodies that take x = in[0] and e = exp(-|x|).
func shortNegAbs(body func(in, scalars []*val, e *val) []*val) *shortcut {
	return &shortcut{usualNegExp, func(in, scalars []*val) (*val, []*val) {
		y := negAbs(in[0])
		return y, body(in, scalars, expNormal(y))
	}}
}

var shortKL = &shortcut{usualLogvar, func(in, _ []*val) (*val, []*val) {
	mu, logvar := in[0], in[1]
	return abs(logvar), []*val{klFrom(mu, halfExpmXFrom(reduce(logvar, 126)))}
}}

var shortReparam = &shortcut{usualLogvar, func(in, _ []*val) (*val, []*val) {
	mu, logvar, eps := in[0], in[1], in[2]
	z := fma(expNormal(mul(f(0.5), logvar)), eps, mu)
	return abs(logvar), []*val{z, klFrom(mu, halfExpmXFrom(reduce(logvar, 126)))}
}}

var shortReparamGrad = &shortcut{usualLogvar, func(in, scalars []*val) (*val, []*val) {
	logvar := in[2]
	h := halfExpm1From(reduce(logvar, 126))
	return abs(logvar), reparamGradFrom(in, scalars, expNormal(mul(f(0.5), logvar)), h)
}}
