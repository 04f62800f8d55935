//go:build (amd64 || arm64) && !purego && !noasm

package kernels

import (
	"flag"
	"math"
	"runtime"
	"sync"
	"testing"

	"github.com/lanewise/lanewise/internal/ref"
)

var fmaCount = flag.Int("fma", 2_000_000, "how many inputs TestFMAIsHardware compares")

// TestFMAIsHardware compares the reference's fused multiply-add with the
// processor's, one step of a GEMM chain.
func TestFMAIsHardware(t *testing.T) {
	r := testRows(t)[0]
	if r == &goRow {
		t.Skip("no set with the instruction")
	}
	count := *fmaCount
	if brief() {
		count /= 10
	}
	var done sync.WaitGroup
	threads := runtime.GOMAXPROCS(0)
	for w := range threads {
		done.Go(func() { compareFMA(t, r, count/threads, uint64(w)) })
	}
	done.Wait()
}

func compareFMA(t *testing.T, r *row, count int, seed uint64) {
	s := seed<<40 + 0x9e3779b97f4a7c15
	next := func() uint64 { // splitmix64
		s += 0x9e3779b97f4a7c15
		z := (s ^ s>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	tile := tile[float32]{r.gemm32.tiles[0], r.gemm32.run[0]}
	mr, nr := tile.mr, tile.nr
	a, b, c, want := make([]float32, mr), make([]float32, nr), make([]float32, mr*nr), make([]float32, mr*nr)
	build := func(exp int, mantissa uint64) float32 { // with a random sign
		exp = min(max(exp, 0), 254)
		return math.Float32frombits(uint32(next())&(1<<31) | uint32(exp)<<23 | uint32(mantissa)&(1<<23-1))
	}
	// A number of few digits, or one next to it: its products hit the halfway
	// points between float32, or miss them by less than a float64 sees.
	nearRound := func(exp int) float32 {
		x := math.Float32bits(build(exp, next()%4<<21))
		return math.Float32frombits(x + uint32(next()%5) - 2)
	}
	exponent := func(x float32) int { return int(math.Float32bits(x) >> 23 & 255) }
	for kind := 0; count > 0; count -= mr * nr {
		kind = (kind + 1) % 6
		// The exponents of a and b add up to that of the product.
		ea := 64 + int(next()%128)
		eb := 64 + int(next()%128)
		if kind == 3 || kind == 4 {
			ea = 30 + int(next()%64)
			eb = 128 - ea - int(next()%28) // the product is about 2^-126 … 2^-153
		}
		for i := range a {
			switch kind {
			case 0:
				a[i] = math.Float32frombits(uint32(next()))
			case 2, 4:
				a[i] = nearRound(ea)
			default:
				a[i] = build(ea, next())
			}
		}
		for j := range b {
			switch kind {
			case 0:
				b[j] = math.Float32frombits(uint32(next()))
			case 2, 4:
				b[j] = nearRound(eb)
			default:
				b[j] = build(eb, next())
			}
		}
		for i, x := range a {
			for j, y := range b {
				var z float32
				switch product := exponent(x) + exponent(y) - 127; kind {
				case 0:
					z = math.Float32frombits(uint32(next()))
				case 1: // of the same size: cancellation, and every overlap of digits
					z = build(product-30+int(next()%60), next())
				case 2: // the product is half a unit of z, or a few halves
					z = build(product+24-int(next()%5), next())
				case 3: // subnormal all round
					z = build(int(next()%4), next())
				case 4: // half units of subnormals
					z = build(int(next()%2), next()%64)
				case 5: // nearly -x·y: what is left of it is exact
					z = -(x * y)
					z = math.Float32frombits(math.Float32bits(z) + uint32(next()%3))
				}
				c[i*nr+j] = z
				want[i*nr+j] = ref.FMA(x, y, z)
			}
		}
		in := append([]float32(nil), c...)
		tile.run(1, &a[0], 1, mr, 0, &b[0], nr, 0, &c[0], nr, nil, nil, mr, nr, tileLoad)
		for k := range c {
			if !same(c[k], want[k]) {
				t.Errorf("kind %d: fma(%x, %x, %x) = %x, reference %x", kind, a[k/nr], b[k%nr], in[k], c[k], want[k])
				return
			}
		}
	}
}
