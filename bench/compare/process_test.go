package main

import (
	"math"
	"path/filepath"
	"slices"
	"testing"
)

func TestFloatsTravel(t *testing.T) {
	file := filepath.Join(t.TempDir(), "x")
	want := []float32{0, -1.5, math.MaxFloat32, math.SmallestNonzeroFloat32}
	if err := writeFloats(file, want); err != nil {
		t.Fatal(err)
	}
	if got, err := readFloats(file); err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestTail(t *testing.T) {
	var s tail
	for range 1000 {
		s.Write([]byte("a line that is long enough to be many\n"))
	}
	s.Write([]byte("the last\n\n"))
	if s.last() != "the last" || len(s.text) > 8192 {
		t.Errorf("%q of %d bytes", s.last(), len(s.text))
	}
}

func TestAligned(t *testing.T) {
	for n := range 40 {
		if x := normal[float32](1, n+1); len(x) != n+1 || cap(x) != n+1 {
			t.Errorf("%d elements of %d", len(x), cap(x))
		}
	}
}
