//go:build !purego && !noasm

package kernels

import (
	"slices"
	"testing"

	"github.com/klauspost/cpuid/v2"
)

// TestAvailable has every combination of features: a row is offered exactly
// where all of its own are there.
func TestAvailable(t *testing.T) {
	avx2 := []cpuid.FeatureID{cpuid.AVX, cpuid.AVX2, cpuid.FMA3}
	avx512 := append(slices.Clone(avx2), cpuid.AVX512F, cpuid.AVX512BW, cpuid.AVX512DQ, cpuid.AVX512VL)
	offered := map[string]int{}
	for bits := range 1 << len(avx512) {
		asked := map[cpuid.FeatureID]bool{}
		has := func(ids ...cpuid.FeatureID) bool {
			all := true
			for _, id := range ids {
				k := slices.Index(avx512, id)
				if k < 0 {
					t.Fatalf("asked for %v", id)
				}
				asked[id] = true
				all = all && bits>>k&1 != 0
			}
			return all
		}
		want := []*row{&goRow}
		if has(avx2...) {
			want = slices.Insert(want, 0, &avx2Row)
		}
		if has(avx512...) {
			want = slices.Insert(want, 0, &avx512Row)
		}
		clear(asked)
		got := available(has)
		if !slices.Equal(got, want) {
			t.Errorf("features %07b: %d rows, want %d", bits, len(got), len(want))
		}
		for _, r := range got {
			offered[r.name]++
		}
		if bits == 1<<len(avx512)-1 && len(asked) != len(avx512) {
			t.Errorf("asked for %d features, want %d", len(asked), len(avx512))
		}
	}
	if offered["go"] != 128 || offered["avx2"] != 16 || offered["avx512"] != 1 {
		t.Errorf("offered %v", offered)
	}
}

// TestAllRowsAreComplete looks at those that this machine does not have, too.
func TestAllRowsAreComplete(t *testing.T) {
	complete(t, &avx512Row)
	complete(t, &avx2Row)
}
