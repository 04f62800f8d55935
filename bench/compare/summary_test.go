package main

import (
	"math"
	"testing"
)

// made is a result as a run would leave it: we take 1 ms, a fast peer 2 ms, a
// slow one 4 ms, and one is not there. One round is disturbed, for all alike.
func made(bench, name string, threads int) result {
	times := func(ms float64) []float64 { return []float64{ms * 1e-3, ms * 5e-3, ms * 1e-3} }
	return result{
		benchCase: benchCase{bench: bench, name: name, work: 1e6, unit: "Gelem/s", scale: 1e9, limit: limit{bytes: 8e6}},
		threads:   threads,
		limits:    times(0.5),
		scores: []score{
			{name: ourName, kind: ours, times: times(1)},
			{name: "slow", times: times(4)},
			{name: "fast", times: times(2)},
			{name: "away", absent: "it is not | here"},
		},
	}
}

func madeReport() report {
	return report{
		machine: machine{Processor: processor{Name: "a processor", L1: 32 << 10}, Cores: 2, Set: "avx2", Date: "2026-01-01"}, rounds: 3,
		identities: []identity{{Name: ourName, Version: "avx2"}, {Name: "away", Absent: "it is not here"}},
		results:    []result{made("map", "exp", 1), made("map", "log", 1), made("adam", "all", 1), made("map", "exp", 2)},
	}
}

func TestSummary(t *testing.T) {
	r := made("map", "exp", 1)
	if best := r.scores[r.best()].name; best != "fast" {
		t.Errorf("the best peer is %s", best)
	}
	own := r.ours()
	if own.median != 1e-3 || math.Abs(own.rate-1) > 1e-12 || own.ratio != (spread{2, 2, 2}) || own.fraction != 0.5 {
		t.Errorf("we are %+v", own)
	}
	if all := r.summaries(); all[3].absent == "" || !math.IsNaN(all[3].median) || all[1].ratio.median != 0.5 {
		t.Errorf("the others are %+v", all[1:])
	}
}
