//go:build !race

package kernels

// The race detector does not see assembly: under -race these tell it what the
// kernels read and write.
func raceRead[T float]([]T)                {}
func raceWrite[T float]([]T)               {}
func raceReadRows[T float]([]T, int, int)  {}
func raceWriteRows[T float]([]T, int, int) {}
