package ref

// BCE returns the binary cross-entropy of the logit x against the target t,
//
//	loss = max(x,0) - x*t + log1p(exp(-|x|)),  grad = sigmoid(x) - t,
//
// where max(x,0) - x*t is rounded once and grad is Sigmoid(x) - t bit for bit.
// It is stable for every finite x. For 0 <= t <= 1, loss errs by at most 2.6
// ULP, which is reached but for 0.02, and grad by 1.5*2^-24.
//
// NaN in x or t gives NaN in both. For infinite x the gradient is right; the
// loss is NaN where the formula has Inf*0 (t = 0) or Inf-Inf (x = +Inf, t > 0)
// and +Inf elsewhere.
func BCE(x, t float32) (loss, grad float32) {
	e := expNegAbs(x)
	loss = FMA(-x, t, Max(0, x)) + Log1p01(e)
	return loss, sigmoidFrom(x, e) - t
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
