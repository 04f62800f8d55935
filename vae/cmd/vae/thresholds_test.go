package main

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
)

// TestThresholdsInterrupted ends a training at each of its first looks at the context: the
// model that is saved has the thresholds that are fitted to it.
func TestThresholdsInterrupted(t *testing.T) {
	data := sensorFile(t, 300)
	saved := 0
	for n := 1; n < 24; n++ {
		out := t.TempDir()
		r := trainedUntil(t, n, quick(data, out, "-epochs", "3")...)
		if len(r.history) == 0 {
			continue
		}
		if _, err := r.finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		m, err := vae.Load(filepath.Join(out, modelName), kernels.New(kernels.Default(), 1))
		if err != nil {
			t.Fatal(err)
		}
		saved++
		r.fitThresholds(t.Context())
		if want := r.model.Thresholds(); len(want) != 2 || !slices.Equal(m.Thresholds(), want) {
			t.Errorf("ended at look %d, in epoch %d: %v, want %v", n, len(r.history), m.Thresholds(), want)
		}
	}
	if saved == 0 {
		t.Error("nothing was saved")
	}
}
