package main

import "time"

// A timed function makes warm calls, then reps calls, and returns how long
// these took.
type timed func(warm, reps int) (time.Duration, error)

// calls makes a timed function of a Go function.
func calls(f func()) timed {
	return func(warm, reps int) (time.Duration, error) {
		for range warm {
			f()
		}
		start := time.Now()
		for range reps {
			f()
		}
		return time.Since(start), nil
	}
}

// A library is a peer that is loaded into this process.
type library struct {
	name, version string
	benches       []string // what it competes in
	absent        string   // why it is not there

	// threads sets the number of threads, or says why it cannot.
	threads func(n int) error
	// gemm and maps make the calls of a case, or say why there are none.
	gemm func(p product) (timed, error)
	maps func(kind string, y, x []float32) (timed, error)
}
