// Package blas is gonum's BLAS on the kernels of Lanewise: what a program that uses
// gonum gains from
//
//	blas64.Use(blas.New(kernels.Default(), 0))
//	blas32.Use(blas.New(kernels.Default(), 0))
//
// wherever it calls mat, stat, optimize or LAPACK. Arguments and panics are those of
// gonum.org/v1/gonum/blas.
//
// Level 3 is ours, in float32 and float64: products by [kernels.Engine.Gemm] and
// Gemm64, to the bit, and up to 216 multiply-adds by a loop in the same order, of rounded
// products; symmetric and triangular operations by recursion, which leaves products, and
// blocks on the diagonal. Of those, triangles of up to 8 rows are gonum's, or 32 where B
// is too small to gain by smaller ones, as are symmetric operations of up to 1,024
// multiply-adds, which gonum makes sooner.
//
// Of level 2, Gemv and Ger of rows that are long are products of the kernels, of alpha·x,
// rounded; others are gonum's, on vectors that are copied to lie side by side. Symv, Trsv
// and, in float64, Trmv of more than 64, 48 and 192 rows are made of these and of gonum's
// on blocks of 32 rows (Trmv: 128) on the diagonal.
//
// Of level 1 Iamax (14 times as fast as gonum's at 1,000 elements, and the same), Swap,
// Sscal, Nrm2 (3 to 5 times) and Asum are ours, and Ddot where elements lie apart, as in
// columns of matrices (1.2 to 1.6 times); not of a few elements. Those sums are of four,
// each of every fourth term, rounded, (s0+s1) + (s2+s3), in float64, and sqrt of that. A
// norm whose squares may overflow or underflow is gonum's. gonum's Dot, Axpy and Dscal of
// elements side by side stay: for those it has assembly, and a product of one step by the
// kernels is an Axpy at 0.6 to 0.9 times its speed.
//
// All else is gonum's.
//
// The sizes alone decide, so that results are the same bits in every set and on any number
// of threads. From architecture to architecture they are where gonum's are, and in
// products.
//
// What departs from gonum, as the BLAS has it:
//
//   - With alpha = 0, or no steps, products of level 3 read neither A nor B, which may be
//     nil.
//   - 0·NaN and 0·Inf are NaN in what is ours: zeros are not passed over.
//   - C may share no elements with A or B: a product that is not tiny panics then, with
//     "kernels: C overlaps an operand".
//   - Ger is right where a vector runs backwards, for which gonum reads other elements.
package blas
