package ref

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestBCE(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var worstLoss, worstGrad float64
	for i := range 200_000 {
		x := float32(r.NormFloat64() * []float64{0.01, 1, 10, 50}[i%4])
		tt := []float32{0, 1, r.Float32(), 0.5}[i/4%4]
		loss, grad := BCE(x, tt)
		worstLoss = max(worstLoss, ulps(loss, exactBCE(float64(x), float64(tt))))
		worstGrad = max(worstGrad, math.Abs(float64(grad)-(exactSigmoid(float64(x))-float64(tt))))
	}
	t.Logf("loss errs by at most %.3f ULP, gradient by %.3g", worstLoss, worstGrad)
	if !(worstLoss <= 2.6) {
		t.Errorf("loss errs by %v ULP", worstLoss)
	}
	if !(worstGrad <= 1.5*0x1p-24) {
		t.Errorf("gradient errs by %v", worstGrad)
	}
	for _, c := range []struct{ x, t, loss, grad float32 }{
		{maxF, 1, 0, 0}, {maxF, 0, maxF, 1}, {-maxF, 0, 0, 0}, {-maxF, 1, maxF, -1}, {0, 0, Ln2, 0.5}, {negZero, 1, Ln2, -0.5},
		{nan, 0.5, nan, nan}, {1, nan, nan, nan}, {inf, 0.5, inf, 0.5}, {inf, 0, inf, 1}, {inf, 1, 0, 0}, {-inf, 0.5, inf, -0.5}, {-inf, 0, 0, 0}, {-inf, 1, inf, -1}, {inf, nan, nan, nan}, {-inf, negZero, 0, 0}, {-100, 0, Exp(-100), Exp(-100)},
	} {
		if loss, grad := BCE(c.x, c.t); !same(loss, c.loss) || !same(grad, c.grad) {
			t.Errorf("BCE(%v, %v) = %v, %v, want %v, %v", c.x, c.t, loss, grad, c.loss, c.grad)
		}
	}
}

func TestSquaredError(t *testing.T) {
	for _, c := range []struct{ x, t, loss, grad float32 }{
		{3, 1, 4, 4}, {1, 3, 4, -4}, {1, 1, 0, 0}, {0.1, 0.1, 0, 0}, {nan, 1, nan, nan}, {1, nan, nan, nan}, {inf, 1, inf, inf}, {inf, inf, nan, nan}, {maxF, -maxF, inf, inf},
		{1, 0x1p-25, 1, 2}, // the difference is rounded
	} {
		if loss, grad := SquaredError(c.x, c.t); !same(loss, c.loss) || !same(grad, c.grad) {
			t.Errorf("SquaredError(%v, %v) = %v, %v, want %v, %v", c.x, c.t, loss, grad, c.loss, c.grad)
		}
	}
}

func TestKL(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	var worstKL, worstGrad float64
	for i := range 200_000 {
		mu := float32(r.NormFloat64() * []float64{0, 1e-6, 1e-3, 1, 10}[i%5])
		lv := float32(r.NormFloat64() * []float64{1e-7, 1e-3, 0.1, 1, 20}[i/5%5])
		l := float64(lv)
		worstKL = max(worstKL, ulps(KL(mu, lv), exactKL(l, float64(mu))))
		_, grad := KLGrad(mu, lv)
		worstGrad = max(worstGrad, ulps(grad, 0.5*math.Expm1(l)))
	}
	t.Logf("KL errs by at most %.3f ULP, its gradient by %.3f", worstKL, worstGrad)
	if !(worstKL <= 6.11) {
		t.Errorf("KL errs by %v ULP", worstKL)
	}
	if !(worstGrad <= 1.55) {
		t.Errorf("gradient errs by %v ULP", worstGrad)
	}
	for _, c := range []struct{ mu, logvar, kl, dmu, dlogvar float32 }{
		{0, 0, 0, 0, 0}, {2, 0, 2, 2, 0}, {0, negZero, 0, 0, 0}, {nan, 0, nan, nan, 0}, {0, nan, nan, 0, nan},
		{inf, 0, inf, inf, 0}, {0, inf, inf, 0, inf}, {0, -inf, inf, 0, -0.5}, {inf, -inf, inf, inf, -0.5}, {maxF, 0, inf, maxF, 0}, {0, 100, inf, 0, inf},
		{0, -1000, 499.5, 0, -0.5}, {0, tiny, 0, 0, 0},
	} {
		kl := KL(c.mu, c.logvar)
		dmu, dlogvar := KLGrad(c.mu, c.logvar)
		if !same(kl, c.kl) || !same(dmu, c.dmu) || !same(dlogvar, c.dlogvar) {
			t.Errorf("KL(%v, %v) = %v, %v, %v, want %v, %v, %v", c.mu, c.logvar, kl, dmu, dlogvar, c.kl, c.dmu, c.dlogvar)
		}
	}
}

func TestReparameterize(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for range 50_000 {
		mu, lv, eps, dz := float32(r.NormFloat64()), float32(3*r.NormFloat64()), float32(r.NormFloat64()), float32(r.NormFloat64())
		s := math.Exp(float64(lv) / 2)
		if got, want := Reparameterize(mu, lv, eps), float64(mu)+s*float64(eps); !(math.Abs(float64(got)-want) <= 1.2e-7*(math.Abs(want)+2*math.Abs(s*float64(eps)))) {
			t.Errorf("Reparameterize(%v, %v, %v) = %v, want %v", mu, lv, eps, got, want)
		}
		dmu, dlv := ReparameterizeGrad(lv, eps, dz)
		if want := float64(dz) * float64(eps) * s / 2; dmu != dz || !(math.Abs(float64(dlv)-want) <= 3e-7*math.Abs(want)) {
			t.Errorf("ReparameterizeGrad(%v, %v, %v) = %v, %v, want %v", lv, eps, dz, dmu, dlv, want)
		}
	}
	for _, c := range []struct{ mu, logvar, eps, z float32 }{
		{1, 0, 2, 3}, {1, -inf, 2, 1}, {nan, 0, 0, nan}, {0, nan, 1, nan}, {0, 0, nan, nan}, {0, inf, 1, inf}, {0, inf, 0, nan}, {inf, 0, 1, inf},
	} {
		if got := Reparameterize(c.mu, c.logvar, c.eps); !same(got, c.z) {
			t.Errorf("Reparameterize(%v, %v, %v) = %v, want %v", c.mu, c.logvar, c.eps, got, c.z)
		}
	}
}

func TestNewAdamStep(t *testing.T) {
	for _, step := range []int{1, 2, 3, 10, 1000, 100_000, 10_000_000} {
		h := NewAdamStep(1e-3, 0.9, 0.999, 1e-8, 0.01, step)
		for _, c := range []struct {
			name string
			got  float32
			want float64
		}{
			{"Beta1", h.Beta1, 0.9}, {"OneMinusBeta1", h.OneMinusBeta1, 0.1}, {"Beta2", h.Beta2, 0.999}, {"OneMinusBeta2", h.OneMinusBeta2, 0.001},
			{"StepSize", h.StepSize, 1e-3 / (1 - math.Pow(0.9, float64(step)))},
			{"InvSqrtBias2", h.InvSqrtBias2, 1 / math.Sqrt(1-math.Pow(0.999, float64(step)))},
			{"Eps", h.Eps, 1e-8}, {"Decay", h.Decay, 1 - 1e-5},
		} {
			if !(ulps(c.got, c.want) <= 0.5001) {
				t.Errorf("step %d: %s = %v, want %v", step, c.name, c.got, c.want)
			}
		}
	}
}

func TestAdam(t *testing.T) {
	// Ten steps against float64.
	r := rand.New(rand.NewPCG(1, 1))
	for range 2000 {
		scale := math.Exp(3 * r.NormFloat64())
		w := float32(r.NormFloat64())
		w0, wd := float64(w), 0.01
		var m, v float32
		var m0, v0 float64
		for step := 1; step <= 10; step++ {
			g := float32(r.NormFloat64() * scale)
			w, m, v = Adam(w, m, v, g, NewAdamStep(1e-2, 0.9, 0.999, 1e-8, wd, step))
			m0 = 0.9*m0 + 0.1*float64(g)
			v0 = 0.999*v0 + 0.001*float64(g)*float64(g)
			b1, b2 := 1-math.Pow(0.9, float64(step)), 1-math.Pow(0.999, float64(step))
			w0 = w0*(1-1e-2*wd) - 1e-2*(m0/b1)/(math.Sqrt(v0/b2)+1e-8)
			if !(math.Abs(float64(w)-w0) <= 6e-7*(math.Abs(w0)+0.1)) || !(math.Abs(float64(m)-m0) <= 1e-6*scale) || !(math.Abs(float64(v)-v0) <= 1e-5*v0) {
				t.Fatalf("step %d: %v, %v, %v, want %v, %v, %v", step, w, m, v, w0, m0, v0)
			}
		}
	}

	// A gradient whose square is too large does not end learning.
	w, m, v := float32(1), float32(0), float32(0)
	for step := 1; step <= 300_000; step++ {
		g := float32(1)
		if step == 1 {
			g = 1e20
		}
		w, m, v = Adam(w, m, v, g, NewAdamStep(1e-3, 0.9, 0.999, 1e-8, 0, step))
		if step == 1 && v != maxF || !(v <= maxF) {
			t.Fatalf("step %d: v = %v", step, v)
		}
	}
	if !(w < -100) {
		t.Errorf("300,000 steps of 0.001 after a gradient of 1e20 leave w at %v", w)
	}

	plain := NewAdamStep(1e-3, 0.9, 0.999, 1e-8, 0, 1)
	if plain.Decay != 1 {
		t.Errorf("Decay = %v without weight decay", plain.Decay)
	}
	for _, c := range []struct{ w, m, v, g, w1, m1, v1 float32 }{
		{1.5, 0, 0, 0, 1.5, 0, 0},
		{negZero, 0, 0, 0, negZero, 0, 0}, // -0 - StepSize*0
		{1, minNormal, minNormal, 0, 1, 0, 0},
		{1, -minNormal, 0, 0, 1, 0, 0},
		{1, 0, 0, 0x1p-70, 1, 0x1.99999ap-74, 0},
		{nan, 0, 0, 1, nan, 0.1, 0.001}, {1, nan, 0, 0, nan, nan, 0}, {1, 0, nan, 0, nan, 0, nan}, {1, 0, 0, nan, nan, nan, nan},
		{1, 0, 0, inf, -inf, inf, maxF}, {1, 0, 0, -inf, inf, -inf, maxF},
	} {
		w, m, v := Adam(c.w, c.m, c.v, c.g, plain)
		if !same(w, c.w1) || !same(m, c.m1) || !same(v, c.v1) {
			t.Errorf("Adam(%v, %v, %v, %v) = %v, %v, %v, want %v, %v, %v", c.w, c.m, c.v, c.g, w, m, v, c.w1, c.m1, c.v1)
		}
	}
}
