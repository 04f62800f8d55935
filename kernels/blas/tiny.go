package blas

import "github.com/lanewise/lanewise/kernels"

// tiny is how many multiply-adds a loop makes sooner than an engine: BenchmarkLevel3
// measures it.
const tiny = 216

// few tells whether m·n·k is at most limit, where all are positive.
func few(m, n, k, limit int) bool {
	return 0 < min(m, n, k) && max(m, n, k) <= limit && m*n <= limit && m*n*k <= limit
}

// multiplyTiny makes what is done sooner without an engine: c is beta·c, or 0, and then
// k times c + alpha·a·b in ascending order, each operation rounded, for to fuse two of
// them in Go is slow.
func multiplyTiny[T kernels.Float](c view[T], m, n, k int, alpha T, a, b view[T], beta T) bool {
	switch {
	case alpha == 0 || k == 0:
		c.scale(m, n, beta)
		return true
	case !few(m, n, k, tiny):
		return false
	case c.transposed:
		c, a, b, m, n = c.t(), b.t(), a.t(), n, m
	}
	ai, ak := a.steps()
	bk, bj := b.steps()
	for i := range m {
		out, x := c.data[i*c.ld:][:n], a.data[i*ai:]
		scale(out, beta)
		j := 0
		for ; j+3 <= n; j += 3 {
			at, bt := 0, j*bj
			c0, c1, c2 := out[j], out[j+1], out[j+2]
			for range k {
				v := alpha * x[at]
				c0 += T(v * b.data[bt])
				c1 += T(v * b.data[bt+bj])
				c2 += T(v * b.data[bt+2*bj])
				at += ak
				bt += bk
			}
			out[j], out[j+1], out[j+2] = c0, c1, c2
		}
		for ; j < n; j++ {
			at, bt, c0 := 0, j*bj, out[j]
			for range k {
				c0 += T(T(alpha*x[at]) * b.data[bt])
				at += ak
				bt += bk
			}
			out[j] = c0
		}
	}
	return true
}
