package vae

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/lanewise/lanewise/vae/dataset"
)

// TestMNIST trains the default model on the real MNIST and compares with the
// loss of the PyTorch example after ten epochs, 105.59 and 105.56 nats. It
// takes a minute or so, and runs where LANEWISE_MNIST_EPOCHS says 10, with the
// data in the folder LANEWISE_MNIST, or beside the repository, and the seed
// LANEWISE_MNIST_SEED, or 1.
func TestMNIST(t *testing.T) {
	o := DefaultOptions()
	var err error
	if s := os.Getenv("LANEWISE_MNIST_EPOCHS"); s == "" {
		t.Skip("LANEWISE_MNIST_EPOCHS is not set")
	} else if o.Epochs, err = strconv.Atoi(s); err != nil {
		t.Fatal(err)
	}
	if s := os.Getenv("LANEWISE_MNIST_SEED"); s != "" {
		if o.Seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	dir := os.Getenv("LANEWISE_MNIST")
	if dir == "" {
		dir = filepath.FromSlash("../../shared/data/mnist")
		if _, err := os.Stat(dir); err != nil {
			t.Skip("no MNIST here; LANEWISE_MNIST may name its folder")
		}
	}
	data, err := dataset.LoadDir(dir, dataset.Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := New(DefaultConfig(VAE, Shape{data.Train.Rows, data.Train.Cols, 1}), engine(), o.Seed)
	if err != nil {
		t.Fatal(err)
	}
	o.EpochDone = func(e Epoch) { t.Logf("%+v", e) }
	history, err := m.Train(context.Background(), data.Train, data.Test, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(m.WeightsSHA256())
	if got := history[len(history)-1].Test.Total; o.Epochs == 10 && !near(got, 105.6, 0.5) {
		t.Errorf("seed %d: the test loss is %v nats, want 105.6 ± 0.5", o.Seed, got)
	}
}
