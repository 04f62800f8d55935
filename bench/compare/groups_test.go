package main

import (
	"math"
	"testing"
)

// TestGroups counts the cases of each group.
func TestGroups(t *testing.T) {
	for bench, want := range map[string]map[string]int{
		"gemm": {
			"all": 53, "m >= 8 and k >= 20, but NT 8x20x400": 36, "NT 8x20x400": 1, "squares from 512": 3,
			"squares and a step of 128 images": 17, "64 images": 12, "8 images": 12, "1 image": 12,
		},
		"gonum":  {"all": 78, "order 8": 13, "order 32": 13, "order 100": 13, "order 500": 13, "order 1000": 13, "order 2000": 13},
		"conv":   {"all": 33, "forward": 11, "input gradient": 11, "weight gradient": 11},
		"gemm64": {"all": 21, "m >= 8 and k >= 20": 17, "squares from 512": 6},
	} {
		var cs []benchCase
		for _, b := range benches {
			if b.name == bench {
				cs = b.cases()
			}
		}
		got := groups(bench)
		if len(got) != len(want) {
			t.Errorf("%s has %d groups, want %d", bench, len(got), len(want))
		}
		for _, g := range got {
			n := 0
			for _, c := range cs {
				if g.has(c) {
					n++
				}
			}
			if n != want[g.name] {
				t.Errorf("%s: %d cases in %q, want %d", bench, n, g.name, want[g.name])
			}
		}
	}
}

func TestSumUp(t *testing.T) {
	fast, slow, alone := made("map", "exp", 1), made("map", "log", 1), made("map", "tanh", 1)
	for i := range slow.scores[0].times {
		slow.scores[0].times[i] *= 4 // 4 ms beside a best peer of 2 ms
	}
	alone.scores = alone.scores[:1]
	s := sumUp([]result{fast, slow, alone})[0]
	if s.Cases != 3 || s.Compared != 2 || s.Ahead != 1 || math.Abs(*s.Ratio-1) > 1e-12 || *s.LeastRatio != 0.5 || s.LeastAt != "log" || *s.LeastPart != 0.125 || s.LeastPartAt != "log" {
		t.Errorf("%+v", s)
	}
	if s := sumUp([]result{alone})[0]; s.Ratio != nil || s.LeastRatio != nil || s.Compared != 0 || s.cells()[2] != none {
		t.Errorf("without peers %+v", s)
	}
}
