package lapack

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/lapack"
)

// Dgesvd is gonum's, with singular vectors at the speed of GEMM: see
// [gonum.Implementation.Dgesvd].
func (impl Implementation) Dgesvd(jobU, jobVT lapack.SVDJob, m, n int, a []float64, lda int, s, u []float64, ldu int, vt []float64, ldvt int, work []float64, lwork int) (ok bool) {
	k := min(m, n)
	if k < leastOrder || lwork < 0 || jobU == lapack.SVDNone && jobVT == lapack.SVDNone ||
		jobU == lapack.SVDOverwrite || jobVT == lapack.SVDOverwrite {
		return impl.Implementation.Dgesvd(jobU, jobVT, m, n, a, lda, s, u, ldu, vt, ldvt, work, lwork)
	}
	left, right := vectors(jobU, k, m), vectors(jobVT, k, n)
	switch { // as gonum's
	case lda < n:
		panic("lapack: bad leading dimension of A")
	case ldu < 1 || left > 0 && ldu < left:
		panic("lapack: bad leading dimension of U")
	case ldvt < 1 || right > 0 && ldvt < n:
		panic("lapack: bad leading dimension of VT")
	case lwork < max(3*k+max(m, n), 5*k):
		panic("lapack: insufficient declared workspace length")
	case len(work) < lwork:
		panic("lapack: insufficient length of work")
	case len(a) < (m-1)*lda+n:
		panic("lapack: insufficient length of a")
	case len(s) < k:
		panic("lapack: insufficient length of s")
	case left > 0 && len(u) < (m-1)*ldu+left:
		panic("lapack: insufficient length of u")
	case right > 0 && len(vt) < (right-1)*ldvt+n:
		panic("lapack: insufficient length of vt")
	}
	work[0] = float64(lwork)
	toU, toVT := blas64.General{Rows: m, Cols: left, Stride: ldu, Data: u}, blas64.General{Rows: right, Cols: n, Stride: ldvt, Data: vt}
	matrix := blas64.General{Rows: m, Cols: n, Stride: lda, Data: a}
	if m >= n {
		x := general(m, n)
		copyMatrix(x, matrix)
		ut, v, ok := tall(x, s[:k], left, right)
		if ok {
			transpose(toU, ut)
			copyMatrix(toVT, v)
		}
		return ok
	}
	ut, v, ok := tall(transposed(matrix), s[:k], right, left) // of Aᵀ = V·S·Uᵀ
	if ok {
		transpose(toU, v)
		copyMatrix(toVT, ut)
	}
	return ok
}

// vectors is how many are wanted.
func vectors(job lapack.SVDJob, k, all int) int {
	switch job {
	case lapack.SVDNone:
		return 0
	case lapack.SVDStore:
		return k
	case lapack.SVDAll:
		return all
	}
	panic("lapack: bad SVDJob")
}

// tall decomposes a, which it overwrites and which has at least as many rows as columns:
// a = u·s·vt, with so many rows of uᵀ and of vt, or none.
func tall(a blas64.General, s []float64, left, right int) (ut, vt blas64.General, ok bool) {
	m, n := a.Rows, a.Cols
	scale, ok := scaling(lib.Dlange(lapack.MaxAbs, m, n, a.Data, a.Stride, nil), math.Sqrt(tiny)/(2*eps))
	if !ok {
		return ut, vt, false
	}
	if scale != 1 {
		lib.Dlascl(lapack.General, 0, 0, 1, scale, m, n, a.Data, a.Stride)
	}
	var q blas64.General // a = q·r, where it is much taller than wide
	if 5*m >= 8*n && m > n {
		q = orthogonalize(&a, left)
	}
	e, tauQ, tauP := make([]float64, n-1), make([]float64, n), make([]float64, n)
	query(func(work []float64, lwork int) {
		lib.Dgebrd(a.Rows, n, a.Data, a.Stride, s, e, tauQ, tauP, work, lwork)
	})
	if right > 0 {
		vt = general(n, n)
		lib.Dlacpy(blas.Upper, n, n, a.Data, a.Stride, vt.Data, vt.Stride)
		query(func(work []float64, lwork int) {
			lib.Dorgbr(lapack.GeneratePT, n, n, n, vt.Data, vt.Stride, tauP, work, lwork)
		})
	}
	if left > 0 {
		cols := left
		if q.Data != nil {
			cols = n
		}
		u := general(a.Rows, cols)
		lib.Dlacpy(blas.Lower, a.Rows, n, a.Data, a.Stride, u.Data, u.Stride)
		query(func(work []float64, lwork int) {
			lib.Dorgbr(lapack.GenerateQ, a.Rows, cols, n, u.Data, u.Stride, tauQ, work, lwork)
		})
		ut = transposed(u)
	}
	b := bidiagonal{d: s, e: e, left: rotated{x: ut}, right: rotated{x: vt}}
	if !b.diagonalize() {
		return ut, vt, false
	}
	if left > 0 && q.Data != nil {
		ut = multiplied(ut, q)
	}
	if scale != 1 {
		blas64.Scal(1/scale, blas64.Vector{N: n, Inc: 1, Data: s})
	}
	return ut, vt, true
}

// orthogonalize makes a the upper triangle r of a = q·r, and returns so many columns of q,
// if any.
func orthogonalize(a *blas64.General, cols int) blas64.General {
	m, n := a.Rows, a.Cols
	tau := make([]float64, n)
	query(func(work []float64, lwork int) { lib.Dgeqrf(m, n, a.Data, a.Stride, tau, work, lwork) })
	r := general(n, n)
	lib.Dlacpy(blas.Upper, n, n, a.Data, a.Stride, r.Data, r.Stride)
	q := general(m, cols)
	if cols > 0 {
		lib.Dlacpy(blas.Lower, m, n, a.Data, a.Stride, q.Data, q.Stride)
		query(func(work []float64, lwork int) { lib.Dorgqr(m, cols, n, q.Data, q.Stride, tau, work, lwork) })
	}
	*a = r
	return q
}

// multiplied is (q·u)ᵀ, where u, given as uᵀ, changes the first columns of q.
func multiplied(ut, q blas64.General) blas64.General {
	t := general(q.Cols, q.Rows)
	n := ut.Rows
	first := blas64.General{Rows: q.Rows, Cols: n, Stride: q.Stride, Data: q.Data}
	blas64.Gemm(blas.NoTrans, blas.Trans, 1, ut, first, 0, blas64.General{Rows: n, Cols: q.Rows, Stride: t.Stride, Data: t.Data})
	if q.Cols > n {
		transpose(blas64.General{Rows: q.Cols - n, Cols: q.Rows, Stride: t.Stride, Data: t.Data[n*t.Stride:]},
			blas64.General{Rows: q.Rows, Cols: q.Cols - n, Stride: q.Stride, Data: q.Data[n:]})
	}
	return t
}

// query calls a routine with the workspace that it asks for.
func query(f func(work []float64, lwork int)) {
	var size [1]float64
	f(size[:], -1)
	work := make([]float64, int(size[0]))
	f(work, len(work))
}
