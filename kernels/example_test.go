package kernels_test

import (
	"fmt"

	"github.com/lanewise/lanewise/kernels"
)

// A dense layer: y = relu(x·Wᵀ + b) for two inputs of three components.
func ExampleEngine_Gemm() {
	e := kernels.New(kernels.Default(), 1)
	x := kernels.NewMatrix([]float32{
		1, 2, 3,
		4, 5, 6,
	}, 2, 3)
	w := kernels.NewMatrix([]float32{ // a row per output
		1, 0, -1,
		0, 1, 0,
	}, 2, 3)
	y := kernels.NewMatrix(make([]float32, 4), 2, 2)
	e.Gemm(y, 1, x, w.T(), 0, &kernels.Epilogue{Bias: []float32{1, -3}, Activation: kernels.ReLU})
	fmt.Println(y.Data)
	// Output: [0 0 0 2]
}

func ExampleEngine_BCEWithLogits() {
	e := kernels.New(kernels.Default(), 1)
	logits, targets := []float32{0, 100, -100}, []float32{1, 1, 1}
	grad := make([]float32, 3)
	loss := e.BCEWithLogits(grad, logits, targets, 1)
	fmt.Printf("%.4f %v\n", loss, grad)
	// Output: 100.6931 [-0.5 0 -1]
}

// Noise depends on its address alone.
func ExampleEngine_Normal() {
	e := kernels.New(kernels.Default(), 1)
	all, part := make([]float32, 128), make([]float32, 64)
	e.Normal(all, kernels.Noise{Seed: 1})
	e.Normal(part, kernels.Noise{Seed: 1, First: 64})
	fmt.Println(all[64] == part[0], all[127] == part[63])
	// Output: true true
}

func ExampleLookup() {
	_, err := kernels.Lookup("mmx")
	fmt.Println(err != nil)
	s, _ := kernels.Lookup("go")
	fmt.Println(s.Name())
	// Output:
	// true
	// go
}
