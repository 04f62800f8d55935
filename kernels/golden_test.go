package kernels

import (
	_ "embed"
	"encoding/binary"
	"flag"
	"fmt"
	"hash"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// golden has one hash per kernel of what TestSameBits makes of it. For a new kernel:
//
//	go test ./kernels -run SameBits -set go -update
//
//go:embed testdata/golden.txt
var golden string

var update = flag.Bool("update", false, "write the hashes of the kernels that have none")

// A goldenRun draws inputs for an engine and hashes what it returns.
type goldenRun struct {
	e       *Engine
	rng     *rand.Rand
	at      int // where the next array starts, in elements behind an aligned one
	special int // one number of so many is a special value or any bits; 0: none
	sum     hash.Hash64
}

func newGoldenRun(e *Engine) *goldenRun {
	return &goldenRun{e: e, rng: rand.New(rand.NewPCG(61, 62)), at: e.Threads(), sum: fnv.New64a()}
}

func (g *goldenRun) hash() string { return fmt.Sprintf("%016x", g.sum.Sum64()) }

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
		return math.Float32frombits(u&(1<<31|31<<23|(1<<23-16)) + 87<<23)
	default: // 2^-4 to 2^4
		return math.Float32frombits(u&(1<<31|7<<23|(1<<23-16)) + 123<<23)
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
func add[T Float](g *goldenRun, xs ...[]T) {
	var b []byte
	for _, x := range xs {
		for _, v := range x {
			bits := bitsOf(v)
			if v != v {
				bits = 0x7ff8 << 48
			}
			b = binary.LittleEndian.AppendUint64(b, bits)
		}
	}
	g.sum.Write(b)
}

// convolved calls f for convolutions of several chains and classes, one with special
// values.
func convolved(g *goldenRun, f func(g *goldenRun, c Convolution, nx, ny, nw int)) {
	for i, c := range []Convolution{
		{2, 14, 14, 8, 3, 3, 20, 2, 2, 0, 1, 0, 1},
		{1, 4, 4, 40, 4, 4, 33, 2, 2, 1, 1, 1, 1},
		{2, 6, 7, 2, 3, 2, 4, 1, 3, 1, -1, 2, 1},
	} {
		g.special = []int{0, 0, 24}[i]
		nx, ny, nw := c.lengths()
		f(g, c, nx, ny, nw)
	}
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
	// A shape of several rows, one of tiles and their remains, a row, a
	// column, one with special values, and one of several chains.
	products := func(g *goldenRun, f func(transA, transB bool, m, n, k, gap int, alpha, beta float32)) {
		for i, s := range [][3]int{{7, 20, 301}, {38, 67, 21}, {1, 70, 9}, {50, 1, 6}, {13, 35, 8}, {6, 33, 1300}} {
			g.special = []int{0, 0, 0, 0, 24, 0}[i]
			transposes(func(transA, transB bool) {
				f(transA, transB, s[0], s[1], s[2], i%3, []float32{1, -0.7}[i%2], []float32{0, 1, 1.3}[i%3])
			})
		}
	}
	ks := map[string]func(g *goldenRun){
		"ColumnSums": func(g *goldenRun) {
			lengths(g, func(n int) {
				n = min(n, 1027)
				rows := 5
				if n < 100 {
					rows = 1100 // several chains
				}
				dst := g.draw(n)
				g.e.ColumnSums(dst, g.draw(rows*n))
				add(g, dst)
			})
		},
		"ReparameterizeKL": func(g *goldenRun) {
			lengths(g, func(n int) {
				x, kl := g.draws(4, n), g.draw(samplesOf(n))
				add(g, []float64{g.e.Reparameterize(len(kl), x[0], kl, x[1], x[2], Drawn(testField))})
				add(g, x[0], kl)
				add(g, []float64{g.e.Reparameterize(len(kl), x[0], kl, x[1], x[2], Given(x[3]))})
				add(g, x[0], kl)
			})
		},
		"Gemm": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, alpha, beta float32) {
				lda, ldb, ldc := columns(transA, m, k)+gap, columns(transB, k, n)+gap, n+gap
				a, b, c := g.draw(m*lda+k*lda), g.draw(k*ldb+n*ldb), g.draw(m*ldc)
				gemm32(g.e, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
				add(g, c)
			})
		},
		"Gemm64": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, alpha, beta float32) {
				lda, ldb, ldc := columns(transA, m, k)+gap, columns(transB, k, n)+gap, n+gap
				a, b, c := g.draw64(m*lda+k*lda), g.draw64(k*ldb+n*ldb), g.draw64(m*ldc)
				gemm64(g.e, transA, transB, m, n, k, float64(alpha), a, lda, b, ldb, float64(beta), c, ldc)
				add(g, c)
			})
		},
		"GemmReLUGrad": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, alpha, beta float32) {
				lda, ldb, ldc := columns(transA, m, k)+gap, columns(transB, k, n)+gap, n+gap
				a, b, c, y := g.draw(m*lda+k*lda), g.draw(k*ldb+n*ldb), g.draw(m*ldc), g.draw(m*ldc)
				gemmReLUGrad(g.e, transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, y, c, ldc)
				add(g, c)
			})
		},
		"GemmBias": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, _, _ float32) {
				lda, ldb, ldc := columns(transA, m, k)+gap, columns(transB, k, n)+gap, n+gap
				a, b, c, bias := g.draw(m*lda+k*lda), g.draw(k*ldb+n*ldb), g.draw(m*ldc), g.draw(n)
				for _, act := range []Activation{NoActivation, ReLU} {
					gemmBias(g.e, transA, transB, m, n, k, a, lda, b, ldb, bias, act, c, ldc)
					add(g, c)
				}
			})
		},
		"GemmPacked": func(g *goldenRun) {
			products(g, func(transA, transB bool, m, n, k, gap int, alpha, beta float32) {
				lda, ldb, ldc := columns(transA, m, k)+gap, columns(transB, k, n)+gap, n+gap
				a, b, c := g.draw(m*lda+k*lda), g.draw(k*ldb+n*ldb), g.draw(m*ldc)
				packed := g.e.Pack(nil, view(transB, k, n, b, ldb))
				g.e.GemmPacked(view(false, m, n, c, ldc), alpha, view(transA, m, k, a, lda), packed, beta, nil)
				add(g, c)
			})
		},
		"Conv": func(g *goldenRun) {
			convolved(g, func(g *goldenRun, c Convolution, nx, ny, nw int) {
				y := g.draw(ny)
				g.e.Conv(y, g.draw(nx), g.draw(nw), c, &Epilogue{Bias: g.draw(c.Filters), Activation: ReLU})
				add(g, y)
			})
		},
		"ConvTranspose": func(g *goldenRun) {
			convolved(g, func(g *goldenRun, c Convolution, nx, ny, nw int) {
				x := g.draw(nx)
				g.e.ConvTranspose(x, g.draw(ny), g.draw(nw), c, &Epilogue{Bias: g.draw(c.Channels)})
				add(g, x)
			})
		},
		"ConvWeightGrad": func(g *goldenRun) {
			convolved(g, func(g *goldenRun, c Convolution, nx, ny, nw int) {
				dw := g.draw(nw)
				g.e.ConvWeightGrad(dw, g.draw(nx), g.draw(ny), c)
				add(g, dw)
			})
		},
		"Pack": func(g *goldenRun) { // element by element, for panels differ from set to set
			p := g.e.Pack(nil, NewMatrix(g.draw(70*50), 70, 50).T())
			for q := range p.Rows {
				for j := range p.Cols {
					add(g, p.Data[j/p.Width*p.Width*p.Rows+q*p.Width+j%p.Width:][:1])
				}
			}
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
	hashes := map[string]string{}
	for line := range strings.Lines(golden) {
		name, hash, _ := strings.Cut(line, " ")
		if kernels[name] == nil {
			t.Errorf("there is no kernel %s", name)
		}
		hashes[name] = strings.TrimSpace(hash)
	}
	if *update {
		addHashes(t, kernels, names, hashes)
	}
	for e, i := reflect.TypeFor[*Engine](), 0; i < e.NumMethod(); i++ {
		if name := e.Method(i).Name; kernels[name] == nil && name != "Set" && name != "Threads" && name != "String" && name != "Each" {
			t.Errorf("%s has no hash", name)
		}
	}
	for _, r := range testRows(t) {
		for _, threads := range []int{1, 2, 7} {
			t.Run(fmt.Sprintf("%s/threads=%d", r.name, threads), func(t *testing.T) {
				for _, name := range names {
					g := newGoldenRun(New(Set{r}, threads))
					kernels[name](g)
					if got := g.hash(); got != hashes[name] {
						t.Errorf("%s: %s, want %s", name, got, hashes[name])
					}
				}
			})
		}
	}
}

// addHashes gives hashes to kernels that have none, by the reference.
func addHashes(t *testing.T, kernels map[string]func(g *goldenRun), names []string, hashes map[string]string) {
	var text strings.Builder
	for _, name := range names {
		if hashes[name] == "" {
			g := newGoldenRun(New(Set{&goRow}, 1))
			kernels[name](g)
			hashes[name] = g.hash()
		}
		fmt.Fprintf(&text, "%-22s %s\n", name, hashes[name])
	}
	if err := os.WriteFile("testdata/golden.txt", []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
