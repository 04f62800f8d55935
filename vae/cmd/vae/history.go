package main

import (
	"encoding/csv"
	"io"
	"strconv"

	"github.com/lanewise/lanewise/vae"
)

// A record is a line of history.csv.
type record struct {
	vae.Epoch
	images  int     // trained on in this epoch; fewer than all where it was interrupted
	seconds float64 // of training, without the evaluation
}

func writeHistory(w io.Writer, history []record) error {
	c := csv.NewWriter(w)
	c.Write([]string{"epoch", "train_loss", "train_reconstruction", "train_kl",
		"test_loss", "test_reconstruction", "test_kl", "images", "seconds"})
	for _, r := range history {
		row := []string{strconv.Itoa(r.Epoch.Epoch)}
		for _, v := range []float64{r.Train.Total, r.Train.Reconstruction, r.Train.KL,
			r.Test.Total, r.Test.Reconstruction, r.Test.KL} {
			row = append(row, strconv.FormatFloat(v, 'g', -1, 64))
		}
		c.Write(append(row, strconv.Itoa(r.images), strconv.FormatFloat(r.seconds, 'f', 4, 64)))
	}
	c.Flush()
	return c.Error()
}
