package main

import (
	"bytes"
	"encoding/csv"
	"io"
	"math"
	"strconv"

	"github.com/lanewise/lanewise/internal/save"
	"github.com/lanewise/lanewise/vae"
)

// A record is a line of history.csv.
type record struct {
	vae.Epoch
	validation float64 // loss of the images held out; NaN if there are none
	images     int     // trained on in this epoch; fewer than all where it was interrupted
	seconds    float64 // of training, without the evaluation

	weights, optimizer string // SHA-256
	steps              []byte // stepMarks; nil where they are not known
}

// notEvaluated is the test loss of an epoch that was not: its fields are empty.
func notEvaluated() vae.Loss {
	return vae.Loss{Reconstruction: math.NaN(), KL: math.NaN(), Total: math.NaN()}
}

// A historyFile is history.csv, to which epochs are appended.
type historyFile struct {
	path string
	rows int   // in the file
	size int64 // of the file
}

// save writes what the file does not have yet.
func (h *historyFile) save(history []record) error {
	if h.rows > 0 {
		more := csvText(history[h.rows:])
		if err := save.Append(h.path, h.size, more); err == nil {
			h.rows, h.size = len(history), h.size+int64(len(more))
			return nil
		}
	}
	return h.replace(history) // also where it has been removed or changed
}

// replace writes the whole file.
func (h *historyFile) replace(history []record) error {
	text := append([]byte(historyHeader), csvText(history)...)
	err := save.File(h.path, func(w io.Writer) error {
		_, err := w.Write(text)
		return err
	})
	if err == nil {
		h.rows, h.size = len(history), int64(len(text))
	}
	return err
}

const historyHeader = "epoch,train_loss,train_reconstruction,train_kl,test_loss,test_reconstruction,test_kl,images,seconds,validation_loss\n"

func csvText(history []record) []byte {
	var b bytes.Buffer
	c := csv.NewWriter(&b)
	for _, r := range history {
		row := []string{strconv.Itoa(r.Epoch.Epoch)}
		add := func(losses ...float64) {
			for _, v := range losses {
				field := ""
				if !math.IsNaN(v) {
					field = strconv.FormatFloat(v, 'g', -1, 64)
				}
				row = append(row, field)
			}
		}
		add(r.Train.Total, r.Train.Reconstruction, r.Train.KL, r.Test.Total, r.Test.Reconstruction, r.Test.KL)
		row = append(row, strconv.Itoa(r.images), strconv.FormatFloat(r.seconds, 'f', 4, 64))
		add(r.validation)
		c.Write(row)
	}
	c.Flush()
	return b.Bytes()
}
