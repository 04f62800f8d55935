package ref

import "math"

// BCE returns the binary cross-entropy of the logit x against the target t,
//
//	loss = max(x,0) - x*t + log1p(exp(-|x|)),  grad = sigmoid(x) - t,
//
// where max(x,0) - x*t is rounded once and grad is Sigmoid(x) - t bit for bit.
// It is stable for every finite x. For 0 <= t <= 1, loss errs by at most 2.6
// ULP, which is reached but for 0.02, and grad by 1.5*2^-24.
//
// NaN in x or t gives NaN in both. For infinite x the gradient is right, and the loss
// is the limit: 0 where t is what x says (1 for +Inf, 0 for -Inf), +Inf elsewhere.
func BCE(x, t float32) (loss, grad float32) {
	e := expNegAbs(x)
	loss = FMA(-x, t, Max(0, x)) + Log1p01(e)
	if Abs(x) > math.MaxFloat32 {
		loss = bceOfInf(x, t)
	}
	return loss, sigmoidFrom(x, e) - t
}

// bceOfInf is Inf times what is missing to the right target, and 0 if nothing is.
func bceOfInf(x, t float32) float32 {
	right := float32(0)
	if x > 0 {
		right = 1
	}
	missing := Abs(t - right)
	if missing <= 0 {
		return 0
	}
	return float32(Abs(x) * missing)
}

// SquaredError returns the loss (x-t)² and its gradient 2(x-t), where x-t is
// rounded once and then squared and doubled.
//
// NaN gives NaN, and so do infinities of one sign; loss overflows to +Inf for
// |x-t| >= 2^64.
func SquaredError(x, t float32) (loss, grad float32) {
	d := x - t
	return float32(d * d), d + d
}
