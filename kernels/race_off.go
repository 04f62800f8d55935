//go:build !race

package kernels

// The race detector does not see assembly: under -race these tell it what the
// kernels read and write.
func raceRead[T Float]([]T)                     {}
func raceWrite[T Float]([]T)                    {}
func raceReadRows[T Float]([]T, int, int, int)  {}
func raceWriteRows[T Float]([]T, int, int, int) {}
