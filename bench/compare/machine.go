package main

import (
	"os"
	"runtime"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/lanewise/lanewise/kernels"
)

// A machine is where and when numbers were taken.
type machine struct {
	Processor processor `json:"processor"`
	Cores     int       `json:"cores"`
	System    string    `json:"system"`
	Go        string    `json:"go"`
	Set       string    `json:"set"`
	Date      string    `json:"date"`
}

func describe(set kernels.Set) machine {
	return machine{
		Processor: describeProcessor(), Cores: runtime.NumCPU(), System: runtime.GOOS + "/" + runtime.GOARCH,
		Go: runtime.Version(), Set: set.Name(), Date: time.Now().UTC().Format(time.DateOnly),
	}
}

// limitsPeers tells whether peers are kept to AVX2: that is the set that was asked
// for, and the machine has more.
func limitsPeers(set kernels.Set) bool {
	return set.Name() == "avx2" && cpuid.CPU.Has(cpuid.AVX512F)
}

// limitPeers keeps peers to AVX2, if they are to be. It must run before they are loaded.
func limitPeers(set kernels.Set) {
	if !limitsPeers(set) {
		return
	}
	amd := cpuid.CPU.VendorID == cpuid.AMD
	openblas, blis := "Haswell", "3" // BLIS_ARCH_HASWELL
	if amd {
		openblas, blis = "Zen", "6" // BLIS_ARCH_ZEN3
	}
	for name, value := range map[string]string{
		"OPENBLAS_CORETYPE":       openblas,
		"BLIS_ARCH_TYPE":          blis,
		"DNNL_MAX_CPU_ISA":        "AVX2",
		"ONEDNN_MAX_CPU_ISA":      "AVX2",
		"MKL_ENABLE_INSTRUCTIONS": "AVX2",
		"LIBXSMM_TARGET":          "hsw",
		"ATEN_CPU_CAPABILITY":     "avx2",
		"XLA_FLAGS":               os.Getenv("XLA_FLAGS") + " --xla_cpu_max_isa=AVX2",
		"LANEWISE_SIMD_BITS":      "256", // for torch.compile, in driver/in_torch.py
	} {
		os.Setenv(name, value)
	}
}

// quietThreads makes the threads of peers go to sleep soon after their work:
// many wait for more, in a loop, at the cost of the next one.
func quietThreads() {
	for name, value := range map[string]string{
		"OPENBLAS_THREAD_TIMEOUT": "20",    // 2^20 cycles
		"GOMP_SPINCOUNT":          "10000", // some 0.2 ms
		"KMP_BLOCKTIME":           "1",     // ms
	} {
		if os.Getenv(name) == "" {
			os.Setenv(name, value)
		}
	}
}

// lanes is the width of a set's vectors.
func lanes(set kernels.Set) int {
	switch {
	case set.Name() == "avx512":
		return 16
	case runtime.GOARCH == "amd64" && cpuid.CPU.Supports(cpuid.AVX2, cpuid.FMA3):
		return 8
	}
	return 0
}
