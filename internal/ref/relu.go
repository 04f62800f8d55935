package ref

// ReLU returns max(x, +0): x <= 0 ? +0 : x. NaN gives NaN and -0 gives +0, as
// of NEON's FMAX(x, +0); on x86 it is ANDN(CMPLE(x, 0), x).
func ReLU(x float32) float32 {
	if x <= 0 {
		return 0
	}
	return x
}

// ReLUGrad returns the gradient of y = ReLU(x): dy where y > 0 and +0
// elsewhere, so also where y is NaN.
func ReLUGrad(y, dy float32) float32 {
	if y > 0 {
		return dy
	}
	return 0
}

// LeakyReLU returns x where x > 0 and slope*x elsewhere, so also where x is NaN.
func LeakyReLU(x, slope float32) float32 {
	if x > 0 {
		return x
	}
	return float32(slope * x)
}

// LeakyReLUGrad returns the gradient of y = LeakyReLU(x) for slope >= 0, where x and y have
// one sign: dy where y > 0 and slope*dy elsewhere. The x may stand for y, whatever slope is.
func LeakyReLUGrad(y, dy, slope float32) float32 {
	if y > 0 {
		return dy
	}
	return float32(slope * dy)
}
