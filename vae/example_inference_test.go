package vae_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"strings"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

// modelFile is what vae train leaves of readings: a model that knows its columns, and above
// which score a row is an anomaly. A program may have it from go:embed.
func modelFile() []byte {
	rows, err := table.NewReader(strings.NewReader(readings(400)), table.Auto)
	if err != nil {
		log.Fatal(err)
	}
	columns, err := table.Fit(rows, table.Options{})
	if err != nil {
		log.Fatal(err)
	}
	data := dataset.Floats{Channels: columns.Width(), Data: make([]float32, 400*columns.Width())}
	rows, err = table.NewReader(strings.NewReader(readings(400)), table.Auto)
	if err != nil {
		log.Fatal(err)
	}
	for i := range data.Len() {
		row, err := rows.Next()
		if err == nil {
			err = columns.Apply(data.Row(i), row, nil)
		}
		if err != nil {
			log.Fatal(err)
		}
	}
	config := vae.DenseConfig(vae.AE, vae.Flat(columns.Width()), []int{16}, 2)
	model, err := vae.New(config, kernels.New(kernels.Default(), 1), 1)
	if err != nil {
		log.Fatal(err)
	}
	o := vae.DefaultOptions()
	o.Epochs, o.Batch, o.LR = 60, 20, 5e-3
	if _, err := model.Train(context.Background(), data, data, o); err != nil {
		log.Fatal(err)
	}
	scores, err := model.Scores(context.Background(), data, vae.ScoreOptions{Score: vae.ErrorScore})
	if err != nil {
		log.Fatal(err)
	}
	if err := model.SetThresholds(vae.NewThreshold(vae.ErrorScore, scores, 0.99)); err != nil {
		log.Fatal(err)
	}
	if err := model.SetColumns(&columns); err != nil {
		log.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := model.WriteTo(&file); err != nil {
		log.Fatal(err)
	}
	return file.Bytes()
}

// A service reads a model once, gives it to all its goroutines, and tells which rows are
// anomalies, whatever the order of their columns.
func ExampleInference() {
	m, err := vae.Read(bytes.NewReader(modelFile()), kernels.New(kernels.Default(), 1))
	if err != nil {
		log.Fatal(err)
	}
	model := m.Inference(0)
	columns, threshold := model.Columns(), model.Thresholds()[0]
	options := vae.ScoreOptions{Score: threshold.Score, Missing: columns.Missing == table.Mask}

	rows, err := table.NewReader(strings.NewReader("site,pressure,temperature\nRome,2.5,25\nRome,2.9,21\n"), table.Auto)
	if err != nil {
		log.Fatal(err)
	}
	order, err := columns.Order(rows.Names())
	if err != nil {
		log.Fatal(err)
	}
	x, score := make([]float32, columns.Width()), make([]float64, 1)
	for row, err := range rows.Rows() {
		if err == nil {
			err = rows.Locate(columns.Apply(x, row, order))
		}
		if err == nil {
			err = model.Score(context.Background(), score, nil, x, options)
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(row[0], row[1], row[2], "is an anomaly:", score[0] > threshold.Value)
	}
	// Output:
	// Rome 2.5 25 is an anomaly: false
	// Rome 2.9 21 is an anomaly: true
}
