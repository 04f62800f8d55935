package main

// A library is a peer that is loaded into this process.
type library struct {
	name, version string
	benches       []string // that it takes part in
	absent        string   // why it is not there

	// threads sets the number of threads, or says why it cannot.
	threads func(n int) error
	// gemm, gemm64 and maps make the calls of a case, or say why there are none.
	gemm   func(p product[float32]) (timed, error)
	gemm64 func(p product[float64]) (timed, error)
	maps   func(kind string, y, x []float32) (timed, error)
}
