package main

import (
	"context"
	"io"
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
		flags, err := parseTrain(streams{}, quick(data, out, "-epochs", "3")[1:])
		if err != nil {
			t.Fatal(err)
		}
		r := &trainRun{trainFlags: flags, log: io.Discard}
		if r.engine, err = r.engineFlags.engine(); err != nil {
			t.Fatal(err)
		}
		if err := r.load(streams{out: io.Discard, err: io.Discard}); err != nil {
			t.Fatal(err)
		}
		if err := r.makeModel(); err != nil {
			t.Fatal(err)
		}
		if r.folder, err = openFolder(out, "", ""); err != nil {
			t.Fatal(err)
		}
		if r.about, err = r.document(); err != nil {
			t.Fatal(err)
		}
		if err := r.train(&countdown{context.Background(), n}); err != nil {
			t.Fatal(err)
		}
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
