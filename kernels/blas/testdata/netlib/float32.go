package main

import "C"

// What Fortran calls in float32.

//export sgemm_
func sgemm_(tA, tB *byte, m, n, k *int32, alpha, a *float32, lda *int32, b *float32, ldb *int32, beta, c *float32, ldc *int32) {
	x, ldx := stored(tA, a, *m, *k, lda)
	y, ldy := stored(tB, b, *k, *n, ldb)
	z, ldz := matrix(c, *n, *m, ldc)
	im.Sgemm(op(tB), op(tA), int(*n), int(*m), int(*k), *alpha, y, ldy, x, ldx, *beta, z, ldz)
}

//export ssymm_
func ssymm_(s, ul *byte, m, n *int32, alpha, a *float32, lda *int32, b *float32, ldb *int32, beta, c *float32, ldc *int32) {
	o := order(s, *m, *n)
	x, ldx := matrix(a, o, o, lda)
	y, ldy := matrix(b, *n, *m, ldb)
	z, ldz := matrix(c, *n, *m, ldc)
	im.Ssymm(side(s), uplo(ul), int(*n), int(*m), *alpha, x, ldx, y, ldy, *beta, z, ldz)
}

//export ssyrk_
func ssyrk_(ul, tA *byte, n, k *int32, alpha, a *float32, lda *int32, beta, c *float32, ldc *int32) {
	x, ldx := stored(tA, a, *n, *k, lda)
	z, ldz := matrix(c, *n, *n, ldc)
	im.Ssyrk(uplo(ul), swapped(tA), int(*n), int(*k), *alpha, x, ldx, *beta, z, ldz)
}

//export ssyr2k_
func ssyr2k_(ul, tA *byte, n, k *int32, alpha, a *float32, lda *int32, b *float32, ldb *int32, beta, c *float32, ldc *int32) {
	x, ldx := stored(tA, a, *n, *k, lda)
	y, ldy := stored(tA, b, *n, *k, ldb)
	z, ldz := matrix(c, *n, *n, ldc)
	im.Ssyr2k(uplo(ul), swapped(tA), int(*n), int(*k), *alpha, x, ldx, y, ldy, *beta, z, ldz)
}

//export strmm_
func strmm_(s, ul, tA, d *byte, m, n *int32, alpha, a *float32, lda *int32, b *float32, ldb *int32) {
	o := order(s, *m, *n)
	x, ldx := matrix(a, o, o, lda)
	y, ldy := matrix(b, *n, *m, ldb)
	im.Strmm(side(s), uplo(ul), op(tA), diag(d), int(*n), int(*m), *alpha, x, ldx, y, ldy)
}

//export strsm_
func strsm_(s, ul, tA, d *byte, m, n *int32, alpha, a *float32, lda *int32, b *float32, ldb *int32) {
	o := order(s, *m, *n)
	x, ldx := matrix(a, o, o, lda)
	y, ldy := matrix(b, *n, *m, ldb)
	im.Strsm(side(s), uplo(ul), op(tA), diag(d), int(*n), int(*m), *alpha, x, ldx, y, ldy)
}

//export sgemv_
func sgemv_(tA *byte, m, n *int32, alpha, a *float32, lda *int32, x *float32, incX *int32, beta, y *float32, incY *int32) {
	rows, cols := *m, *n
	if op(tA) != 'N' {
		rows, cols = cols, rows
	}
	z, ldz := matrix(a, *n, *m, lda)
	v, incV := vector(x, cols, incX)
	w, incW := vector(y, rows, incY)
	im.Sgemv(swapped(tA), int(*n), int(*m), *alpha, z, ldz, v, incV, *beta, w, incW)
}

//export sger_
func sger_(m, n *int32, alpha, x *float32, incX *int32, y *float32, incY *int32, a *float32, lda *int32) {
	v, incV := vector(x, *m, incX)
	w, incW := vector(y, *n, incY)
	z, ldz := matrix(a, *n, *m, lda)
	im.Sger(int(*n), int(*m), *alpha, w, incW, v, incV, z, ldz)
}

//export ssymv_
func ssymv_(ul *byte, n *int32, alpha, a *float32, lda *int32, x *float32, incX *int32, beta, y *float32, incY *int32) {
	z, ldz := matrix(a, *n, *n, lda)
	v, incV := vector(x, *n, incX)
	w, incW := vector(y, *n, incY)
	im.Ssymv(uplo(ul), int(*n), *alpha, z, ldz, v, incV, *beta, w, incW)
}

//export strmv_
func strmv_(ul, tA, d *byte, n *int32, a *float32, lda *int32, x *float32, incX *int32) {
	z, ldz := matrix(a, *n, *n, lda)
	v, incV := vector(x, *n, incX)
	im.Strmv(uplo(ul), swapped(tA), diag(d), int(*n), z, ldz, v, incV)
}

//export strsv_
func strsv_(ul, tA, d *byte, n *int32, a *float32, lda *int32, x *float32, incX *int32) {
	z, ldz := matrix(a, *n, *n, lda)
	v, incV := vector(x, *n, incX)
	im.Strsv(uplo(ul), swapped(tA), diag(d), int(*n), z, ldz, v, incV)
}

//export isamax_
func isamax_(n *int32, x *float32, incX *int32) int32 {
	if *n < 1 || *incX < 1 {
		return 0
	}
	v, inc := vector(x, *n, incX)
	return int32(im.Isamax(int(*n), v, inc)) + 1
}

//export sasum_
func sasum_(n *int32, x *float32, incX *int32) float32 {
	if *incX < 1 {
		return 0
	}
	v, inc := vector(x, *n, incX)
	return im.Sasum(int(*n), v, inc)
}

//export snrm2_
func snrm2_(n *int32, x *float32, incX *int32) float32 {
	v, inc := forwards(x, *n, incX)
	return im.Snrm2(max(0, int(*n)), v, inc)
}

//export sswap_
func sswap_(n *int32, x *float32, incX *int32, y *float32, incY *int32) {
	v, incV := vector(x, *n, incX)
	w, incW := vector(y, *n, incY)
	swap(max(0, int(*n)), v, incV, w, incW, im.Sswap)
}
