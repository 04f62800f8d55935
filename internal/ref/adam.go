package ref

import "math"

// AdamStep holds the scalars of one step of Adam, rounded once to float32.
type AdamStep struct {
	Beta1, OneMinusBeta1 float32
	Beta2, OneMinusBeta2 float32
	StepSize             float32 // lr/(1 - beta1^t)
	InvSqrtBias2         float32 // 1/sqrt(1 - beta2^t)
	Eps                  float32
	Decay                float32 // 1 - lr*weightDecay
}

// NewAdamStep returns the scalars of step t = 1, 2, …. It computes in float64
// with correctly rounded operations alone, so that they are the same on every
// machine.
func NewAdamStep(lr, beta1, beta2, eps, weightDecay float64, t int) AdamStep {
	return AdamStep{
		Beta1: float32(beta1), OneMinusBeta1: float32(1 - beta1),
		Beta2: float32(beta2), OneMinusBeta2: float32(1 - beta2),
		StepSize:     float32(lr / (1 - power(beta1, t))),
		InvSqrtBias2: float32(1 / math.Sqrt(1-power(beta2, t))),
		Eps:          float32(eps),
		Decay:        float32(1 - float64(lr*weightDecay)),
	}
}

// power returns x^n by squaring, each product rounded to float64.
func power(x float64, n int) float64 {
	p := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			p = float64(p * x)
		}
		x = float64(x * x)
	}
	return p
}

// Adam takes one step for a weight w with moments m and v and gradient g,
//
//	m' = Beta1*m + OneMinusBeta1*g
//	v' = min(Beta2*v + OneMinusBeta2*g², the largest float32)
//	w' = w*Decay - StepSize*m'/(sqrt(v')*InvSqrtBias2 + Eps)
//
// (AdamW in PyTorch's order; with Decay = 1, plain Adam). A moment below
// 2^-126 in magnitude becomes +0 before it is used, so that decay never walks
// it through the subnormals; v' saturates, so that a gradient whose square is
// too large does not end learning: with v' = Inf, w would never move again.
//
// NaN in w, m, v or g gives NaN for w; g = ±Inf gives ∓Inf for w, and m' = g. v must
// not be negative. With Eps = 0 and v' = 0 the quotient 0/0 is NaN.
func Adam(w, m, v, g float32, h AdamStep) (w1, m1, v1 float32) {
	m = flush(FMA(h.OneMinusBeta1, g, float32(h.Beta1*m)))
	v = flush(Min(math.MaxFloat32, FMA(h.OneMinusBeta2, float32(g*g), float32(h.Beta2*v))))
	d := m / FMA(Sqrt(v), h.InvSqrtBias2, h.Eps)
	return FMA(-h.StepSize, d, float32(w*h.Decay)), m, v
}

// flush returns +0 for |x| < 2^-126 and x otherwise, NaN too.
func flush(x float32) float32 {
	if Abs(x) < minNormal {
		return 0
	}
	return x
}
