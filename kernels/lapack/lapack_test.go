package lapack

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
	"gonum.org/v1/gonum/lapack/testlapack"
)

// TestDgesvd is gonum's own, with twice its tolerance: values alone are made in another way, by
// gonum's, and the least of 150 differs by the rounding of the largest.
func TestDgesvd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes long where it is emulated: TestSVD has the same cases and more")
	}
	testlapack.DgesvdTest(t, Implementation{}, 2e-13)
}

func TestDsyev(t *testing.T) { testlapack.DsyevTest(t, Implementation{}) }

// shapes are m×n matrices in which something is special.
func shapes(rng *rand.Rand, m, n int) map[string]blas64.General {
	k := min(m, n)
	of := func(f func(i, j int) float64) blas64.General {
		a := general(m, n)
		for i := range m {
			for j := range n {
				a.Data[i*n+j] = f(i, j)
			}
		}
		return a
	}
	diagonal := func(f func(i int) float64) blas64.General {
		return of(func(i, j int) float64 {
			if i == j {
				return f(i)
			}
			return 0
		})
	}
	near := func(i, j int, main, beside float64) float64 {
		switch max(i-j, j-i) {
		case 0:
			return main
		case 1:
			return beside
		}
		return 0
	}
	return map[string]blas64.General{
		"normal":         of(func(i, j int) float64 { return rng.NormFloat64() }),
		"zero":           of(func(i, j int) float64 { return 0 }),
		"one":            diagonal(func(int) float64 { return 1 }),
		"diagonal":       diagonal(func(i int) float64 { return float64((7*i)%k - k/2) }),
		"some zeros":     of(func(i, j int) float64 { return float64(rng.IntN(3)/2) * rng.NormFloat64() }),
		"rank 1":         of(func(i, j int) float64 { return float64(i+1) * float64(j-3) }),
		"rank 5":         of(func(i, j int) float64 { return math.Cos(float64(i * j % 5)) }),
		"equal":          of(func(i, j int) float64 { return 3 }),
		"Hilbert":        of(func(i, j int) float64 { return 1 / float64(i+j+1) }),
		"graded":         of(func(i, j int) float64 { return math.Pow(10, -float64(i+j)/8) * rng.NormFloat64() }),
		"graded, up":     of(func(i, j int) float64 { return math.Pow(10, -float64(2*k-i-j)/8) * rng.NormFloat64() }),
		"second order":   of(func(i, j int) float64 { return near(i, j, 2, -1) }),
		"Wilkinson":      of(func(i, j int) float64 { return near(i, j, math.Abs(float64(i%21-10)), 1) }),
		"nearly split":   of(func(i, j int) float64 { return near(i, j, float64(i/8), 1e-9) }),
		"without middle": of(func(i, j int) float64 { return near(i, j, 0, 1) }),
		"tiny":           of(func(i, j int) float64 { return 0x1p-1030 * rng.NormFloat64() }),
		"huge":           of(func(i, j int) float64 { return 0x1p1015 * rng.Float64() }),
	}
}

// norm is the largest sum of a row of |a|.
func norm(a blas64.General) (most float64) {
	for i := range a.Rows {
		sum := 0.0
		for _, v := range a.Data[i*a.Stride:][:a.Cols] {
			sum += math.Abs(v)
		}
		most = math.Max(most, sum)
	}
	return most
}

// orthonormal fails where rows are not.
func orthonormal(t *testing.T, name string, a blas64.General) {
	t.Helper()
	p := general(a.Rows, a.Rows)
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, a, a, 0, p)
	for i := range a.Rows {
		p.Data[i*p.Stride+i]--
	}
	if r := norm(p); !(r <= 4*eps*float64(a.Rows+a.Cols)) {
		t.Errorf("%s: not orthonormal by %g", name, r)
	}
}

// TestSVD: of matrices of all kinds, the parts are orthonormal, their product is the matrix, and the
// values are gonum's.
func TestSVD(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	sizes := [][2]int{{64, 64}, {64, 70}, {105, 65}, {100, 100}, {70, 64}, {160, 64}, {64, 160}}
	if testing.Short() {
		sizes = sizes[:3]
	}
	for _, size := range sizes {
		m, n := size[0], size[1]
		for name, a := range shapes(rng, m, n) {
			name := fmt.Sprintf("%d×%d, %s", m, n, name)
			k := min(m, n)
			const gap = 3
			run := func(im lapack.Float64, jobU, jobVT lapack.SVDJob) (s []float64, u, vt blas64.General) {
				s = make([]float64, k)
				u, vt = general(m, m+gap), general(n, n+gap)
				work := make([]float64, 5*k+m+n)
				if !im.Dgesvd(jobU, jobVT, m, n, transposedTwice(a), n, s, u.Data, u.Stride, vt.Data, vt.Stride, work, len(work)) {
					t.Errorf("%s: no convergence", name)
				}
				u.Cols, vt.Cols = m, n
				return s, u, vt
			}
			s, u, vt := run(Implementation{}, lapack.SVDAll, lapack.SVDAll)
			orthonormal(t, name+", u", transposed(u))
			orthonormal(t, name+", vt", vt)
			scale := 1 / math.Max(norm(a), math.SmallestNonzeroFloat64)
			if math.IsInf(scale, 0) {
				scale = 0x1p1022
			}
			us := general(m, n)
			for i := range m {
				for j := range k {
					us.Data[i*n+j] = u.Data[i*u.Stride+j] * (s[j] * scale)
				}
			}
			rest := general(m, n)
			for i, v := range a.Data {
				rest.Data[i] = v * scale
			}
			blas64.Gemm(blas.NoTrans, blas.NoTrans, -1, us, vt, 1, rest)
			if r := norm(rest); !(r <= 4*eps*float64(m+n)) {
				t.Errorf("%s: the product is not the matrix, by %g", name, r)
			}
			want, _, _ := run(lib, lapack.SVDAll, lapack.SVDAll)
			for i := range s {
				if !(math.Abs(s[i]-want[i])*scale <= 4*eps*float64(m+n)) || i > 0 && s[i] > s[i-1] || math.Signbit(s[i]) {
					t.Errorf("%s: value %d is %g, and %g by gonum", name, i, s[i], want[i])
					break
				}
			}
			for _, jobU := range []lapack.SVDJob{lapack.SVDNone, lapack.SVDStore, lapack.SVDAll} {
				for _, jobVT := range []lapack.SVDJob{lapack.SVDNone, lapack.SVDStore, lapack.SVDAll} {
					if jobU == jobVT && jobU != lapack.SVDStore {
						continue
					}
					some, ownU, ownVT := run(Implementation{}, jobU, jobVT)
					for i := range some {
						if some[i] != s[i] {
							t.Errorf("%s: value %d of the jobs %c, %c is %g, not %g", name, i, jobU, jobVT, some[i], s[i])
							break
						}
					}
					sameColumns(t, name+", u", ownU, u, vectors(jobU, k, m))
					sameColumns(t, name+", v", transposed(ownVT), transposed(vt), vectors(jobVT, k, n))
				}
			}
		}
	}
}

// sameColumns fails where the first columns are others but for roundings, or those beyond are
// not 0.
func sameColumns(t *testing.T, name string, got, want blas64.General, cols int) {
	t.Helper()
	for i := range got.Rows {
		for j := range got.Cols {
			v := 0.0
			if j < cols {
				v = want.Data[i*want.Stride+j]
			}
			if x := got.Data[i*got.Stride+j]; !(math.Abs(x-v) <= 1e-12) || j >= cols && x != 0 {
				t.Errorf("%s: element %d, %d is %g, not %g", name, i, j, x, v)
				return
			}
		}
	}
}

func transposedTwice(a blas64.General) []float64 { return transposed(transposed(a)).Data }

// TestEigen: of symmetric matrices of all kinds, the vectors are orthonormal and those of their values,
// which are gonum's.
func TestEigen(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, n := range []int{64, 75, 130} {
		for name, a := range shapes(rng, n, n) {
			for i := range n {
				for j := range i {
					a.Data[i*n+j] = a.Data[j*n+i]
				}
			}
			for _, uplo := range []blas.Uplo{blas.Upper, blas.Lower} {
				name := fmt.Sprintf("%d, %s, %c", n, name, uplo)
				run := func(im lapack.Float64, jobz lapack.EVJob) ([]float64, blas64.General) {
					const gap = 5
					x := general(n, n+gap)
					x.Cols = n
					copyMatrix(x, a)
					for i := range n {
						for j := range n {
							if i != j && (i < j) != (uplo == blas.Upper) {
								x.Data[i*x.Stride+j] = math.NaN() // is not to be read
							}
						}
					}
					w, work := make([]float64, n), make([]float64, 40*n)
					if !im.Dsyev(jobz, uplo, n, x.Data, x.Stride, w, work, len(work)) {
						t.Errorf("%s: no convergence", name)
					}
					return w, x
				}
				w, z := run(Implementation{}, lapack.EVCompute)
				orthonormal(t, name, transposed(z))
				scale := 1 / math.Max(norm(a), math.SmallestNonzeroFloat64)
				if math.IsInf(scale, 0) {
					scale = 0x1p1022
				}
				small, rest := general(n, n), general(n, n)
				for i := range n {
					for j := range n {
						small.Data[i*n+j] = a.Data[i*n+j] * scale
						rest.Data[i*n+j] = z.Data[i*z.Stride+j] * (w[j] * scale)
					}
				}
				blas64.Gemm(blas.NoTrans, blas.NoTrans, -1, small, z, 1, rest)
				if r := norm(rest); !(r <= 8*eps*float64(n)) {
					t.Errorf("%s: A·z is not w·z, by %g", name, r)
				}
				want, _ := run(lib, lapack.EVCompute)
				for i := range w {
					if !(math.Abs(w[i]-want[i])*scale <= 8*eps*float64(n)) || i > 0 && w[i] < w[i-1] {
						t.Errorf("%s: value %d is %g, and %g by gonum", name, i, w[i], want[i])
						break
					}
				}
			}
		}
	}
}

// TestRotations: sweeps that wait change rows as rotations one by one do, whatever rows they
// are of, and in either order.
func TestRotations(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for trial := range 300 {
		n, cols := 2+rng.IntN(150), 1+rng.IntN(20)
		x := blas64.General{Rows: n, Cols: cols, Stride: cols + 2, Data: make([]float64, n*(cols+2))}
		for i := range x.Data {
			x.Data[i] = rng.NormFloat64()
		}
		want := general(n, cols)
		copyMatrix(want, x)
		gaps := x.Data[cols : cols+2]
		a, b := gaps[0], gaps[1]
		r := rotated{x: x}
		reversed := rng.IntN(2) == 0
		for range rng.IntN(100) {
			if rng.IntN(20) == 0 {
				reversed = !reversed
			}
			first := rng.IntN(n - 1)
			count := 1 + rng.IntN(n-1-first)
			rotations := make([]rotation, count)
			for i := range rotations {
				s, c := math.Sincos(7 * rng.Float64())
				rotations[i] = rotation{c, s}
			}
			for k, u := range rotations {
				// Of the matrix in which rows first to first+count are reversed, or not.
				i, j := first+k, first+k+1
				if reversed {
					i, j = first+count-k, first+count-k-1
				}
				for c := range cols {
					p, q := &want.Data[i*cols+c], &want.Data[j*cols+c]
					*p, *q = u.c**p+u.s**q, u.c**q-u.s**p
				}
			}
			if count == 1 && rng.IntN(2) == 0 {
				u := rotations[0]
				if reversed {
					u.s = -u.s
				}
				r.pair(first, u)
			} else {
				r.add(first, rotations, reversed)
			}
		}
		r.flush()
		for i := range n {
			for c := range cols {
				if got, want := x.Data[i*x.Stride+c], want.Data[i*cols+c]; !(math.Abs(got-want) <= 1e-12) {
					t.Fatalf("trial %d: %d×%d, element %d, %d is %g, not %g", trial, n, cols, i, c, got, want)
				}
			}
		}
		if gaps[0] != a || gaps[1] != b {
			t.Fatal("what is between rows has changed")
		}
	}
}

// TestPanics: what is wrong with arguments is told as gonum does.
func TestPanics(t *testing.T) {
	const m, n = 80, 70
	type call struct {
		jobU, jobVT                       lapack.SVDJob
		a, lda, s, u, ldu, vt, ldvt, work int
		lwork                             int
	}
	good := call{lapack.SVDStore, lapack.SVDAll, m * n, n, n, m * n, n, n * n, n, 1000, 1000}
	run := func(im lapack.Float64, c call) (said any) {
		defer func() { said = recover() }()
		im.Dgesvd(c.jobU, c.jobVT, m, n, make([]float64, c.a), c.lda, make([]float64, c.s), make([]float64, c.u), c.ldu,
			make([]float64, c.vt), c.ldvt, make([]float64, c.work), c.lwork)
		return nil
	}
	for i, change := range []func(c *call){
		func(c *call) {}, func(c *call) { c.jobU = 'X' }, func(c *call) { c.jobVT = 0 }, func(c *call) { c.jobU = lapack.SVDOverwrite },
		func(c *call) { c.a-- }, func(c *call) { c.lda-- }, func(c *call) { c.s-- }, func(c *call) { c.u-- }, func(c *call) { c.ldu-- },
		func(c *call) { c.ldu = 0 }, func(c *call) { c.vt-- }, func(c *call) { c.ldvt-- }, func(c *call) { c.work-- },
		func(c *call) { c.lwork = 349 }, func(c *call) { c.lwork = -2 }, func(c *call) { c.jobU, c.ldu = lapack.SVDAll, m-1 },
		func(c *call) { c.jobU, c.ldu, c.u = lapack.SVDAll, m, m*m-1 }, func(c *call) { c.jobU, c.ldu, c.u = lapack.SVDNone, 1, 0 },
	} {
		c := good
		change(&c)
		if got, want := run(Implementation{}, c), run(lib, c); got != want {
			t.Errorf("change %d: %v, and gonum's says %v", i, got, want)
		}
	}
}

// TestNotFinite: there is no decomposition, and no endless loop.
func TestNotFinite(t *testing.T) {
	for _, v := range []float64{math.NaN(), math.Inf(1)} {
		const n = 64
		a := general(n, n)
		for i := range a.Data {
			a.Data[i] = float64(i % 7)
		}
		a.Data[5*n+5] = v
		b := transposedTwice(a)
		s, work := make([]float64, n), make([]float64, 40*n)
		u, vt := general(n, n), general(n, n)
		if (Implementation{}).Dgesvd(lapack.SVDAll, lapack.SVDAll, n, n, a.Data, n, s, u.Data, n, vt.Data, n, work, len(work)) {
			t.Errorf("a decomposition of %v: %v", v, s)
		}
		if (Implementation{}).Dsyev(lapack.EVCompute, blas.Upper, n, b, n, s, work, len(work)) {
			t.Errorf("eigenvalues of %v: %v", v, s)
		}
	}
}
