package vae

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
)

// TestLogger: a logger gets the history, a record for each epoch.
func TestLogger(t *testing.T) {
	var b bytes.Buffer
	m := newTestModel(t, kinds(3, 5)["bernoulli"], 1)
	history := train(t, m, testImages(30), Options{Epochs: 3, Batch: 8, LR: 1e-3, Beta: 1, Logger: slog.New(slog.NewJSONHandler(&b, nil))})
	d := json.NewDecoder(&b)
	for _, want := range history {
		var got struct {
			Msg, Level  string
			Epoch       int
			Train, Test Loss
		}
		if err := d.Decode(&got); err != nil {
			t.Fatal(err)
		}
		if (Epoch{got.Epoch, got.Train, got.Test}) != want || got.Msg != "epoch" || got.Level != "INFO" {
			t.Errorf("the record %+v, want %+v", got, want)
		}
	}
	if d.More() {
		t.Error("more records than epochs")
	}
}
