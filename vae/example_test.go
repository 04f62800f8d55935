package vae_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sync"

	"github.com/lanewise/lanewise/kernels"
	"github.com/lanewise/lanewise/vae"
	"github.com/lanewise/lanewise/vae/dataset/digits"
)

// trained is a small variational autoencoder of digits.
var trained = sync.OnceValue(func() *vae.Model {
	data, err := digits.Load()
	if err != nil {
		log.Fatal(err)
	}
	config := vae.DenseConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1}, []int{16}, 2)
	m, err := vae.New(config, kernels.New(kernels.Default(), 0), 1)
	if err != nil {
		log.Fatal(err)
	}
	o := vae.DefaultOptions()
	o.Epochs, o.Batch, o.LR = 2, 10, 0.005
	if _, err := m.Train(context.Background(), data.Train.Limit(300), data.Test.Limit(50), o); err != nil {
		log.Fatal(err)
	}
	return m
})

// draw prints rows of an image, the middle ones of every other line.
func draw(image []float32) {
	for y := 6; y < 24; y += 3 {
		for _, p := range image[28*y+4 : 28*y+24] {
			fmt.Print(string(".:+#"[min(3, max(0, int(4*p)))]))
		}
		fmt.Println()
	}
}

// A model, its training, and its loss. The numbers are the same on every
// machine.
func Example() {
	data, err := digits.Load()
	if err != nil {
		log.Fatal(err)
	}
	train, test := data.Train.Limit(300), data.Test.Limit(50)

	engine := kernels.New(kernels.Default(), 0) // the best set, on all processors
	config := vae.DenseConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1}, []int{16}, 4)
	m, err := vae.New(config, engine, 1)
	if err != nil {
		log.Fatal(err)
	}

	o := vae.DefaultOptions()
	o.Epochs, o.Batch, o.LR = 3, 10, 0.005
	history, err := m.Train(context.Background(), train, test, o)
	if err != nil {
		log.Fatal(err)
	}
	for _, e := range history {
		fmt.Printf("epoch %d: train %.2f, test %.2f = %.2f + %.2f nats\n",
			e.Epoch, e.Train.Total, e.Test.Total, e.Test.Reconstruction, e.Test.KL)
	}
	// Output:
	// epoch 1: train 390.61, test 238.88 = 227.88 + 11.00 nats
	// epoch 2: train 224.87, test 214.64 = 207.78 + 6.86 nats
	// epoch 3: train 211.32, test 204.81 = 199.42 + 5.38 nats
}

// A training that stops, and goes on from a file, ends with the bits of one that does not.
func ExampleLoadState() {
	data, err := digits.Load()
	if err != nil {
		log.Fatal(err)
	}
	train, test := data.Train.Limit(300), data.Test.Limit(50)
	config := vae.DenseConfig(vae.VAE, vae.Shape{Height: 28, Width: 28, Channels: 1}, []int{16}, 4)
	engine := kernels.New(kernels.Default(), 0)
	o := vae.DefaultOptions()
	o.Epochs, o.Batch = 2, 10

	m, err := vae.New(config, engine, 1)
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	o.Progress = func(p vae.Progress) {
		if p.Epoch == 2 && p.Images == 100 {
			stop() // as a signal would
		}
	}
	_, err = m.Train(ctx, train, test, o)
	fmt.Println(err)
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "state.safetensors")
	if err := m.SaveState(path); err != nil {
		log.Fatal(err)
	}

	m, err = vae.LoadState(path, kernels.New(kernels.Default(), 1)) // in another process, on another machine
	if err != nil {
		log.Fatal(err)
	}
	epochs, images := m.Trained()
	fmt.Println("stopped after", epochs, "epoch and", images, "images")
	o.Resume, o.Progress = true, nil
	history, err := m.Train(context.Background(), train, test, o)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("epoch %d: test %.2f nats\n", history[0].Epoch, history[0].Test.Total)
	// Output:
	// context canceled
	// stopped after 1 epoch and 100 images
	// epoch 2: test 378.52 nats
}

// An autoencoder reconstructs an image from a code of 16 numbers.
func ExampleModel_Reconstruct() {
	data, err := digits.Load()
	if err != nil {
		log.Fatal(err)
	}
	config := vae.DenseConfig(vae.AE, vae.Shape{Height: 28, Width: 28, Channels: 1}, nil, 16)
	m, err := vae.New(config, kernels.New(kernels.Default(), 0), 1)
	if err != nil {
		log.Fatal(err)
	}
	o := vae.DefaultOptions()
	o.Epochs, o.Batch, o.LR = 4, 10, 0.005
	if _, err := m.Train(context.Background(), data.Train.Limit(300), data.Test.Limit(10), o); err != nil {
		log.Fatal(err)
	}

	image := vae.Floats(data.Test.Limit(1))
	draw(image)
	fmt.Println("code:", 16, "numbers")
	reconstruction, err := m.Reconstruct(image)
	if err != nil {
		fmt.Println(err)
		return
	}
	draw(reconstruction)
	// Output:
	// ....................
	// ..::::+##########+..
	// ..............##:...
	// ............+#+.....
	// ..........:##.......
	// .........##:........
	// code: 16 numbers
	// ....................
	// ....::++++++++++:...
	// ..:::::::....:++:...
	// ............+++.....
	// .........:+++:......
	// ........:::.........
}

// Each row of a traversal is a component of the code, from -2 to 2.
func ExampleModel_Traverse() {
	m := trained()
	center := make([]float32, m.Config().Latent)
	values := []float32{-2, -1, 0, 1, 2}
	images, err := m.Traverse(center, 0, values)
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, v := range values {
		image := images[784*i : 784*(i+1)]
		var ink float32
		for _, p := range image {
			ink += p
		}
		fmt.Printf("%+.0f: %.1f pixels of ink\n", v, ink)
	}
	// Output:
	// -2: 195.2 pixels of ink
	// -1: 247.3 pixels of ink
	// +0: 298.4 pixels of ink
	// +1: 273.2 pixels of ink
	// +2: 230.1 pixels of ink
}

// Latents tells which components of the code the model uses.
func ExampleModel_Latents() {
	m := trained()
	data, err := digits.Load()
	if err != nil {
		log.Fatal(err)
	}
	latents, err := m.Latents(context.Background(), data.Test.Limit(100))
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range latents {
		fmt.Printf("component %d: mean %+.2f, deviation %.2f, %.2f nats\n", l.Component, l.Mean, l.StdDev, l.KL)
	}
	// Output:
	// component 0: mean -2.13, deviation 0.75, 2.77 nats
	// component 1: mean -3.04, deviation 1.16, 5.68 nats
}

// A checkpoint is a safetensors file, which other programs read too.
func ExampleModel_Save() {
	dir, err := os.MkdirTemp("", "vae")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "model.safetensors")

	m := trained()
	if err := m.Save(path); err != nil {
		log.Fatal(err)
	}
	loaded, err := vae.Load(path, kernels.New(kernels.Default(), 1))
	if err != nil {
		log.Fatal(err)
	}
	description, err := json.Marshal(loaded.Config())
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(description))
	fmt.Println(loaded.WeightsSHA256() == m.WeightsSHA256())
	// Output:
	// {"kind":"vae","input":[28,28,1],"encoder":[{"type":"dense","out":16},"relu"],"latent":2,"decoder":[{"type":"dense","out":16},"relu",{"type":"dense","out":784}],"likelihood":"bernoulli"}
	// true
}

// Only a variational autoencoder has a prior to sample from.
func ExampleModel_Sample() {
	m := trained()
	images, err := m.Sample(3, 1)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(len(images)/784, "images")

	ae, err := vae.New(vae.DefaultConfig(vae.AE, vae.Shape{Height: 28, Width: 28, Channels: 1}), kernels.New(kernels.Default(), 0), 1)
	if err != nil {
		log.Fatal(err)
	}
	_, err = ae.Sample(3, 1)
	fmt.Println(errors.Is(err, vae.ErrNoPrior))
	// Output:
	// 3 images
	// true
}
