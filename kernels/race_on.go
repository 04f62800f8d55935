//go:build race

package kernels

import (
	"runtime"
	"unsafe"
)

func raceRead[T Float](x []T) {
	if len(x) > 0 {
		runtime.RaceReadRange(unsafe.Pointer(&x[0]), len(x)*int(unsafe.Sizeof(x[0])))
	}
}

func raceWrite[T Float](x []T) {
	if len(x) > 0 {
		runtime.RaceWriteRange(unsafe.Pointer(&x[0]), len(x)*int(unsafe.Sizeof(x[0])))
	}
}

// The gaps between the rows of a matrix may be another goroutine's, and what comes
// after the last.
func raceReadRows[T Float](x []T, rows, cols, ld int) {
	for i := range rows {
		raceRead(x[i*ld:][:cols])
	}
}

func raceWriteRows[T Float](x []T, rows, cols, ld int) {
	for i := range rows {
		raceWrite(x[i*ld:][:cols])
	}
}
