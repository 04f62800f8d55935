package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/reg"
)

// An isa is one instruction set, as a row of the dispatch table knows it: the
// extensions are all that its kernels may use, and kernels/set_amd64.go asks
// the processor for the same ones. What neon needs is in every arm64.
type isa struct {
	name       string // in file names
	suffix     string // in symbols
	bytes      int    // of a vector
	registers  int
	masks      bool  // comparisons and tails use mask registers
	fetchesC   bool  // the loop of a whole tile fetches C, row by row
	chains     int   // of FMAs, which cover their latency
	unrolls    []int // elements that loops of windows move, before windowsStep
	extensions []string
}

var (
	avx2 = &isa{
		name: "avx2", suffix: "AVX2", bytes: 32, registers: 16, chains: amd64Chains, unrolls: []int{32},
		extensions: []string{"AVX", "AVX2", "FMA3"},
	}
	avx512 = &isa{
		name: "avx512", suffix: "AVX512", bytes: 64, registers: 32, masks: true, fetchesC: true, chains: amd64Chains, unrolls: []int{32},
		extensions: []string{"AVX", "AVX2", "FMA3", "AVX512F", "AVX512BW", "AVX512DQ", "AVX512VL"},
	}
	neonSet = &isa{name: "neon", suffix: "NEON", bytes: 16, registers: 32, chains: arm64Chains}
)

// Chains of FMAs cover the latency of every core so far: of amd64, 2 units × 4 to 5
// cycles; of arm64, 4 units × 4 cycles or 2 × 9.
const (
	amd64Chains = 12
	arm64Chains = 24
)

// vec is the physical vector register r of the set's width.
func (s *isa) vec(r int) reg.VecPhysical {
	if r >= s.registers {
		panic(fmt.Sprintf("%s has no vector register %d", s.name, r))
	}
	if s.bytes == 64 {
		return zmm[r]
	}
	return ymm[r]
}

var (
	zmm = [...]reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}
	ymm    = lower(zmm)
	opmask = [...]reg.OpmaskPhysical{reg.K0, reg.K1, reg.K2, reg.K3, reg.K4, reg.K5, reg.K6, reg.K7}
)

// lower are the lower halves of registers.
func lower(rs [32]reg.VecPhysical) [32]reg.VecPhysical {
	for i, r := range rs {
		rs[i] = r.AsY().(reg.VecPhysical)
	}
	return rs
}

// An elem is an element type. Expressions are of float32 alone.
type elem struct {
	goType string
	suffix string // in symbols; float32, the library's own type, has none
	bytes  int
	f, i   string // what its float and integer mnemonics end in, of amd64
	scalar string // what a scalar float mnemonic ends in
	letter string // how arm64 arranges a vector of them
}

var (
	f32 = &elem{goType: "float32", bytes: 4, f: "PS", i: "D", scalar: "SS", letter: "S"}
	f64 = &elem{goType: "float64", suffix: "F64", bytes: 8, f: "PD", i: "Q", scalar: "SD", letter: "D"}
)
