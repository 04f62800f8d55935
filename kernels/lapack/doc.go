// Package lapack makes those routines of gonum's LAPACK fast that a fast BLAS does not: the
// singular value decomposition, eigenvectors of symmetric matrices, and estimates of the
// condition:
//
//	blas64.Use(blas.New(kernels.Default(), 0))
//	lapack64.Use(lapack.Implementation{})
//
// after which mat.SVD, mat.EigenSym and all that rests on them, such as stat.PC, call it,
// and so do mat.Cholesky and mat.LU for the condition. Everything else is gonum's own
// [gonum.Implementation], which it embeds.
//
// The QR iterations that make a bidiagonal or tridiagonal matrix diagonal multiply the
// vectors by plane rotations, some n² of them, each of which changes two rows. gonum makes
// them one after the other, in Go, which takes most of the time. Here some sweeps of them
// wait, and are multiplied together in blocks, which are small orthogonal matrices, so that
// vectors are changed by products of matrices, those of the BLAS that blas64 uses (after
// F. Van Zee, R. van de Geijn, G. Quintana-Ortí, "Restructuring the tridiagonal and
// bidiagonal QR algorithms for performance", 2014, where rotations are fused instead).
//
// An estimate of the condition solves triangular systems by the BLAS and looks for numbers
// that are not finite, of which there are hardly any; gonum scales every step so that there
// cannot be, which takes longer than to factorize. Where there is one, gonum's is called.
//
// Results have the accuracy of gonum's, not its bits, and differ between machines in the
// last ones, as gonum's do. A matrix with an element that is not finite has no
// decomposition: false is returned. Below order 64, and where no vectors are asked for,
// gonum's routines are called. Any number of goroutines may use it; what it needs beside
// the caller's work, it allocates.
package lapack

import "gonum.org/v1/gonum/lapack/gonum"

// Implementation is gonum's LAPACK with Dgesvd, Dsyev, Dgecon, Dpocon and Dlansy of this
// package.
type Implementation struct{ gonum.Implementation }

// lib are the routines of gonum's LAPACK that those of this package consist of.
var lib gonum.Implementation

// Of float64: the unit roundoff, and the least normal number.
const (
	eps  = 0x1p-53
	tiny = 0x1p-1022
)
