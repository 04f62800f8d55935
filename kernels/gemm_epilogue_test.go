package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestGemmEpilogues has every epilogue, of special values too, and C is NaN all over
// where it is not to be read.
func TestGemmEpilogues(t *testing.T) {
	t.Run("float32", gemmEpilogues[float32])
	t.Run("float64", gemmEpilogues[float64])
}

func gemmEpilogues[T Float](t *testing.T) {
	es := testEngines(t)
	rng := rand.New(rand.NewPCG(7, 8))
	for nth, s := range blockShapes(t) {
		transposes(func(transA, transB bool) {
			if s[0]*s[1]*s[2] > big && (transA || transB != (nth%2 == 0)) {
				return
			}
			p := gemmCall[T]{transA, transB, s[0], s[1], s[2], 1, 0}
			a, b, c := p.mats(rng.IntN(3), rng.IntN(8))
			mask := newMat[T](p.m, p.n, c.ld-p.n, rng.IntN(8))
			bias, rowBias := newMat[T](1, p.n, 0, 11), newMat[T](1, p.m, 0, 11)
			special := rng.IntN(2) == 0
			for _, m := range []*mat[T]{a, b, mask} {
				m.each(func(_, _ int, x *T) { *x = draw[T](rng, special) })
			}
			for _, m := range []*mat[T]{bias, rowBias} {
				m.each(func(_, j int, x *T) {
					if *x = draw[T](rng, true); j%5 == 0 { // a chain of -0: -0 + 0·-0
						*x = T(math.Copysign(0, -1))
					}
				})
			}
			var ep EpilogueOf[T]
			switch nth % 3 {
			case 0:
				ep.Bias = bias.x()
			case 1:
				ep.RowBias = rowBias.x()
			}
			if rng.IntN(2) == 0 {
				ep.Activation = ReLU
			}
			if rng.IntN(2) == 0 {
				ep.Mask = view(false, p.m, p.n, mask.x(), c.ld)
			}
			want := p.define(a, b, c, &ep)
			for _, e := range es {
				if e.tooMuch(p.m * p.n * p.k) {
					continue
				}
				c.fresh(c.buf)
				p.with(e, a.x(), a.ld, b.x(), b.ld, c.x(), c.ld, &ep)
				c.compare(t, want, e, p)
				if !bias.intact() || !rowBias.intact() || !a.intact() || !b.intact() || !mask.intact() {
					t.Fatalf("%v, %v: changed the surroundings of an operand", e, p)
				}
			}
		})
	}
}

// TestGemmPacked has the bits of Gemm from a packed B, to and fro.
func TestGemmPacked(t *testing.T) {
	es := testEngines(t)
	rng := rand.New(rand.NewPCG(15, 16))
	var dst []float32
	for nth, s := range blockShapes(t) {
		m, n, k := s[0], s[1], s[2]
		if m*n*k > huge || m*n*k > big && nth%3 > 0 {
			continue
		}
		p := gemmCall[float32]{nth%2 == 1, nth%4 > 1, m, n, k, []float32{1, 1, -0.7, 0}[rng.IntN(4)], []float32{0, 1, 0.9}[nth%3]}
		a, b, c := p.mats(rng.IntN(3), rng.IntN(8))
		for _, x := range []*mat[float32]{a, b, c} {
			x.each(func(_, _ int, x *float32) { *x = draw[float32](rng, nth%2 == 0) })
		}
		want := p.define(a, b, c, nil)
		start := append([]float32(nil), c.buf...)
		for _, e := range es {
			if e.tooMuch(m * n * k) {
				continue
			}
			packed := e.Pack(dst, view(p.transB, k, n, b.x(), b.ld))
			dst = packed.Data
			packed.Data = append([]float32(nil), packed.Data...) // it can be copied
			for range 2 {
				copy(c.buf, start)
				e.GemmPacked(view(false, m, n, c.x(), c.ld), p.alpha, view(p.transA, m, k, a.x(), a.ld), packed, p.beta, nil)
				c.compare(t, want, e, p)
			}
		}
	}
}

// TestConclude has a part of a row that does not begin with it.
func TestConclude(t *testing.T) {
	e := New(Default(), 1)
	w := work[float32]{gemm: &e.gemm32, scratch: &e.gemm32.workers[0]}
	w.ldc, w.mask = 3, []float32{1, 1, 1, -1, 1, -1}
	c := []float32{-5, 6}
	if w.conclude(1, 1, c, tileMask); c[0] != -5 || c[1] != 0 {
		t.Errorf("masked: %v, want -5 and 0", c)
	}
	if w.conclude(1, 1, c, tileReLU); c[0] != 0 {
		t.Errorf("rectified: %v, want zeros", c)
	}
}
