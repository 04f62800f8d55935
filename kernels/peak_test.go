package kernels

import (
	"testing"
	"time"
)

// besidePeak runs rounds of FMAs and run alternately. It reports the share of the
// peak that run has, and returns the time of all runs.
func besidePeak(b *testing.B, peak func(n int), rounds int, run func()) (own time.Duration) {
	var limit time.Duration
	for b.Loop() {
		start := time.Now()
		peak(rounds)
		between := time.Now()
		run()
		limit += between.Sub(start)
		own += time.Since(between)
	}
	b.ReportMetric(100*float64(limit)/float64(own), "%peak")
	b.ReportMetric(0, "ns/op")
	return own
}
