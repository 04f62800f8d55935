package kernels

import (
	"math"
	"unsafe"

	"github.com/lanewise/lanewise/internal/ref"
	"github.com/lanewise/lanewise/kernels/asm"
)

// AdamParams are the constants of Adam (Kingma & Ba, 2015) with decoupled
// weight decay (Loshchilov & Hutter, 2019).
type AdamParams struct {
	LR           float64 // learning rate
	Beta1, Beta2 float64 // decay of the moments
	Eps          float64
	WeightDecay  float64 // 0 is plain Adam
}

// DefaultAdam has the constants of the paper.
func DefaultAdam() AdamParams {
	return AdamParams{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8}
}

// Adam makes step t = 1, 2, … for weights w with moments m and v and gradient
// g, in one pass:
//
//	m = β₁·m + (1-β₁)·g
//	v = β₂·v + (1-β₂)·g²
//	w = w·(1 - lr·decay) - lr/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + eps)
//
// Moments that would become subnormal become 0, and v saturates at the largest float32,
// so that no finite gradient, however large, ends learning; NaN reaches its own
// weight, and an infinite gradient makes that infinite. The slices are of one length
// and share nothing. Nothing is allocated.
//
// It panics with a constant message unless t >= 1 and, in float32, LR is finite and
// not negative, 0 <= β < 1, eps > 0 and finite, and 0 <= LR·decay <= 1.
func (e *Engine) Adam(w, m, v, g []float32, p AdamParams, t int) {
	if t < 1 {
		panic("kernels: Adam counts its steps from 1")
	}
	p.check()
	checkMap(w, g)
	checkMap(m, g)
	checkMap(v, g)
	checkDisjoint(w, m)
	checkDisjoint(w, v)
	checkDisjoint(m, v)
	checkDisjoint(w, g)
	checkDisjoint(m, g)
	checkDisjoint(v, g)
	step := ref.NewAdamStep(p.LR, p.Beta1, p.Beta2, p.Eps, p.WeightDecay, t)
	j := e.elementwise(asm.Adam, len(w))
	j.whole.Out[0], j.whole.Out[1], j.whole.Out[2] = unsafe.SliceData(w), unsafe.SliceData(m), unsafe.SliceData(v)
	j.whole.In[0] = unsafe.SliceData(g)
	step.PutScalars(&j.whole.Scalars)
	e.run(j)
	e.leave()
}

func (p *AdamParams) check() {
	decay := p.LR * p.WeightDecay
	switch {
	case !(p.LR >= 0 && p.LR <= math.MaxFloat32):
		panic("kernels: Adam with a learning rate that makes no sense")
	case !isDecay(p.Beta1) || !isDecay(p.Beta2):
		panic("kernels: Adam with a beta that is not from 0 up to 1")
	case !(float32(p.Eps) > 0 && p.Eps <= math.MaxFloat32):
		panic("kernels: Adam with an eps that is not positive in float32")
	case !(p.WeightDecay >= 0 && decay <= 1):
		panic("kernels: Adam with a weight decay that makes no sense")
	}
}

func isDecay(beta float64) bool { return beta >= 0 && float32(beta) < 1 }
