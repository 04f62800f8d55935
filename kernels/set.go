package kernels

import (
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/lanewise/lanewise/kernels/asm"
)

// A Set is one implementation of every kernel: "avx512", "avx2", "neon" or
// "go". All sets return the same bits; they differ in speed and in the machines
// that they run on. A Set is a value without state: use it with [New].
type Set struct{ *row }

// A row is everything that a set consists of.
type row struct {
	name   string
	gemm32 tiles[float32]
	gemm64 tiles[float64]
	ops    asm.Table
}

// Name is the word for the set in LANEWISE_ISA, in tests and in benchmarks.
func (s Set) Name() string { return s.name }

// Sets lists the sets that this machine can run, the fastest first.
func Sets() []Set {
	sets := make([]Set, 0, 3)
	for _, r := range rows() {
		sets = append(sets, Set{r})
	}
	return sets
}

// Lookup finds a set by name. The error lists the names that this machine has.
func Lookup(name string) (Set, error) {
	var names []string
	for _, s := range Sets() {
		if s.name == name {
			return s, nil
		}
		names = append(names, s.name)
	}
	return Set{}, fmt.Errorf("kernels: no set %q on this machine: it has %s", name, strings.Join(names, ", "))
}

// FromEnvironment is the set that LANEWISE_ISA names, or the fastest one where
// the variable is not set. The error lists the names that this machine has.
func FromEnvironment() (Set, error) {
	name, ok := os.LookupEnv("LANEWISE_ISA")
	if !ok || name == "" {
		return Sets()[0], nil
	}
	s, err := Lookup(name)
	if err != nil {
		err = fmt.Errorf("LANEWISE_ISA: %w", err)
	}
	return s, err
}

// Default is [FromEnvironment], asked once. It panics where that is an error.
func Default() Set { return defaultSet() }

var defaultSet = sync.OnceValue(func() Set {
	s, err := FromEnvironment()
	if err != nil {
		panic(err.Error())
	}
	return s
})
