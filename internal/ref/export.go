package ref

import "math"

const (
	ToInt       = toInt
	Log2E       = log2e
	Ln2Hi       = ln2Hi
	Ln2Lo       = ln2Lo
	Ln2         = ln2
	HalfLn2     = ln2 / 2
	ExpMax      = expMax
	ExpMin      = expMin
	Expm1Min    = expm1Min
	TanhMax     = tanhMax
	QuarterTurn = math.Pi / 2 * 0x1p-32

	ExpQ0, ExpQ1, ExpQ2, ExpQ3, ExpQ4      = expQ0, expQ1, expQ2, expQ3, expQ4
	TanhQ0, TanhQ1, TanhQ2, TanhQ3, TanhQ4 = tanhQ0, tanhQ1, tanhQ2, tanhQ3, tanhQ4

	LogQ0, LogQ1, LogQ2, LogQ3, LogQ4, LogQ5, LogQ6, LogQ7, LogQ8                   = logQ0, logQ1, logQ2, logQ3, logQ4, logQ5, logQ6, logQ7, logQ8
	Log1pQ0, Log1pQ1, Log1pQ2, Log1pQ3, Log1pQ4, Log1pQ5, Log1pQ6, Log1pQ7, Log1pQ8 = log1pQ0, log1pQ1, log1pQ2, log1pQ3, log1pQ4, log1pQ5, log1pQ6, log1pQ7, log1pQ8

	Sin0, Sin1, Sin2 = sin0, sin1, sin2
	Cos0, Cos1, Cos2 = cos0, cos1, cos2
)
