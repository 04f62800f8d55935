package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/lanewise/lanewise/internal/ref"
)

// TestPacking runs every copy, transpose and kernel of dot products of every set by
// itself and compares it with a loop in Go.
func TestPacking(t *testing.T) {
	for _, r := range testRows(t) {
		checkPacking(t, r.name+"/float32", &r.gemm32, ref.FMA)
		checkPacking(t, r.name+"/float64", &r.gemm64, math.FMA)
	}
}

func checkPacking[T Float](t *testing.T, name string, ts *tiles[T], fma func(x, y, z T) T) {
	for _, c := range ts.copies {
		t.Run(fmt.Sprintf("%s/copy%d", name, c.w), func(t *testing.T) { checkCopy(t, c) })
	}
	for _, x := range ts.transposes {
		t.Run(fmt.Sprintf("%s/transpose%d", name, x.w), func(t *testing.T) { checkTranspose(t, x) })
	}
	t.Run(name+"/scale", func(t *testing.T) { checkScale(t, ts) })
	for _, d := range ts.dots {
		t.Run(fmt.Sprintf("%s/dots%d", name, d.rows), func(t *testing.T) { checkDots(t, d, fma) })
	}
}

// strides are distances between rows of so many elements: without a gap, with one,
// off every alignment, and with all rows on one set of the first-level cache.
func strides(elements int) []int {
	return []int{elements, elements + 1, elements + 3, roundUp(elements, 64) + 19, roundUp(elements, 1024)}
}

// checkCopy has panels of the copy's own width and wider ones, where each of its
// rows may begin at any place.
func checkCopy[T Float](t *testing.T, c packer[T]) {
	const most = 9
	x := newMove[T](t, most, c.w)
	for n := 1; n <= most; n++ {
		for _, w := range strides(c.w) {
			for _, ld := range strides(c.w) {
				x.check(n, c.w, w, ld, func(p, i int) int { return p*ld + i }, func(dst, src *T) { c.run(dst, w, src, ld, n) })
			}
		}
	}
}

func checkTranspose[T Float](t *testing.T, c packer[T]) {
	const most = 5
	x := newMove[T](t, most*transposeStrip, c.w)
	for strips := 1; strips <= most; strips++ {
		depth := strips * transposeStrip
		for _, w := range strides(c.w) {
			for _, ld := range strides(depth) {
				x.check(depth, c.w, w, ld, func(p, i int) int { return i*ld + p }, func(dst, src *T) { c.run(dst, w, src, ld, strips) })
			}
		}
	}
}

// A move checks what moves the elements of a matrix.
type move[T Float] struct {
	*testing.T
	place func(at int) func(n int) []T
}

func newMove[T Float](t *testing.T, n, w int) *move[T] {
	return &move[T]{t, guardedPlaces[T](t, max(n, w)*strides(max(n, w))[4])}
}

// check has either array at either end, beside a guard page. What run leaves of dst
// between the n columns of w elements is as it was, and src too.
func (t *move[T]) check(n, width, w, ld int, from func(p, i int) int, run func(dst, src *T)) {
	t.Helper()
	for at := range 4 {
		p := t.place(at)
		src, dst := p(from(n-1, width-1)+1), p((n-1)*w+width)
		special(src, n+at)
		want, same := canaries(dst), append([]T(nil), src...)
		for p := range n {
			for i := range width {
				want[p*w+i] = src[from(p, i)]
			}
		}
		run(&dst[0], &src[0])
		if i := differs(dst, want); i >= 0 {
			t.Fatalf("n=%d w=%d ld=%d: dst[%d,%d] = %v, want %v", n, w, ld, i/w, i%w, dst[i], want[i])
		}
		if i := differs(src, same); i >= 0 {
			t.Fatalf("n=%d w=%d ld=%d: src[%d] became %v", n, w, ld, i, src[i])
		}
	}
}

// checkScale has every length of a few rounds, at either end beside a guard page.
func checkScale[T Float](t *testing.T, ts *tiles[T]) {
	const most = 4*scaleStep + 3
	place := guardedPlaces[T](t, most)
	for n := range most + 1 {
		for at := range 2 {
			x := place(at)(n)
			special(x, n+at)
			f := []T{-1, T(math.Inf(1)), 1.7}[n%3]
			want := append([]T(nil), x...)
			for i := range want {
				want[i] *= f
			}
			ts.scale(x, &f)
			if i := differs(x, want); i >= 0 {
				t.Fatalf("%d elements times %v: element %d is %v, want %v", n, f, i, x[i], want[i])
			}
		}
	}
}

// checkDots has every number of rows that a kernel takes.
func checkDots[T Float](t *testing.T, d dots[T], fma func(x, y, z T) T) {
	const most = 11 // times four steps: what is prefetched lies within, and beyond
	place := guardedPlaces[T](t, d.rows*1100)
	nth := 0
	for quads := 0; quads <= most; quads++ {
		k := 4 * quads
		for rows := max(8, d.rows-7); rows <= d.rows; rows++ {
			for _, ld := range strides(max(k, 1)) {
				nth++
				p := place(nth)
				a, b, c := p(max(k, 1)), p((rows-1)*ld+max(k, 1)), p(rows)
				special(a, 3*nth)
				special(b, 3*nth+1)
				special(c, 3*nth+2)
				want := append([]T(nil), c...)
				for j := range want {
					for q, x := range a[:k] {
						want[j] = fma(x, b[j*ld+q], want[j])
					}
				}
				d.run(&c[0], &a[0], &b[0], ld, rows, quads)
				if j := differs(c, want); j >= 0 {
					t.Fatalf("rows=%d k=%d ld=%d: c[%d] = %v, want %v", rows, k, ld, j, c[j], want[j])
				}
			}
		}
	}
}

// special sets normal numbers, and among them some that are rare.
func special[T Float](x []T, seed int) {
	rng := rand.New(rand.NewPCG(uint64(seed), uint64(len(x))))
	rare := []float64{0, math.Copysign(0, -1), math.Inf(1), math.NaN(), 0x1p-140}
	for i := range x {
		x[i] = T(rng.NormFloat64())
		if rng.IntN(100) == 0 {
			x[i] = T(rare[rng.IntN(len(rare))])
		}
	}
}

// canaries fills dst with what no kernel writes, and returns a copy.
func canaries[T Float](dst []T) []T {
	for i := range dst {
		dst[i] = T(i) + 1<<20
	}
	return append([]T(nil), dst...)
}

// differs is the first place where got is not want, or -1.
func differs[T Float](got, want []T) int {
	for i := range got {
		if !sameBits(got[i], want[i]) {
			return i
		}
	}
	return -1
}
