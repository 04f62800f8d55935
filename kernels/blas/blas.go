package blas

import (
	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/lanewise/lanewise/kernels"
)

// An Implementation is gonum's with faster operations in the place of some. Any number
// of goroutines may use it at once, and none waits for another. It keeps an engine for
// each that does, with at most 16 MiB of workspace a thread, until the garbage
// collector finds the engine idle; beside that it allocates nothing.
type Implementation struct {
	gonum.Implementation
	set    kernels.Set
	single pool[float32]
	double pool[float64]
}

var (
	_ blas.Float32    = (*Implementation)(nil)
	_ blas.Float64    = (*Implementation)(nil)
	_ blas.Complex64  = (*Implementation)(nil)
	_ blas.Complex128 = (*Implementation)(nil)
)

// New makes an implementation that runs the kernels of a set. Every call uses so many
// threads at most; where threads is 0 that is GOMAXPROCS.
func New(set kernels.Set, threads int) *Implementation {
	im := &Implementation{set: set}
	g := im.Implementation
	im.single.theirs = theirs[float32]{g.Strmm, g.Strsm, g.Strmv, g.Strsv, g.Sgemv, g.Ssymv}
	im.double.theirs = theirs[float64]{g.Dtrmm, g.Dtrsm, g.Dtrmv, g.Dtrsv, g.Dgemv, g.Dsymv}
	im.single.init(func() gemmFunc[float32] { return kernels.New(set, threads).Gemm })
	im.double.init(func() gemmFunc[float64] { return kernels.New(set, threads).Gemm64 })
	return im
}
