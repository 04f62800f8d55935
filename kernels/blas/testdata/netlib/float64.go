package main

import "C"

// What Fortran calls in float64.

//export dgemm_
func dgemm_(tA, tB *byte, m, n, k *int32, alpha, a *float64, lda *int32, b *float64, ldb *int32, beta, c *float64, ldc *int32) {
	x, ldx := stored(tA, a, *m, *k, lda)
	y, ldy := stored(tB, b, *k, *n, ldb)
	z, ldz := matrix(c, *n, *m, ldc)
	im.Dgemm(op(tB), op(tA), int(*n), int(*m), int(*k), *alpha, y, ldy, x, ldx, *beta, z, ldz)
}

//export dsymm_
func dsymm_(s, ul *byte, m, n *int32, alpha, a *float64, lda *int32, b *float64, ldb *int32, beta, c *float64, ldc *int32) {
	o := order(s, *m, *n)
	x, ldx := matrix(a, o, o, lda)
	y, ldy := matrix(b, *n, *m, ldb)
	z, ldz := matrix(c, *n, *m, ldc)
	im.Dsymm(side(s), uplo(ul), int(*n), int(*m), *alpha, x, ldx, y, ldy, *beta, z, ldz)
}

//export dsyrk_
func dsyrk_(ul, tA *byte, n, k *int32, alpha, a *float64, lda *int32, beta, c *float64, ldc *int32) {
	x, ldx := stored(tA, a, *n, *k, lda)
	z, ldz := matrix(c, *n, *n, ldc)
	im.Dsyrk(uplo(ul), swapped(tA), int(*n), int(*k), *alpha, x, ldx, *beta, z, ldz)
}

//export dsyr2k_
func dsyr2k_(ul, tA *byte, n, k *int32, alpha, a *float64, lda *int32, b *float64, ldb *int32, beta, c *float64, ldc *int32) {
	x, ldx := stored(tA, a, *n, *k, lda)
	y, ldy := stored(tA, b, *n, *k, ldb)
	z, ldz := matrix(c, *n, *n, ldc)
	im.Dsyr2k(uplo(ul), swapped(tA), int(*n), int(*k), *alpha, x, ldx, y, ldy, *beta, z, ldz)
}

//export dtrmm_
func dtrmm_(s, ul, tA, d *byte, m, n *int32, alpha, a *float64, lda *int32, b *float64, ldb *int32) {
	o := order(s, *m, *n)
	x, ldx := matrix(a, o, o, lda)
	y, ldy := matrix(b, *n, *m, ldb)
	im.Dtrmm(side(s), uplo(ul), op(tA), diag(d), int(*n), int(*m), *alpha, x, ldx, y, ldy)
}

//export dtrsm_
func dtrsm_(s, ul, tA, d *byte, m, n *int32, alpha, a *float64, lda *int32, b *float64, ldb *int32) {
	o := order(s, *m, *n)
	x, ldx := matrix(a, o, o, lda)
	y, ldy := matrix(b, *n, *m, ldb)
	im.Dtrsm(side(s), uplo(ul), op(tA), diag(d), int(*n), int(*m), *alpha, x, ldx, y, ldy)
}

//export dgemv_
func dgemv_(tA *byte, m, n *int32, alpha, a *float64, lda *int32, x *float64, incX *int32, beta, y *float64, incY *int32) {
	rows, cols := *m, *n
	if op(tA) != 'N' {
		rows, cols = cols, rows
	}
	z, ldz := matrix(a, *n, *m, lda)
	v, incV := vector(x, cols, incX)
	w, incW := vector(y, rows, incY)
	im.Dgemv(swapped(tA), int(*n), int(*m), *alpha, z, ldz, v, incV, *beta, w, incW)
}

//export dger_
func dger_(m, n *int32, alpha, x *float64, incX *int32, y *float64, incY *int32, a *float64, lda *int32) {
	v, incV := vector(x, *m, incX)
	w, incW := vector(y, *n, incY)
	z, ldz := matrix(a, *n, *m, lda)
	im.Dger(int(*n), int(*m), *alpha, w, incW, v, incV, z, ldz)
}

//export dsymv_
func dsymv_(ul *byte, n *int32, alpha, a *float64, lda *int32, x *float64, incX *int32, beta, y *float64, incY *int32) {
	z, ldz := matrix(a, *n, *n, lda)
	v, incV := vector(x, *n, incX)
	w, incW := vector(y, *n, incY)
	im.Dsymv(uplo(ul), int(*n), *alpha, z, ldz, v, incV, *beta, w, incW)
}

//export dtrmv_
func dtrmv_(ul, tA, d *byte, n *int32, a *float64, lda *int32, x *float64, incX *int32) {
	z, ldz := matrix(a, *n, *n, lda)
	v, incV := vector(x, *n, incX)
	im.Dtrmv(uplo(ul), swapped(tA), diag(d), int(*n), z, ldz, v, incV)
}

//export dtrsv_
func dtrsv_(ul, tA, d *byte, n *int32, a *float64, lda *int32, x *float64, incX *int32) {
	z, ldz := matrix(a, *n, *n, lda)
	v, incV := vector(x, *n, incX)
	im.Dtrsv(uplo(ul), swapped(tA), diag(d), int(*n), z, ldz, v, incV)
}

//export idamax_
func idamax_(n *int32, x *float64, incX *int32) int32 {
	if *n < 1 || *incX < 1 {
		return 0
	}
	v, inc := vector(x, *n, incX)
	return int32(im.Idamax(int(*n), v, inc)) + 1
}

//export dasum_
func dasum_(n *int32, x *float64, incX *int32) float64 {
	if *incX < 1 {
		return 0
	}
	v, inc := vector(x, *n, incX)
	return im.Dasum(int(*n), v, inc)
}

//export dnrm2_
func dnrm2_(n *int32, x *float64, incX *int32) float64 {
	v, inc := forwards(x, *n, incX)
	return im.Dnrm2(max(0, int(*n)), v, inc)
}

//export dswap_
func dswap_(n *int32, x *float64, incX *int32, y *float64, incY *int32) {
	v, incV := vector(x, *n, incX)
	w, incW := vector(y, *n, incY)
	swap(max(0, int(*n)), v, incV, w, incW, im.Dswap)
}

//export ddot_
func ddot_(n *int32, x *float64, incX *int32, y *float64, incY *int32) float64 {
	v, incV := vector(x, *n, incX)
	w, incW := vector(y, *n, incY)
	return im.Ddot(max(0, int(*n)), v, incV, w, incW)
}
