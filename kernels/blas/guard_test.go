package blas

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"github.com/lanewise/lanewise/internal/guard"
	"github.com/lanewise/lanewise/kernels"
)

// TestGuarded has every matrix and vector against an inaccessible page, at either end.
func TestGuarded(t *testing.T) {
	for _, set := range kernels.Sets() {
		rng := rand.New(rand.NewPCG(11, 12))
		single, double := both(New(set, 1))
		single2, double2 := level2Of(New(set, 1))
		check32 := &checker[float32]{level3: single, t: t, rng: rng, memory: areas[float32](t)}
		check64 := &checker[float64]{level3: double, t: t, rng: rng, memory: areas[float64](t)}
		for _, s := range [][3]int{{1, 1, 1}, {3, 5, 2}, {7, 9, 8}, {12, 17, 33}, {33, 20, 12}, {50, 66, 9}, {97, 40, 7}, {8, 130, 3}} {
			if testing.Short() && max(s[0], s[1]) > 60 {
				continue
			}
			check32.all(s[0], s[1], s[2])
			check64.all(s[0], s[1], s[2])
		}
		for _, s := range [][2]int{{1, 1}, {9, 30}, {30, 9}, {49, 65}, {100, 97}, {70, 200}, {200, 193}} {
			if testing.Short() && max(s[0], s[1]) > 100 {
				continue
			}
			for range 3 {
				level2All(check32, single2, s[0], s[1])
				level2All(check64, double2, s[0], s[1])
			}
		}
	}
}

// areas gives memory that begins or ends at an inaccessible page, which is used again
// after as many matrices as no operation has.
func areas[T kernels.Float](t *testing.T) func(n int) []T {
	const most, count = 1 << 16, 16
	var zero T
	var all [count][]T
	for i := range all {
		b := guard.Bytes(t, most*int(unsafe.Sizeof(zero)), i%2 == 0)
		all[i] = unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), most)
	}
	next := 0
	return func(n int) []T {
		i := next % count
		next++
		if i%2 == 0 {
			return all[i][most-n:]
		}
		return all[i][:n:n]
	}
}
