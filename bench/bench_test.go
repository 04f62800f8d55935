// Package bench compares the sets of kernels with each other, with gonum, and
// with the limit of the machine.
//
//	go test -bench . ./bench
package bench

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas32"

	"github.com/lanewise/lanewise/bench/internal/peak"
	"github.com/lanewise/lanewise/bench/internal/pin"
	"github.com/lanewise/lanewise/kernels"
)

func engines(b *testing.B, f func(b *testing.B, e *kernels.Engine)) {
	for _, s := range kernels.Sets() {
		b.Run(s.Name(), func(b *testing.B) {
			defer pin.Thread(pin.Processor())()
			f(b, kernels.New(s, 1))
		})
	}
}

func random(n int) []float32 {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	x := make([]float32, n)
	for i := range x {
		x[i] = float32(rng.NormFloat64())
	}
	return x
}

// BenchmarkGemm runs products of one thread, whose operands are stored as
// training stores them, alternating with a loop of FMAs on registers alone, and
// reports GFLOP/s and the fraction of that peak.
func BenchmarkGemm(b *testing.B) {
	for _, c := range []struct {
		kind    string
		m, n, k int
	}{
		{"NN", 256, 256, 256}, {"NN", 1024, 1024, 1024},
		{"NT", 128, 400, 784}, {"NT", 128, 20, 400}, {"NT", 128, 400, 20}, {"NT", 128, 784, 400},
		{"NN", 128, 400, 784}, {"NN", 128, 20, 400},
		{"TN", 784, 400, 128}, {"TN", 400, 784, 128}, {"TN", 20, 400, 128},
	} {
		ta, tb := c.kind[0] == 'T', c.kind[1] == 'T'
		lda, ldb := c.k, c.n
		if ta {
			lda = c.m
		}
		if tb {
			ldb = c.k
		}
		x, y, z := random(c.m*c.k), random(c.k*c.n), make([]float32, c.m*c.n)
		flop := 2 * float64(c.m) * float64(c.n) * float64(c.k)
		b.Run(fmt.Sprintf("%s/%dx%dx%d", c.kind, c.m, c.n, c.k), func(b *testing.B) {
			engines(b, func(b *testing.B, e *kernels.Engine) {
				name := e.Set().Name()
				if name == "go" && flop > 1e8 {
					b.Skip("seconds in pure Go")
				}
				var own, atPeak time.Duration
				peakFlop := 0.0
				for b.Loop() {
					t := time.Now()
					e.Gemm(kernels.NewMatrix(z, c.m, c.n), 1, matrix(ta, c.m, c.k, x), matrix(tb, c.k, c.n, y), 0, nil)
					own += time.Since(t)
					t = time.Now()
					peakFlop += peak.FMA(name, flop)
					atPeak += time.Since(t)
				}
				rate := flop * float64(b.N) / own.Seconds()
				b.ReportMetric(rate/1e9, "GFLOP/s")
				b.ReportMetric(float64(own.Nanoseconds())/float64(b.N), "ns/op")
				if peakFlop > 0 {
					b.ReportMetric(100*rate/(peakFlop/atPeak.Seconds()), "%peak")
				}
			})
			b.Run("gonum", func(b *testing.B) {
				trans := map[bool]blas.Transpose{false: blas.NoTrans, true: blas.Trans}
				stored := func(t bool, rows, cols, ld int, data []float32) blas32.General {
					if t {
						rows, cols = cols, rows
					}
					return blas32.General{Rows: rows, Cols: cols, Stride: ld, Data: data}
				}
				ga, gb := stored(ta, c.m, c.k, lda, x), stored(tb, c.k, c.n, ldb, y)
				gc := blas32.General{Rows: c.m, Cols: c.n, Stride: c.n, Data: z}
				for b.Loop() {
					blas32.Gemm(trans[ta], trans[tb], 1, ga, gb, 0, gc)
				}
				b.ReportMetric(flop*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			})
		})
	}
}

// BenchmarkElementwise reports elements per second on 128×784 floats, one
// thread.
func BenchmarkElementwise(b *testing.B) {
	const n = 128 * 784
	x, y, t, d := random(n), make([]float32, n), make([]float32, n), make([]float32, n)
	pos := make([]float32, n)
	for i, v := range x {
		t[i] = v - float32(int(v))
		pos[i] = v*v + 0.1
	}
	for _, c := range []struct {
		name string
		run  func(e *kernels.Engine)
	}{
		{"exp", func(e *kernels.Engine) { e.Exp(y, x) }},
		{"log", func(e *kernels.Engine) { e.Log(y, pos) }},
		{"sigmoid", func(e *kernels.Engine) { e.Sigmoid(y, x) }},
		{"tanh", func(e *kernels.Engine) { e.Tanh(y, x) }},
		{"softplus", func(e *kernels.Engine) { e.Softplus(y, x) }},
		{"relu", func(e *kernels.Engine) { e.ReLU(y, x) }},
		{"bce", func(e *kernels.Engine) { e.BCEWithLogits(y, x, t, 1) }},
		{"squaredError", func(e *kernels.Engine) { e.SquaredError(y, x, t, 1) }},
		{"normal", func(e *kernels.Engine) { e.Normal(y, kernels.Noise{Seed: 1}) }},
		{"reparameterize", func(e *kernels.Engine) { e.Reparameterize(128, y, nil, x, t, kernels.Drawn(kernels.Noise{Seed: 1})) }},
		{"adam", func(e *kernels.Engine) { e.Adam(y, d, pos, x, kernels.DefaultAdam(), 1) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			engines(b, func(b *testing.B, e *kernels.Engine) {
				for b.Loop() {
					c.run(e)
				}
				b.ReportMetric(n*float64(b.N)/b.Elapsed().Seconds()/1e9, "Gelem/s")
			})
		})
	}
}

// matrix is rows×cols, or the transpose of what is stored.
func matrix(trans bool, rows, cols int, data []float32) kernels.Matrix {
	if trans {
		return kernels.NewMatrix(data, cols, rows).T()
	}
	return kernels.NewMatrix(data, rows, cols)
}
