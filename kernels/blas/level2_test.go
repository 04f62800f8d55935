package blas

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/lanewise/lanewise/kernels"
)

func BenchmarkLevel2(b *testing.B) {
	ours := New(kernels.Default(), 1)
	for _, s := range [][2]int{{4, 4}, {8, 8}, {16, 16}, {24, 24}, {32, 32}, {48, 48}, {64, 64}, {100, 100}, {200, 200}, {500, 500}, {1000, 1000}, {1000, 32}, {1000, 16}, {1000, 8}, {1000, 4}, {32, 1000}, {16, 1000}, {8, 1000}, {4, 1000}, {200, 32}, {32, 200}} {
		m, n := s[0], s[1]
		rng := rand.New(rand.NewPCG(1, 2))
		const ld = 1024
		a, x, y := random[float64](rng, m*ld), random[float64](rng, max(m, n)*ld), random[float64](rng, max(m, n))
		z := make([]float64, max(m, n)*ld)
		t := make([]float64, m*ld) // neither grows nor shrinks what it meets
		for i := range t {
			t[i] = a[i] / ld / 8
		}
		for i := range m {
			t[i*ld+i] = 1
		}
		for i := range x {
			x[i] *= 1e-3
		}
		type op struct {
			name string
			f    func(blas.Float64)
		}
		ops := []op{
			{"GemvN", func(im blas.Float64) { im.Dgemv(blas.NoTrans, m, n, 1, a, ld, x, 1, 0, y, 1) }},
			{"GemvNs", func(im blas.Float64) { im.Dgemv(blas.NoTrans, m, n, 1, a, ld, x, ld, 0, y, 1) }},
			{"GemvT", func(im blas.Float64) { im.Dgemv(blas.Trans, m, n, 1, a, ld, x, 1, 0, y, 1) }},
			{"GemvTs", func(im blas.Float64) { im.Dgemv(blas.Trans, m, n, 1, a, ld, x, ld, 0, y, 1) }},
			{"GemvNy", func(im blas.Float64) { im.Dgemv(blas.NoTrans, m, n, 1, a, ld, x, 1, 0, z, ld) }},
			{"GemvTy", func(im blas.Float64) { im.Dgemv(blas.Trans, m, n, 1, a, ld, x, 1, 0, z, ld) }},
			{"Ger", func(im blas.Float64) { im.Dger(m, n, 1e-9, x, 1, y, 1, a, ld) }},
			{"Gers", func(im blas.Float64) { im.Dger(m, n, 1e-9, x, ld, y, 1, a, ld) }},
		}
		if m == n {
			ops = append(ops,
				op{"Symv", func(im blas.Float64) { im.Dsymv(blas.Upper, n, 1e-9, a, ld, x, 1, 1, y, 1) }},
				op{"SymvL", func(im blas.Float64) { im.Dsymv(blas.Lower, n, 1e-9, a, ld, x, 1, 1, y, 1) }},
				op{"TrmvN", func(im blas.Float64) { im.Dtrmv(blas.Upper, blas.NoTrans, blas.NonUnit, n, t, ld, y, 1) }},
				op{"TrmvT", func(im blas.Float64) { im.Dtrmv(blas.Upper, blas.Trans, blas.NonUnit, n, t, ld, y, 1) }},
				op{"TrsvN", func(im blas.Float64) { im.Dtrsv(blas.Upper, blas.NoTrans, blas.NonUnit, n, t, ld, y, 1) }},
				op{"TrsvLN", func(im blas.Float64) { im.Dtrsv(blas.Lower, blas.NoTrans, blas.NonUnit, n, t, ld, y, 1) }},
				op{"TrsvT", func(im blas.Float64) { im.Dtrsv(blas.Upper, blas.Trans, blas.NonUnit, n, t, ld, y, 1) }})
		}
		for _, op := range ops {
			b.Run(fmt.Sprintf("%s/%dx%d", op.name, m, n), func(b *testing.B) { against(b, op.f, ours) })
		}
	}
}

// against measures an operation on gonum's BLAS and on ours, in turns, and reports
// medians, and how many times as fast ours is.
func against(b *testing.B, f func(blas.Float64), ours *Implementation) {
	both := []blas.Float64{gonum.Implementation{}, ours}
	batch := func(im blas.Float64, reps int) float64 {
		start := time.Now()
		for range reps {
			f(im)
		}
		return time.Since(start).Seconds() / float64(reps)
	}
	batch(both[1], 1)
	reps := 1 + int(1e-4/batch(both[0], 3))
	var times [2][]float64
	for range 15 {
		for i, im := range both {
			times[i] = append(times[i], batch(im, reps))
		}
	}
	for i := range times {
		slices.Sort(times[i])
	}
	theirs, own := times[0][7], times[1][7]
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(theirs*1e9, "gonum-ns")
	b.ReportMetric(own*1e9, "ours-ns")
	b.ReportMetric(theirs/own, "ratio")
}
