package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/lanewise/lanewise/internal/ref"
)

// TestTiles runs every micro-kernel by itself: all ways to store A, all modes,
// whole and cut tiles, k around what a turn of their loops takes; each operand
// against a guard page, in turns at either end.
func TestTiles(t *testing.T) {
	for _, r := range testRows(t) {
		for _, x := range r.gemm.shapes {
			t.Run(fmt.Sprintf("%s/float32/%dx%d", r.name, x.mr, x.nr), func(t *testing.T) { checkTile(t, &x, x.nr, ref.FMA) })
		}
		if row := r.gemm.row; row != nil {
			wide := tile[float32]{row.mr, 3 * row.nr, row.byRows, row.run}
			t.Run(fmt.Sprintf("%s/float32/row", r.name), func(t *testing.T) { checkTile(t, &wide, 0, ref.FMA) })
		}
		for _, x := range r.gemm8.shapes {
			t.Run(fmt.Sprintf("%s/float64/%dx%d", r.name, x.mr, x.nr), func(t *testing.T) { checkTile(t, &x, x.nr, math.FMA) })
		}
	}
}

// checkTile runs a tile that may read so many columns of B, or as many as C has.
func checkTile[T float](t *testing.T, tile *tile[T], reads int, fma func(x, y, z T) T) {
	const kMost, gap = 33, 3
	mr, nr := tile.mr, tile.nr
	rng := rand.New(rand.NewPCG(uint64(mr), uint64(nr)))
	place := guardedPlaces[T](t, max(3*mr, kMost)*(3*mr+nr+kMost+gap))
	ks := []int{kMost}
	for k := range 12 {
		ks = append(ks, k)
	}
	turn, step := 0, 1
	if brief() {
		step = 3
	}
	for _, k := range ks {
		for n := nr; n > 0; n -= step {
			for _, m := range []int{1, mr - 1, mr, 2*mr + 1, 2 * mr} {
				turn++
				if m == 0 {
					continue
				}
				rows := roundUp(m, mr)
				// Packed; and whole tiles where they are, by columns and by rows.
				ai, as, ap := 1, mr, mr*k
				if m == rows {
					switch turn % 3 {
					case 1:
						ai, as, ap = 1, rows+gap, mr
					case 2:
						if tile.byRows {
							ai, as, ap = k+gap, 1, mr*(k+gap)
						}
					}
				}
				bs, ldc := nr+turn%2*gap, n+turn/2%2*gap
				mode := []int{0, tileLoad, tileBias}[turn%7%3] | []int{0, tileReLU, tileMask, tileReLU | tileMask}[turn%5%4]
				p := place(turn)
				a := p((rows/mr-1)*ap + (mr-1)*ai + max(k-1, 0)*as + 1)
				b := p(max(k-1, 0)*bs + max(n, reads))
				c, mask, bias := p((m-1)*ldc+n), p((m-1)*ldc+n), p(n)
				for _, x := range [][]T{a, b, c, mask, bias} {
					for i := range x {
						x[i] = T(rng.NormFloat64())
						switch rng.IntN(60) {
						case 0:
							x[i] = T(math.Copysign(0, -1))
						case 1:
							x[i] = T(math.NaN())
						}
					}
				}
				want := append([]T(nil), c...)
				for i := range m {
					for j := range n {
						z := T(0)
						switch {
						case mode&tileLoad != 0:
							z = c[i*ldc+j]
						case mode&tileBias != 0:
							z = bias[j]
						}
						for q := range k {
							z = fma(a[i/mr*ap+i%mr*ai+q*as], b[q*bs+j], z)
						}
						if mode&tileReLU != 0 && z <= 0 || mode&tileMask != 0 && !(mask[i*ldc+j] > 0) {
							z = 0
						}
						want[i*ldc+j] = z
					}
				}
				tile.run(k, &a[0], ai, as, ap, &b[0], bs, &c[0], ldc, &bias[0], &mask[0], m, n, mode)
				for i := range c {
					if !sameBits(c[i], want[i]) {
						t.Fatalf("m=%d n=%d k=%d ai=%d as=%d mode=%d: c[%d,%d] = %v, want %v", m, n, k, ai, as, mode, i/ldc, i%ldc, c[i], want[i])
					}
				}
			}
		}
	}
}

// TestDots runs the products with a vector by themselves, like TestTiles.
func TestDots(t *testing.T) {
	for _, r := range testRows(t) {
		for _, d := range r.gemm.dots {
			rng := rand.New(rand.NewPCG(1, uint64(d.rows)))
			place := guardedPlaces[float32](t, 40*d.rows)
			for turn := range 64 {
				k, gap, rows := 4*(1+turn%5), turn%3, max(8, d.rows-turn%8)
				p := place(turn)
				a, b, c := p(k), p((rows-1)*(k+gap)+k), p(rows)
				for _, x := range [][]float32{a, b, c} {
					for i := range x {
						x[i] = float32(rng.NormFloat64())
					}
				}
				b[rng.IntN(k)] = float32(math.NaN())
				want := append([]float32(nil), c...)
				for j := range want {
					for q, x := range a {
						want[j] = ref.FMA(x, b[j*(k+gap)+q], want[j])
					}
				}
				d.run(&c[0], &a[0], &b[0], k+gap, rows, k/4)
				for j := range c {
					if !sameBits(c[j], want[j]) {
						t.Fatalf("%s, %d rows of %d, k=%d: c[%d] = %v, want %v", r.name, rows, d.rows, k, j, c[j], want[j])
					}
				}
			}
		}
	}
}

func sameBits[T float](x, y T) bool {
	return x != x && y != y || x == y && math.Signbit(float64(x)) == math.Signbit(float64(y))
}

// guardedPlaces returns a function that starts a new series of up to five
// arrays of at most n elements, each right before or after a guard page.
func guardedPlaces[T float](t *testing.T, n int) func(turn int) func(n int) []T {
	var pages [2][5][]T
	for at := range pages {
		for i := range pages[at] {
			words := n * int(unsafe.Sizeof(T(0))) / 4
			x := guarded(t, words, at == 1)
			pages[at][i] = unsafe.Slice((*T)(unsafe.Pointer(&x[0])), n)
		}
	}
	return func(turn int) func(n int) []T {
		i := -1
		return func(size int) []T {
			i++
			if turn>>i&1 == 0 {
				return pages[0][i][:size:size]
			}
			return pages[1][i][n-size:]
		}
	}
}
