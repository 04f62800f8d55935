package vae_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

// A residual layer is y = x + W·x + b, which keeps the shape of a row. W is a dense
// layer's, so that it computes the sum alone.
type residual struct{}

func (residual) Kind() string                           { return "residual" }
func (residual) Output(in vae.Shape) (vae.Shape, error) { return in, nil }
func (residual) Params(in vae.Shape) []vae.Param        { return dense(in).Params(in) }
func dense(in vae.Shape) vae.Dense                      { return vae.Dense{Out: in.Size()} }
func add(y, x []float32) {
	for i := range y {
		y[i] += x[i]
	}
}

func (residual) Forward(p *vae.Pass) {
	dense(p.In).Forward(p)
	add(p.Y, p.X)
}

func (residual) Backward(p *vae.Pass) {
	dense(p.In).Backward(p)
	if p.DX != nil { // as it is for the first layer: an image needs no gradient
		add(p.DX, p.DY)
	}
}

// A layer of one's own, in a model that is trained, saved and loaded.
func ExampleLayer() {
	data, err := digits.Load()
	if err != nil {
		log.Fatal(err)
	}
	config := vae.Config{
		Kind: vae.VAE, Input: vae.Shape{Height: 28, Width: 28, Channels: 1}, Latent: 4,
		Encoder:    []vae.Layer{vae.Dense{Out: 16}, vae.ReLU, residual{}, vae.ReLU},
		Decoder:    []vae.Layer{vae.Dense{Out: 16}, vae.ReLU, vae.Dense{Out: 784}},
		Likelihood: vae.Bernoulli{},
	}
	engine := kernels.New(kernels.Default(), 0)
	m, err := vae.New(config, engine, 1)
	if err != nil {
		log.Fatal(err)
	}
	o := vae.DefaultOptions()
	o.Epochs, o.Batch, o.LR = 3, 10, 0.005
	history, err := m.Train(context.Background(), data.Train.Limit(300), data.Test.Limit(50), o)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range history {
		fmt.Printf("epoch %d: test %.2f nats\n", e.Epoch, e.Test.Total)
	}

	dir, err := os.MkdirTemp("", "vae")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")
	if err := m.Save(path); err != nil {
		log.Fatal(err)
	}
	_, err = vae.Load(path, engine)
	fmt.Println(strings.Contains(err.Error(), `encoder: layer 2: no kind "residual"`))
	loaded, err := vae.Load(path, engine, residual{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(loaded.WeightsSHA256() == m.WeightsSHA256())
	// Output:
	// epoch 1: test 240.85 nats
	// epoch 2: test 214.75 nats
	// epoch 3: test 206.07 nats
	// true
	// true
}
