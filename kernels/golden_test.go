package kernels

import (
	endian "encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// golden has one hash per kernel of what TestSameBits makes of it.
var golden = map[string]uint64{
	"Adam":                   0xb64ff31c120f541c,
	"BCEWithLogits":          0xfbac13cd3053af4b,
	"ColumnSums":             0xe6537935a0fc973a,
	"Exp":                    0x71c1c8ec667aeaa1,
	"ExpGrad":                0x53b97021fc06dd7e,
	"Gemm":                   0xc8f633b751cd3c28,
	"GemmBias":               0x7cc2df17e386e85a,
	"GemmFloat64":            0xfe7d45cc47198f3a,
	"GemmReLUGrad":           0xfbd379226f83d6f1,
	"KL":                     0x6c6ff5520ea71b5e,
	"Log":                    0x7a9be8d839cea64c,
	"LogGrad":                0x761acf2b67dbfc82,
	"Normal":                 0x939bc174d72f2aa9,
	"ReLU":                   0x9130a9cc010562a6,
	"ReLUGrad":               0x04050aaad88a4ff3,
	"Reparameterize":         0xd0815016df54ff10,
	"ReparameterizeGrad":     0xc20cf798b8189137,
	"ReparameterizeGradWith": 0x0fd1b2e97ed8c7a8,
	"ReparameterizeKL":       0xb4efdce8d115485c,
	"ReparameterizeKept":     0x850258253aff25f4,
	"ReparameterizeWith":     0xa30b1d575b578919,
	"Sigmoid":                0xec1e3b035086ad37,
	"SigmoidGrad":            0x0355e446e1fd6f40,
	"Softplus":               0x142072e60b19a6ca,
	"SoftplusGrad":           0x48040f454701eed3,
	"SquaredError":           0x39105c42d38a0c89,
	"Tanh":                   0x68ba49a3f4699b6f,
	"TanhGrad":               0xf6b661b65e39e9a6,
}

// A goldenRun draws inputs for an engine and hashes what it returns.
type goldenRun struct {
	e       *Engine
	rng     *rand.Rand
	at      int // where the next array starts, in elements behind an aligned one
	special int // one number of so many is a special value or any bits; 0: none
	sum     hash.Hash64
}

// value is made of bits alone: a logarithm or a sine would be another one
// elsewhere.
func (g *goldenRun) value() float32 {
	switch u := g.rng.Uint32(); {
	case g.special > 0 && g.rng.IntN(g.special) == 0:
		if u&1 == 0 {
			return math.Float32frombits(g.rng.Uint32())
		}
		return specials[g.rng.IntN(len(specials))]
	case u&12 == 0: // small: 2^-40 to 2^-9
		return math.Float32frombits(u&(1<<31|31<<23|1<<23-16) + 87<<23)
	default: // 2^-4 to 2^4
		return math.Float32frombits(u&(1<<31|7<<23|1<<23-16) + 123<<23)
	}
}

// draw returns an array that starts anywhere in a vector, another place for
// every array and every number of threads.
func (g *goldenRun) draw(n int) []float32 {
	g.at = (g.at + 5) % 16
	x := make([]float32, n+16)[g.at:][:n:n]
	for i := range x {
		x[i] = g.value()
	}
	return x
}

func (g *goldenRun) draws(arrays, n int) [][]float32 {
	xs := make([][]float32, arrays)
	for i := range xs {
		xs[i] = g.draw(n)
	}
	return xs
}

// draw64 has digits beyond those of float32.
func (g *goldenRun) draw64(n int) []float64 {
	x := make([]float64, n+1)[g.at%2:][:n:n]
	for i := range x {
		x[i] = float64(g.value()) * (1 + float64(g.rng.Uint32())*0x1p-40)
	}
	return x
}

// add hashes numbers. Any NaN equals any NaN.
func add[T float](g *goldenRun, xs ...[]T) {
	var b []byte
	for _, x := range xs {
		for _, v := range x {
			bits := bitsOf(v)
			if v != v {
				bits = 0x7ff8 << 48
			}
			b = endian.LittleEndian.AppendUint64(b, bits)
		}
	}
	g.sum.Write(b)
}

// goldenKernels are all methods that compute.
func goldenKernels() map[string]func(g *goldenRun) {
	// Two chunks, the second for another thread, that are whole samples of 7;
	// and short ones with special values, beside whole groups and samples.
	const long = 9219
	lengths := func(g *goldenRun, f func(n int)) {
		g.special = 0
		f(long)
		g.special = 2
		for _, n := range []int{1, 16, 77, 210} {
			f(n)
		}
	}
	// A shape beyond a block of k, one of tiles and their remains, a row, a
	// column, and one with special values.
	products := func(g *goldenRun, f func(transA, transB bool, m, n, k, gap int, alpha, beta float32)) {
		for i, s := range [][3]int{{7, 20, 301}, {38, 67, 21}, {1, 70, 9}, {50, 1, 6}, {13, 35, 8}} {
			g.special = []int{0, 0, 0, 0, 24}[i]
			transposes(func(transA, transB bool) {
				f(transA, transB, s[0], s[1], s[2], i%3, []float32{1, -0.7}[i%2], []float32{0, 1, 1.3}[i%3])
			})
		}
	}
	ks := map[string]func(g *goldenRun){
		"ColumnSums": func(g *goldenRun) {
			lengths(g, func(n int) {
				n = min(n, 1027)
				dst := g.draw(n)
				g.e.ColumnSums(dst, g.draw(5*n))
				add(g, dst)
			})
		},
		"ReparameterizeKL": func(g *goldenRun) {
			lengths(g, func(n int) {
				x, kl := g.draws(4, n), g.draw(samplesOf(n))
				add(g, []float64{g.e.Reparameterize(len(kl), x[0], kl, nil, x[1], x[2], testField)})
				add(g, x[0], kl)
				add(g, []float64{g.e.ReparameterizeWith(len(kl), x[0], kl, x[1], x[2], x[3])})
				add(g, x[0], kl)
			})
		},
		"Gemm": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, alpha, beta float32) {
				lda, ldb, ldc := cols(transA, m, k)+gap, cols(transB, k, n)+gap, n+gap
				a, b, c := g.draw(m*lda+k*lda), g.draw(k*ldb+n*ldb), g.draw(m*ldc)
				g.e.Gemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
				add(g, c)
			})
		},
		"GemmFloat64": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, alpha, beta float32) {
				lda, ldb, ldc := cols(transA, m, k)+gap, cols(transB, k, n)+gap, n+gap
				a, b, c := g.draw64(m*lda+k*lda), g.draw64(k*ldb+n*ldb), g.draw64(m*ldc)
				g.e.GemmFloat64(transA, transB, m, n, k, float64(alpha), a, lda, b, ldb, float64(beta), c, ldc)
				add(g, c)
			})
		},
		"GemmReLUGrad": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, alpha, beta float32) {
				lda, ldb, ldc := cols(transA, m, k)+gap, cols(transB, k, n)+gap, n+gap
				a, b, c, y := g.draw(m*lda+k*lda), g.draw(k*ldb+n*ldb), g.draw(m*ldc), g.draw(m*ldc)
				g.e.GemmReLUGrad(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, y, c, ldc)
				add(g, c)
			})
		},
		"GemmBias": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, _, _ float32) {
				lda, ldb, ldc := cols(transA, m, k)+gap, cols(transB, k, n)+gap, n+gap
				a, b, c, bias := g.draw(m*lda+k*lda), g.draw(k*ldb+n*ldb), g.draw(m*ldc), g.draw(n)
				for _, act := range []Activation{NoActivation, ReLU} {
					g.e.GemmBias(transA, transB, m, n, k, a, lda, b, ldb, bias, act, c, ldc)
					add(g, c)
				}
			})
		},
	}
	for _, m := range methods {
		ks[m.name] = func(g *goldenRun) {
			lengths(g, func(n int) {
				out, in := g.draws(m.out, n), g.draws(m.in, n)
				if m.name == "Adam" {
					for i, v := range out[2] {
						out[2][i] = float32(math.Abs(float64(v)))
					}
				}
				add(g, []float64{m.call(g.e, out, in)})
				add(g, out...)
			})
		}
	}
	return ks
}

// TestSameBits has one hash per kernel for random and special inputs: on every
// machine, in every set, on any number of threads and for any alignment. Where
// two machines differ, this names the kernel.
func TestSameBits(t *testing.T) {
	kernels := goldenKernels()
	names := slices.Sorted(maps.Keys(kernels))
	if len(golden) != len(names) {
		t.Errorf("%d hashes of %d kernels", len(golden), len(names))
	}
	for e, i := reflect.TypeFor[*Engine](), 0; i < e.NumMethod(); i++ {
		if name := e.Method(i).Name; kernels[name] == nil && name != "Set" && name != "Threads" && name != "String" {
			t.Errorf("%s has no hash", name)
		}
	}
	for _, r := range testRows(t) {
		for _, threads := range []int{1, 2, 7} {
			t.Run(fmt.Sprintf("%s/threads=%d", r.name, threads), func(t *testing.T) {
				for _, name := range names {
					g := &goldenRun{e: New(Set{r}, threads), rng: rand.New(rand.NewPCG(61, 62)), at: threads, sum: fnv.New64a()}
					kernels[name](g)
					if got := g.sum.Sum64(); got != golden[name] {
						t.Errorf("%q: %#016x, want %#016x", name, got, golden[name])
					}
				}
			})
		}
	}
}
