package dataset

import (
	"math"
	"os"
	"slices"
	"testing"
)

// TestFile: rows come back as they were, while others are appended, and nothing is left.
func TestFile(t *testing.T) {
	dir := t.TempDir()
	f, err := NewFile(dir, 3, true)
	if err != nil {
		t.Fatal(err)
	}
	const n = 20_000 // more than a buffer
	row := func(i int) []float32 {
		return []float32{float32(i), -1 / float32(i+1), math.Float32frombits(uint32(i) * 0x9e3779)}
	}
	for i := range n {
		if err := f.Append(row(i)); err != nil {
			t.Fatal(err)
		}
		if i%7919 == 0 || i == n-1 {
			got, index := make([]float32, 9), []int{i, 0, i / 2}
			if err := f.Gather(got, index); err != nil {
				t.Fatal(err)
			}
			want := slices.Concat(row(i), row(0), row(i/2))
			for j := range got {
				if math.Float32bits(got[j]) != math.Float32bits(want[j]) {
					t.Fatalf("rows %v are %v, want %v", index, got, want)
				}
			}
		}
	}
	if _, _, c := f.Shape(); f.Len() != n || c != 3 || !f.Incomplete() {
		t.Errorf("%d rows of %d", f.Len(), c)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Gather(make([]float32, 3), []int{1}); err == nil {
		t.Error("a closed file is read")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	if _, err := NewFile(dir+"/none", 1, false); err == nil {
		t.Error("a folder that is not there")
	}
}
