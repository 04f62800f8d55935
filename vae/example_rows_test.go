package vae_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset"
	"github.com/lanewise/lanewise/vae/dataset/table"
)

// readings is a table whose columns depend on each other.
func readings(n int) string {
	var b strings.Builder
	b.WriteString("temperature,pressure,site\n")
	for i := range n {
		t := 20 + float64(i*37%100)/10
		fmt.Fprintf(&b, "%.1f,%.3f,%s\n", t, t/10, []string{"Oslo", "Rome"}[i%2])
	}
	return b.String()
}

// Example_rows trains on the rows of a table, and tells an unusual one by its score.
func Example_rows() {
	engine := kernels.New(kernels.Default(), 1)
	rows, _ := table.NewReader(strings.NewReader(readings(400)), table.Auto)
	columns, err := table.Fit(rows, table.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	width := columns.Width()
	train := dataset.Floats{Channels: width}
	rows, _ = table.NewReader(strings.NewReader(readings(400)), table.Auto)
	for row, err := range rows.Rows() {
		x := make([]float32, width)
		if err == nil {
			err = rows.Locate(columns.Apply(x, row, nil))
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		train.Data = append(train.Data, x...)
	}

	config := vae.DenseConfig(vae.VAE, vae.Flat(width), []int{16}, 2)
	config.Likelihood = vae.Gaussian{Variance: 1, Learned: true}
	model, err := vae.New(config, engine, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	o := vae.DefaultOptions()
	o.Epochs, o.Batch, o.LR = 60, 20, 5e-3
	if _, err := model.Train(context.Background(), train, train, o); err != nil {
		fmt.Println(err)
		return
	}
	if err := model.SetColumns(&columns); err != nil { // and they go where the model goes
		fmt.Println(err)
		return
	}
	var file bytes.Buffer
	model.WriteTo(&file)
	model, err = vae.Read(&file, engine)
	if err != nil {
		fmt.Println(err)
		return
	}

	scores := make([]float64, 2)
	x := make([]float32, 2*width)
	model.Columns().Apply(x[:width], []table.Cell{table.Number(25), table.Number(2.5), table.Text("Rome")}, nil)
	model.Columns().Apply(x[width:], []table.Cell{table.Number(21), table.Number(2.9), table.Text("Rome")}, nil)
	if err := model.Score(scores, nil, x, vae.ScoreOptions{Score: vae.ErrorScore}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("the second row is less usual by far:", scores[1] > 10*scores[0])
	// Output:
	// the second row is less usual by far: true
}
