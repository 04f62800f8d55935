package blas

import (
	"math"

	"github.com/lanewise/lanewise/kernels"
)

// Vectors whose elements lie apart are columns of matrices, as LAPACK has them: more than
// a processor fetches by itself, so that what counts is how many loads are under way.
// Sums of our own are four, of every fourth term from the first, second, third and fourth
// on, each term rounded: (s0+s1) + (s2+s3). What remains is added to the first.

// From so many elements on ours are faster: BenchmarkLevel1 measures it.
const (
	swapLeast = 64
	scalLeast = 16
	dotLeast  = 8
	asumLeast = 40
	nrm2Least = 8
)

// Ddot computes Σ x[i]·y[i]. gonum's is faster where elements lie side by side.
func (im *Implementation) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	if n < dotLeast || incX == 1 && incY == 1 || !(vector[float64]{x, n, incX}).ascends() || !(vector[float64]{y, n, incY}).ascends() {
		return im.Implementation.Ddot(n, x, incX, y, incY)
	}
	var s0, s1, s2, s3 float64
	i, j := 0, 0
	for ; n >= 4; n -= 4 {
		s0 += float64(x[i] * y[j])
		s1 += float64(x[i+incX] * y[j+incY])
		s2 += float64(x[i+2*incX] * y[j+2*incY])
		s3 += float64(x[i+3*incX] * y[j+3*incY])
		i += 4 * incX
		j += 4 * incY
	}
	for range n {
		s0 += float64(x[i] * y[j])
		i += incX
		j += incY
	}
	return s0 + s1 + (s2 + s3)
}

// Sasum computes Σ |x[i]|, in float64.
func (im *Implementation) Sasum(n int, x []float32, incX int) float32 {
	if n < asumLeast || !(vector[float32]{x, n, incX}).ascends() {
		return im.Implementation.Sasum(n, x, incX)
	}
	return float32(asum(n, x, incX))
}

// Dasum computes Σ |x[i]|.
func (im *Implementation) Dasum(n int, x []float64, incX int) float64 {
	if n < asumLeast || !(vector[float64]{x, n, incX}).ascends() {
		return im.Implementation.Dasum(n, x, incX)
	}
	return asum(n, x, incX)
}

func asum[T kernels.Float](n int, x []T, inc int) float64 {
	var s0, s1, s2, s3 float64
	i := 0
	for ; n >= 4; n -= 4 {
		s0 += math.Abs(float64(x[i]))
		s1 += math.Abs(float64(x[i+inc]))
		s2 += math.Abs(float64(x[i+2*inc]))
		s3 += math.Abs(float64(x[i+3*inc]))
		i += 4 * inc
	}
	for range n {
		s0 += math.Abs(float64(x[i]))
		i += inc
	}
	return s0 + s1 + (s2 + s3)
}

// Snrm2 computes sqrt(Σ x[i]²), in float64.
func (im *Implementation) Snrm2(n int, x []float32, incX int) float32 {
	if n >= nrm2Least && (vector[float32]{x, n, incX}).ascends() {
		if sum := squares(n, x, incX); sum > 0 && sum <= math.MaxFloat64 {
			return float32(math.Sqrt(sum))
		}
	}
	return im.Implementation.Snrm2(n, x, incX)
}

// Dnrm2 computes sqrt(Σ x[i]²): as gonum does, which scales, where squares may overflow, or
// underflow to an effect.
func (im *Implementation) Dnrm2(n int, x []float64, incX int) float64 {
	if n >= nrm2Least && (vector[float64]{x, n, incX}).ascends() {
		if sum := squares(n, x, incX); sum >= 0x1p-900 && sum <= math.MaxFloat64 {
			return math.Sqrt(sum)
		}
	}
	return im.Implementation.Dnrm2(n, x, incX)
}

func squares[T kernels.Float](n int, x []T, inc int) float64 {
	var s0, s1, s2, s3 float64
	i := 0
	for ; n >= 4; n -= 4 {
		a, b, c, d := float64(x[i]), float64(x[i+inc]), float64(x[i+2*inc]), float64(x[i+3*inc])
		s0 += float64(a * a)
		s1 += float64(b * b)
		s2 += float64(c * c)
		s3 += float64(d * d)
		i += 4 * inc
	}
	for range n {
		a := float64(x[i])
		s0 += float64(a * a)
		i += inc
	}
	return s0 + s1 + (s2 + s3)
}

// Sscal multiplies x by alpha. gonum's Dscal is fast.
func (im *Implementation) Sscal(n int, alpha float32, x []float32, incX int) {
	if incX != 1 || n < scalLeast || len(x) < n || alpha == 0 {
		im.Implementation.Sscal(n, alpha, x, incX)
		return
	}
	scale(x[:n], alpha)
}

// scale multiplies by s, where 0 clears.
func scale[T kernels.Float](x []T, s T) {
	switch s {
	case 0:
		clear(x)
		return
	case 1:
		return
	}
	for ; len(x) >= 4; x = x[4:] {
		x[0] *= s
		x[1] *= s
		x[2] *= s
		x[3] *= s
	}
	for i := range x {
		x[i] *= s
	}
}

// Sswap exchanges x and y.
func (im *Implementation) Sswap(n int, x []float32, incX int, y []float32, incY int) {
	if incX != 1 || incY != 1 || n < swapLeast || len(x) < n || len(y) < n {
		im.Implementation.Sswap(n, x, incX, y, incY)
		return
	}
	swap(x[:n], y[:n])
}

// Dswap is Sswap in float64.
func (im *Implementation) Dswap(n int, x []float64, incX int, y []float64, incY int) {
	if incX != 1 || incY != 1 || n < swapLeast || len(x) < n || len(y) < n {
		im.Implementation.Dswap(n, x, incX, y, incY)
		return
	}
	swap(x[:n], y[:n])
}

// swap moves vectors, which Go does not do element by element.
func swap[T kernels.Float](x, y []T) {
	var part [64]T
	for len(x) > 0 {
		n := copy(part[:], x)
		copy(x, y[:n])
		copy(y, part[:n])
		x, y = x[n:], y[n:]
	}
}
