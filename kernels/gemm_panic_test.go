package kernels

import (
	"math"
	"math/rand/v2"
	"testing"
)

// panicText is what f panics with, which must be a string; "" if it does not.
func panicText(t testing.TB, f func()) (text string) {
	t.Helper()
	defer func() {
		switch p := recover().(type) {
		case nil:
		case string:
			text = p
		default:
			t.Helper()
			t.Errorf("panic with %T: %v", p, p)
			text = "not a string"
		}
	}()
	f()
	return ""
}

func expectPanic(t testing.TB, what, want string, f func()) {
	t.Helper()
	if got := panicText(t, f); got != want {
		t.Errorf("%s: panic %q, want %q", what, got, want)
	}
}

func TestGemmPanics(t *testing.T) {
	const (
		negative = "kernels: matrix of negative size"
		ld       = "kernels: stride of a matrix smaller than its rows"
		short    = "kernels: slice too short for its matrix"
		overlaps = "kernels: C overlaps an operand"
		huge     = math.MaxInt
		half     = math.MaxInt/2 + 1 // times 2 it wraps to MinInt, times 4 to 0
	)
	x := make([]float32, 100)
	y := make([]float32, 100)
	lines := make([]float32, 64) // 256 bytes are aligned to a cache line
	for _, e := range testEngines(t) {
		for _, c := range []struct {
			name, want     string
			transA, transB bool
			m, n, k        int
			a              []float32
			lda            int
			b              []float32
			ldb            int
			c              []float32
			ldc            int
			noBias         bool
		}{
			{name: "fits", m: 3, n: 4, k: 5, a: x[:15], lda: 5, b: x[:20], ldb: 4, c: y[:12], ldc: 4},
			{name: "m", want: negative, m: -1, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "k", want: negative, m: 3, n: 4, k: -1, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "n", want: negative, m: 3, n: -4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: 4, noBias: true},
			{name: "smallest", want: negative, m: math.MinInt, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "lda", want: ld, m: 3, n: 4, k: 5, a: x, lda: 4, b: x, ldb: 4, c: y, ldc: 4},
			{name: "lda of Aᵀ", want: ld, transA: true, m: 3, n: 4, k: 5, a: x, lda: 2, b: x, ldb: 4, c: y, ldc: 4},
			{name: "ldb", want: ld, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 3, c: y, ldc: 4},
			{name: "ldb of Bᵀ", want: ld, transB: true, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "ldc", want: ld, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: 3},
			{name: "ldc of one row", want: ld, m: 1, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: 3},
			{name: "zero lda of no elements", m: 3, n: 4, k: 0, a: nil, lda: 0, b: nil, ldb: 4, c: y, ldc: 4},
			{name: "zero ldc of no elements", m: 0, n: 0, k: 0, a: nil, lda: 1, b: nil, ldb: 1, c: y, ldc: 0},
			{name: "negative ldb", want: ld, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: -4, c: y, ldc: 4},
			{name: "A", want: short, m: 3, n: 4, k: 5, a: x[:14], lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "A by capacity", want: short, m: 3, n: 4, k: 5, a: x[:14:100], lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "Aᵀ", want: short, transA: true, m: 3, n: 4, k: 5, a: x[:14], lda: 3, b: x, ldb: 4, c: y, ldc: 4},
			{name: "B", want: short, m: 3, n: 4, k: 5, a: x, lda: 5, b: x[:19], ldb: 4, c: y, ldc: 4},
			{name: "Bᵀ", want: short, transB: true, m: 3, n: 4, k: 5, a: x, lda: 5, b: x[:19], ldb: 5, c: y, ldc: 4},
			{name: "C", want: short, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y[:11], ldc: 4},
			{name: "C with a gap", want: short, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y[:13], ldc: 5},
			{name: "nil A", want: short, m: 3, n: 4, k: 5, a: nil, lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "nil B", want: short, m: 3, n: 4, k: 5, a: x, lda: 5, b: nil, ldb: 4, c: y, ldc: 4},
			{name: "nil C", want: short, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: nil, ldc: 4},
			{name: "B is not looked at if m = 0", m: 0, n: 4, k: 5, a: nil, lda: 5, b: x[:19], ldb: 4, c: nil, ldc: 4},
			{name: "huge lda", want: short, m: 3, n: 4, k: 5, a: x, lda: half, b: x, ldb: 4, c: y, ldc: 4},
			{name: "lda wraps to 0", want: short, m: 5, n: 4, k: 5, a: x, lda: half, b: x, ldb: 4, c: y, ldc: 4},
			{name: "ldb wraps", want: short, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: huge, c: y, ldc: 4},
			{name: "ldc wraps", want: short, m: 5, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: half},
			{name: "ldc wraps below", want: short, m: 3, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: huge},
			{name: "huge m", want: short, m: huge, n: 4, k: 5, a: x, lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "huge k", want: short, m: 1, n: 1, k: huge, a: x, lda: huge, b: x, ldb: 1, c: y, ldc: 1},
			{name: "all huge", want: short, m: huge, n: 4, k: huge, a: x, lda: huge, b: x, ldb: huge, c: y, ldc: huge},
			{name: "huge ld of one row", m: 1, n: 4, k: 1, a: x, lda: huge, b: x, ldb: huge, c: y, ldc: huge},
			{name: "huge ld of one row in place", m: 25, n: 64, k: 1, a: make([]float32, 25), lda: 1, b: lines, ldb: half, c: make([]float32, 25*64), ldc: 64},
			{name: "C in A, huge ldc of one row", want: overlaps, m: 1, n: 4, k: 8, a: y, lda: 8, b: x, ldb: 4, c: y[5:], ldc: huge},
			{name: "C is A", want: overlaps, m: 3, n: 4, k: 5, a: y, lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "C is B", want: overlaps, m: 3, n: 4, k: 5, a: x, lda: 5, b: y, ldb: 4, c: y, ldc: 4},
			{name: "C ends in A", want: overlaps, m: 3, n: 4, k: 5, a: y[11:], lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "C ends before A", m: 3, n: 4, k: 5, a: y[12:], lda: 5, b: x, ldb: 4, c: y, ldc: 4},
			{name: "C starts in B", want: overlaps, m: 3, n: 4, k: 5, a: x, lda: 5, b: y, ldb: 4, c: y[19:], ldc: 4},
			{name: "C starts after B", m: 3, n: 4, k: 5, a: x, lda: 5, b: y, ldb: 4, c: y[20:], ldc: 4},
			{name: "column blocks", m: 3, n: 4, k: 3, a: y[4:], lda: 11, b: y[7:], ldb: 11, c: y, ldc: 11},
			{name: "column blocks that touch", want: overlaps, m: 3, n: 4, k: 3, a: y[3:], lda: 11, b: y[7:], ldb: 11, c: y, ldc: 11},
			{name: "a block around the end of a row", want: overlaps, m: 3, n: 4, k: 3, a: x, lda: 10, b: y[7:], ldb: 10, c: y[1:], ldc: 9},
			{name: "a row between rows", m: 3, n: 4, k: 1, a: x, lda: 1, b: y[5:], ldb: 4, c: y, ldc: 10},
			{name: "a row too long to be between rows", want: overlaps, m: 3, n: 7, k: 1, a: x, lda: 1, b: y[5:], ldb: 7, c: y, ldc: 10},
		} {
			expectPanic(t, e.String()+": "+c.name, c.want, func() {
				gemm32(e, c.transA, c.transB, c.m, c.n, c.k, 1, c.a, c.lda, c.b, c.ldb, 1, c.c, c.ldc)
			})
			if !c.noBias {
				expectPanic(t, e.String()+": with bias: "+c.name, c.want, func() {
					gemmBias(e, c.transA, c.transB, c.m, c.n, c.k, c.a, c.lda, c.b, c.ldb, make([]float32, c.n), ReLU, c.c, c.ldc)
				})
			}
		}
		const bias = "kernels: Gemm: len(Bias) is not the number of C's columns"
		for _, n := range []int{0, 3, 5} {
			expectPanic(t, "bias", bias, func() { gemmBias(e, false, false, 3, 4, 5, x, 5, x, 4, x[:n], ReLU, y, 4) })
		}
		expectPanic(t, "bias in C", overlaps, func() { gemmBias(e, false, false, 3, 4, 5, x, 5, x, 4, y[11:15], ReLU, y, 4) })
		expectPanic(t, "bias between rows", "", func() { gemmBias(e, false, false, 3, 4, 5, x, 5, x, 4, y[14:18], ReLU, y, 10) })
		expectPanic(t, "no alpha", "", func() { gemm32(e, false, false, 3, 4, 5, 0, y, 5, y, 4, 1, y, 4) })

		// The engine works on after a panic.
		c := []float32{0}
		gemm32(e, false, false, 1, 1, 1, 2, []float32{3}, 1, []float32{4}, 1, 0, c, 1)
		if c[0] != 24 {
			t.Errorf("%v: 2·3·4 = %v after panics", e, c[0])
		}
	}
}

// TestCheckApart compares the check with the sets of elements themselves: two
// matrices that share one are always found; of those that share none, the ones
// with one leading dimension, and single rows, are let through.
func TestCheckApart(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	buf := make([]float32, 120)
	var owner [120]bool
	shared, apart := 0, 0
	for range 200_000 {
		draw := func() (x []float32, at, rows, cols, ld int) {
			rows, cols = 1+rng.IntN(4), 1+rng.IntN(9)
			ld = cols + rng.IntN(12-cols)
			at = rng.IntN(40)
			return checkMatrix(buf[at:], rows, cols, ld), at, rows, cols, ld
		}
		c, ci, cm, cn, ldc := draw()
		x, xi, xm, xn, ldx := draw()
		if rng.IntN(2) == 0 && ldc >= xn { // like enough for most of the interesting ones
			ldx = ldc
			x = checkMatrix(buf[xi:], xm, xn, ldx)
		}
		clear(owner[:])
		for i := range cm {
			for j := range cn {
				owner[ci+i*ldc+j] = true
			}
		}
		meet := false
		for i := range xm {
			for j := range xn {
				meet = meet || owner[xi+i*ldx+j]
			}
		}
		refused := panicText(t, func() { checkApart(c, cn, ldc, x, xn, ldx) }) != ""
		exact := ldc == ldx || cm == 1 || xm == 1
		if meet && !refused || !meet && refused && exact {
			t.Fatalf("C %dx%d at %d, ld %d; X %dx%d at %d, ld %d: share elements: %v, refused: %v",
				cm, cn, ci, ldc, xm, xn, xi, ldx, meet, refused)
		}
		if meet {
			shared++
		} else if overlap(c, x) {
			apart++
		}
	}
	if shared < 1000 || apart < 1000 {
		t.Fatalf("only %d cases that share elements, %d that interleave", shared, apart)
	}
}
